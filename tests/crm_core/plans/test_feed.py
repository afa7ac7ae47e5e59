"""The calendar feed: secret, revocable, and read by calendars."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from crm_core.org import service as org
from crm_core.org.models import Employee
from crm_core.plans.feed import Event, close_feed, open_feed, read_feed, written
from crm_core.tasks.service import GiveTask, give_task
from tests.crm_core.plans.work import FRIDAY, THURSDAY, do, plan
from tests.support.company import Firm

NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)


async def opened(firm: Firm, by: str = "owner") -> str:
    async with firm.db.unit() as session:
        return await open_feed(session, await firm.actor(session, by))


async def read(firm: Firm, token: str) -> str | None:
    async with firm.db.unit() as session:
        return await read_feed(session, token)


async def test_it_holds_lines_and_tasks_and_nobody_else_s(firm: Firm):
    huaning = await firm.customer()
    await plan(firm, THURSDAY, customer=huaning.id, part="morning", what="谈年框, 带样品")
    await plan(firm, FRIDAY, what="别人的事", by="peer")
    dropped = await plan(firm, FRIDAY, what="不做了")
    await do(firm, "drop", dropped)
    async with firm.db.unit() as session:
        await give_task(session, await firm.actor(session), GiveTask(what="交月报", due_on=FRIDAY))
    told = await read(firm, await opened(firm))
    assert told is not None
    lines = told.replace("\r\n ", "").split("\r\n")
    assert "SUMMARY:深圳市华宁电子有限公司" in lines
    assert "DTSTART:20260312T010000Z" in lines  # nine in Shanghai
    assert "DESCRIPTION:谈年框\\, 带样品" in lines
    assert "SUMMARY:☐ 交月报" in lines
    assert "DTSTART;VALUE=DATE:20260313" in lines
    assert "别人的事" not in told
    assert "不做了" not in told


async def test_a_new_address_closes_the_old_one(firm: Firm):
    first = await opened(firm)
    second = await opened(firm)
    assert await read(firm, first) is None
    assert await read(firm, second) is not None
    async with firm.db.unit() as session:
        owner = await firm.actor(session)
        assert await close_feed(session, owner)
        assert not await close_feed(session, owner)
    assert await read(firm, second) is None


async def test_who_left_has_no_feed_and_a_guess_opens_nothing(firm: Firm):
    token = await opened(firm, "peer")
    for guess in ("", "x", token[:-1], "周" * 9, token * 9):
        assert await read(firm, guess) is None
    async with firm.db.unit() as session:
        await org.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
        assert (await session.get_one(Employee, firm.people["peer"].id)).left_at
    assert await read(firm, token) is None


@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_people_write_the_file_keeps_its_lines(title: str, note: str):
    told = written([Event("plan-1", date(2026, 3, 12), None, title, note)], title, NOW)
    lines = told.removesuffix("\r\n").split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines)
    whole = told.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    names = [line.split(":")[0].split(";")[0] for line in whole]
    assert names[-1] == "END"
    assert names.count("SUMMARY") == 1
    assert all(name.replace("-", "").isupper() for name in names)
