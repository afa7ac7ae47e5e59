"""Notices in the core: whom they reach, who may read them, races, and what telling ten thousand people costs."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.dialects import postgresql

from conversations.notices import deliver
from crm_core.kit.errors import DomainError
from crm_core.notices import queries, service
from crm_core.notices.models import Kind, Notice, NoticeReceipt
from crm_core.notices.queries import Shelf
from crm_core.notices.service import EVERYBODY, ReplacePolicy, TellNotice
from crm_core.org import service as org
from crm_core.org.models import Employee, Role, Unit
from crm_core.outbox.models import Card, Outgoing
from tests.reminders.desk import BOT, give_phone, strike
from tests.support.company import PEOPLE, Firm

MOST_PAGES = 1_000  # for the 128 notices that are mine or in force, of 20,000


async def tell(firm: Firm, by: str, **given: Any) -> int:
    command = {"kind": Kind.NOTE, "text": "周五交月报", **given}
    async with firm.db.unit() as session:
        return (await service.tell_notice(session, await firm.actor(session, by), TellNotice(**command))).id


async def told(firm: Firm, notice_id: int) -> set[str]:
    """To whom it went, by relation."""
    ids = {one.id: relation for relation, one in firm.people.items()}
    async with firm.db.unit() as session:
        found = await session.scalars(select(NoticeReceipt.employee_id).where(NoticeReceipt.notice_id == notice_id))
        return {ids[one] for one in found}


async def unit_of(firm: Firm, name: str) -> int:
    async with firm.db.unit() as session:
        return await session.scalar(select(Unit.id).where(Unit.name == name))


async def reads(firm: Firm, relation: str, notice_id: int) -> bool:
    async with firm.db.unit() as session:
        try:
            await queries.find(session, await firm.actor(session, relation), notice_id)
        except DomainError as refused:
            return refused.code != "not_found"
        return True


BELOW_DIRECTOR = {"manager", "owner", "peer", "department", "other department"}


class TestWhom:
    async def test_a_superior_reaches_direct_and_indirect_reports(self, firm: Firm):
        assert await told(firm, await tell(firm, "director", to=EVERYBODY)) == BELOW_DIRECTOR

    async def test_of_a_unit_only_whom_one_leads_headquarters_everybody(self, firm: Firm):
        sales = await unit_of(firm, "销售一部")
        assert await told(firm, await tell(firm, "manager", to=sales)) == {"owner", "peer"}
        assert await told(firm, await tell(firm, "operations", to=sales)) == {"manager", "owner", "peer", "department"}
        everybody = await told(firm, await tell(firm, "executive", to=EVERYBODY))
        assert everybody == set(PEOPLE) - {"executive"}

    async def test_one_person_within_reach_and_nobody_else(self, firm: Firm):
        assert await told(firm, await tell(firm, "manager", employee=firm.people["owner"].id)) == {"owner"}
        for by, whom in (("manager", "other branch"), ("manager", "manager"), ("manager", "director")):
            with pytest.raises(DomainError, match=r"notice\.out_of_reach"):
                await tell(firm, by, employee=firm.people[whom].id)

    @pytest.mark.parametrize("by", ["owner", "finance", "stand-in"])
    async def test_who_leads_nobody_tells_nobody(self, firm: Firm, by: str):
        with pytest.raises(DomainError, match="not_allowed"):
            await tell(firm, by, to=EVERYBODY)

    async def test_a_unit_without_anybody_to_reach_is_refused(self, firm: Firm):
        with pytest.raises(DomainError, match=r"notice\.nobody"):
            await tell(firm, "manager", to=await unit_of(firm, "上海分公司"))

    async def test_the_text_has_bounds_and_a_policy_begins_today_or_later(self, firm: Firm):
        with pytest.raises(DomainError, match="required"):
            await tell(firm, "manager", to=EVERYBODY, text=" \n ")
        with pytest.raises(DomainError, match="too_long"):
            await tell(firm, "manager", to=EVERYBODY, text="长" * 2_001)
        with pytest.raises(DomainError, match=r"notice\.since_over"):
            await tell(firm, "manager", to=EVERYBODY, kind=Kind.POLICY, since=date(2026, 3, 10))


class TestReading:
    async def test_only_who_was_told_and_who_told_it_reads_a_note(self, firm: Firm):
        one = await tell(firm, "director", employee=firm.people["owner"].id)
        assert {relation for relation in PEOPLE if await reads(firm, relation, one)} == {"director", "owner"}

    async def test_a_policy_is_read_by_whom_it_is_in_force_for_also_by_who_comes_later(self, firm: Firm):
        sales = await unit_of(firm, "销售一部")
        one = await tell(firm, "manager", to=sales, kind=Kind.POLICY)
        async with firm.db.unit() as session:
            boss = await session.get_one(Employee, firm.people["manager"].id)
            unit = await session.get_one(Unit, sales)
            late = await org.add_employee(session, name="吴新人", unit=unit, roles=[Role.REP], manager=boss)
        firm.people["late"] = late
        assert {relation for relation in firm.people if await reads(firm, relation, one)} == {
            *("manager", "owner", "peer", "late")
        }
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "late")
            assert await queries.count_new_policies(session, actor) == 1
            assert await service.read_notice(session, actor, one)
        async with firm.db.unit() as session:
            assert await queries.count_new_policies(session, await firm.actor(session, "late")) == 0
            assert await queries.tally(session, one) == queries.Tally(3, 1)

    async def test_a_replaced_policy_is_in_force_until_the_new_one_begins(self, firm: Firm):
        old = await tell(firm, "operations", to=EVERYBODY, kind=Kind.POLICY, text="住宿标准四百元")
        async with firm.db.unit() as session:
            new = ReplacePolicy(replaces=old, text="住宿标准五百元", since=date(2026, 3, 20))
            await service.replace_policy(session, await firm.actor(session, "operations"), new)
        for day, words in (("2026-03-19", ["住宿标准五百元", "住宿标准四百元"]), ("2026-03-20", ["住宿标准五百元"])):
            firm.clock.set(firm.clock.now().fromisoformat(f"{day}T04:00+00:00"))
            async with firm.db.unit() as session:
                page = await queries.told_to(session, await firm.actor(session, "owner"), Shelf.POLICIES)
                assert [row.text for row in page.rows] == words
                found = await queries.told_to(session, await firm.actor(session, "owner"), Shelf.ALL, "五百")
                assert [row.text for row in found.rows] == ["住宿标准五百元"]

    async def test_who_left_is_told_nothing_and_counts_no_more(self, firm: Firm):
        await give_phone(firm, "owner", "peer")
        one = await tell(firm, "manager", to=EVERYBODY)
        async with firm.db.unit() as session:
            await org.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
        assert [push.to for push in await strike(firm)] == ["李娜"]
        async with firm.db.unit() as session:
            assert await queries.tally(session, one) == queries.Tally(1, 0)


class TestAtOnce:
    @pytest.mark.parametrize("_", range(6))
    async def test_two_taps_of_read_count_once(self, firm: Firm, _: int):
        one = await tell(firm, "manager", to=EVERYBODY)

        async def read() -> bool:
            async with firm.db.unit() as session:
                return await service.read_notice(session, await firm.actor(session, "owner"), one)

        assert sorted(await asyncio.gather(read(), read(), read())) == [False, False, True]

    @pytest.mark.parametrize("_", range(4))
    async def test_two_clocks_tell_each_person_once(self, firm: Firm, _: int):
        await give_phone(firm, *(one for one in PEOPLE if one != "executive"))
        await tell(firm, "executive", to=EVERYBODY)

        async def batch() -> int:
            async with firm.db.unit() as session:
                return await deliver(session, most=5)

        while sum(await asyncio.gather(batch(), batch(), batch())):
            pass
        async with firm.db.unit() as session:
            sent = await session.scalar(select(func.count()).where(Outgoing.method == "send_message"))
            chats = await session.scalar(select(func.count(Outgoing.chat_id.distinct())))
        assert (sent, chats) == (len(PEOPLE) - 1, len(PEOPLE) - 1)

    async def test_two_replace_one_policy_the_second_hears_that_it_ended(self, firm: Firm):
        old = await tell(firm, "operations", to=EVERYBODY, kind=Kind.POLICY)

        async def replace() -> str:
            try:
                async with firm.db.unit() as session:
                    new = ReplacePolicy(replaces=old, text="新办法")
                    await service.replace_policy(session, await firm.actor(session, "operations"), new)
            except DomainError as refused:
                return refused.code
            return "done"

        assert sorted(await asyncio.gather(replace(), replace())) == ["done", "notice.ended"]

    async def test_a_batch_that_dies_is_told_again_and_only_once(self, firm: Firm):
        await give_phone(firm, "owner", "peer")
        await tell(firm, "manager", to=EVERYBODY)
        with pytest.raises(RuntimeError, match="killed"):
            await self._killed(firm)
        assert sorted(push.to for push in await strike(firm)) == ["李娜", "陈晓东"]
        assert await strike(firm) == []

    async def _killed(self, firm: Firm) -> None:
        async with firm.db.unit() as session:
            assert await deliver(session) == 2
            raise RuntimeError("killed")


def flat(plan: dict[str, Any], depth: int = 0) -> list[str]:
    """A plan's steps with the pages they read, a line each."""
    names = ("Node Type", "Relation Name", "Index Name", "Actual Rows", "Actual Loops", "Shared Hit Blocks")
    line = " ".join(str(plan[name]) for name in names if name in plan)
    return ["  " * depth + line, *(row for one in plan.get("Plans", ()) for row in flat(one, depth + 1))]


class TestTenThousand:
    """Ten thousand people in one branch, and what it costs to tell them."""

    @pytest.fixture
    async def crowd(self, firm: Firm) -> Firm:
        branch = await unit_of(firm, "上海分公司")
        many = text(
            "INSERT INTO employee (name, unit_id, roles, chain, created_at, bot_id, telegram_id)"
            " SELECT '员工' || n, :unit, '{rep}', ARRAY[n + 100], now(), :bot, n + 100000"
            " FROM generate_series(1, 10000) n"
        )
        async with firm.db.engine.begin() as connection:
            await connection.execute(many, {"unit": branch, "bot": BOT})
            await connection.execute(text("ANALYZE employee"))
        return firm

    async def test_all_are_told_in_bounded_statements_and_bounded_batches(self, crowd: Firm):
        counted: list[str] = []

        def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            counted.append(statement)

        from sqlalchemy import event

        one = await self._told_with(crowd, event, count)
        assert len(counted) < 30, counted
        counted.clear()
        batches = 0
        event.listen(crowd.db.engine.sync_engine, "before_cursor_execute", count)
        try:
            while True:
                async with crowd.db.unit() as session:
                    looked = await deliver(session)
                if not looked:
                    break
                assert looked <= 200
                batches += 1
        finally:
            event.remove(crowd.db.engine.sync_engine, "before_cursor_execute", count)
        assert len(counted) / batches < 30
        async with crowd.db.unit() as session:
            assert await session.scalar(select(func.count()).select_from(Card)) >= 10_000
            assert (await queries.tally(session, one)).people >= 10_000

    async def _told_with(self, crowd: Firm, event: Any, count: Any) -> int:
        event.listen(crowd.db.engine.sync_engine, "before_cursor_execute", count)
        try:
            return await tell(crowd, "operations", to=EVERYBODY, kind=Kind.POLICY)
        finally:
            event.remove(crowd.db.engine.sync_engine, "before_cursor_execute", count)

    async def test_what_one_reads_does_not_grow_with_what_the_company_has_written(self, firm: Firm):
        """Twenty thousand notices to others, a hundred policies, thirty to me."""
        boss, me, other = (firm.people[one].id for one in ("manager", "owner", "other branch"))
        ids = {"boss": boss, "me": me, "other": other}
        async with firm.db.engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO notice (kind, text, by_id, employee_id, created_at, drawn_at)"
                    " SELECT 'note', '旧事' || n, :boss, :other, now(), now() FROM generate_series(1, 20000) n"
                ),
                ids,
            )
            await connection.execute(
                text(
                    "INSERT INTO notice (kind, text, by_id, since, created_at, drawn_at)"
                    " SELECT 'policy', '制度' || n, :boss, '2026-03-01', now(), now() FROM generate_series(1, 100) n"
                ),
                ids,
            )
            await connection.execute(
                text(
                    "INSERT INTO notice_receipt (notice_id, employee_id)"
                    " SELECT id, CASE WHEN id % 700 = 0 THEN CAST(:me AS bigint) ELSE :other END FROM notice"
                ),
                ids,
            )
            await connection.execute(text("ANALYZE notice, notice_receipt"))
        pages: list[int] = []
        plans: list[Any] = []
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            real = session.execute

            async def explained(statement: Any, *args: Any, **more: Any) -> Any:
                compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
                plan = (await session.scalar(text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {compiled}")))[0]["Plan"]
                plans.append(plan)
                pages.append(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
                return await real(statement, *args, **more)

            session.execute = explained
            page = await queries.told_to(session, actor)
        assert len(page.rows) == 6
        assert pages[0] <= MOST_PAGES, "\n".join(flat(plans[0]))


async def test_the_card_of_who_tells_is_drawn_at_most_every_ten_seconds(firm: Firm):
    one = await tell(firm, "manager", to=EVERYBODY)
    turns: list[bool] = []
    for _ in range(3):
        async with firm.db.unit() as session:
            turns.append(await service.take_turn(session, one))
    assert turns == [True, False, False]
    async with firm.db.unit() as session:
        assert list(await service.due_for_drawing(session)) == []
    firm.clock.advance(timedelta(seconds=10))
    async with firm.db.unit() as session:
        assert list(await service.due_for_drawing(session)) == [one]
    async with firm.db.unit() as session:
        assert list(await service.due_for_drawing(session)) == []
        assert (await session.get_one(Notice, one)).redraw_at is None
