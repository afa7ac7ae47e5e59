"""Invite links: good once, for seven days, for one person (BY23)."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_core.kit.errors import DomainError
from crm_core.org import invites, queries, service
from crm_core.org.models import Employee, Invite
from tests.support.company import Firm

BOT = 700100200


async def issue(firm: Firm, who: str = "owner", by: str = "admin") -> str:
    async with firm.db.unit() as session:
        return await invites.invite(session, await firm.actor(session, by), firm.people[who].id)


async def press(firm: Firm, token: str, telegram_id: int = 8001) -> str:
    """What comes of pressing Start: the name of who is in now, or why not."""
    try:
        async with firm.db.unit() as session:
            employee = await invites.accept_invite(session, token, bot_id=BOT, telegram_id=telegram_id)
            return employee.name
    except DomainError as refused:
        return refused.code


async def test_a_link_lets_one_person_in_once(firm: Firm):
    token = await issue(firm)
    assert await press(firm, token, 8001) == "李娜"
    assert await press(firm, token, 8002) == "invite.used"
    assert await press(firm, token, 8001) == "invite.used"


async def test_a_link_ends_after_seven_days(firm: Firm):
    token = await issue(firm)
    firm.clock.advance(timedelta(days=7) - timedelta(seconds=1))
    early = await issue(firm, "peer")
    firm.clock.advance(timedelta(seconds=1))
    assert await press(firm, token) == "invite.expired"
    assert await press(firm, early) == "陈晓东"


async def test_a_new_link_ends_the_earlier_one(firm: Firm):
    first, second = await issue(firm), await issue(firm)
    assert await press(firm, first) == "invite.expired"
    assert await press(firm, second) == "李娜"


async def test_somebody_s_new_link_leaves_the_others_alone(firm: Firm):
    first, _ = await issue(firm, "peer"), await issue(firm, "owner")
    assert await press(firm, first) == "陈晓东"


@pytest.mark.parametrize("token", ["", "abc", "A" * 32, "' OR 1=1", "李娜"])
async def test_a_guess_lets_nobody_in(firm: Firm, token: str):
    await issue(firm)
    assert await press(firm, token) == "invite.unknown"


async def test_who_is_in_already_cannot_become_a_second_person(firm: Firm):
    await press(firm, await issue(firm, "owner"), 8001)
    assert await press(firm, await issue(firm, "peer"), 8001) == "invite.already_member"


async def test_who_has_access_needs_no_link(firm: Firm):
    await press(firm, await issue(firm))
    with pytest.raises(DomainError, match=r"invite\.has_access"):
        await issue(firm)


async def test_only_an_admin_invites(firm: Firm):
    for by in ("owner", "manager", "director", "operations", "executive", "finance"):
        with pytest.raises(DomainError, match="not_allowed"):
            await issue(firm, by=by)


async def test_leaving_ends_an_open_link(firm: Firm):
    token = await issue(firm, "peer")
    async with firm.db.unit() as session:
        await service.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
    assert await press(firm, token) == "invite.expired"
    with pytest.raises(DomainError, match=r"employee\.has_left"):
        await issue(firm, "peer")


async def test_who_left_may_come_back_as_somebody_new_with_the_same_telegram(firm: Firm):
    await press(firm, await issue(firm, "peer"), 8001)
    async with firm.db.unit() as session:
        await service.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)
    assert await press(firm, await issue(firm, "department"), 8001) == "周立"


async def test_the_database_keeps_no_link_that_could_be_used(firm: Firm):
    token = await issue(firm)
    async with firm.db.unit() as session:
        kept = await session.scalar(select(Invite))
        assert token.encode() not in kept.token_hash
        assert len(kept.token_hash) == 32


async def test_of_two_people_pressing_one_link_at_once_one_gets_in(firm: Firm):
    for _ in range(5):
        token = await issue(firm)
        results = await asyncio.gather(*(press(firm, token, 9000 + at) for at in range(6)))
        assert sorted(results) == ["invite.used"] * 5 + ["李娜"]
        async with firm.db.unit() as session:
            holder = await session.get_one(Employee, firm.people["owner"].id)
            assert holder.telegram_id == 9000 + results.index("李娜")
            holder.telegram_id = None


async def test_of_two_links_pressed_at_once_by_one_person_one_counts(firm: Firm):
    tokens = [await issue(firm, who) for who in ("owner", "peer", "department")]
    results = await asyncio.gather(*(press(firm, token, 8001) for token in tokens), return_exceptions=True)
    async with firm.db.unit() as session:
        holders = (await session.scalars(select(Employee).where(Employee.telegram_id == 8001))).all()
    assert len(holders) == 1
    assert holders[0].name in results


async def test_a_link_pressed_while_the_person_leaves_gives_no_access(firm: Firm):
    token = await issue(firm, "peer")

    async def leave() -> None:
        async with firm.db.unit() as session:
            await service.leave(session, await firm.actor(session, "admin"), firm.people["peer"].id)

    await asyncio.gather(press(firm, token), leave(), return_exceptions=True)
    async with firm.db.unit() as session:
        person = await session.get_one(Employee, firm.people["peer"].id)
        assert person.left_at is None or person.telegram_id is None
        assert (await queries.actor(session, person.id) is None) == (person.left_at is not None)
