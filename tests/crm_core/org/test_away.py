"""Stand-ins: for some days somebody sees and does what is another's; then no more."""

from datetime import date, timedelta

import pytest

from crm_core.customers import queries
from crm_core.kit.errors import DomainError
from crm_core.org import away
from crm_core.org.away import NameStandIn
from crm_core.org.models import StandIn
from tests.support.company import Firm

WEDNESDAY = date(2026, 3, 11)


async def named(firm: Firm, by: str = "owner", deputy: str = "peer", absent: str = "owner", **given) -> StandIn:
    async with firm.db.unit() as session:
        asked = {"since": WEDNESDAY, "until": date(2026, 3, 13), **given}
        command = NameStandIn(absent=firm.people[absent].id, deputy=firm.people[deputy].id, **asked)
        return await away.name_stand_in(session, await firm.actor(session, by), command)


async def sees(firm: Firm, who: str, customer_id: int) -> bool:
    async with firm.db.unit() as session:
        try:
            await queries.find(session, await firm.actor(session, who), customer_id)
        except DomainError:
            return False
        return True


@pytest.fixture
async def alone(firm: Firm) -> Firm:
    """Nobody stands in for anybody yet."""
    async with firm.db.unit() as session:
        for row in await away.stand_ins_of(session, firm.people["owner"].id):
            await away.end_stand_in(session, await firm.actor(session, "admin"), row.id)
    return firm


async def test_it_begins_in_the_morning_and_ends_by_itself(alone: Firm):
    customer = await alone.customer()
    await named(alone, since=date(2026, 3, 12))
    assert not await sees(alone, "peer", customer.id)
    alone.clock.advance(timedelta(hours=14))  # midnight in Shanghai
    assert await sees(alone, "peer", customer.id)
    alone.clock.advance(timedelta(days=2) - timedelta(seconds=1))
    assert await sees(alone, "peer", customer.id)
    alone.clock.advance(timedelta(seconds=1))
    assert not await sees(alone, "peer", customer.id)


@pytest.mark.parametrize("who", ["owner", "manager", "director", "admin", "peer"])
async def test_it_ends_early(alone: Firm, who: str):
    customer = await alone.customer()
    made = await named(alone)
    async with alone.db.unit() as session:
        await away.end_stand_in(session, await alone.actor(session, who), made.id)
    assert not await sees(alone, "peer", customer.id)
    async with alone.db.unit() as session:
        assert await away.stand_ins_of(session, alone.people["owner"].id) == []


async def test_one_that_never_began_is_ended_too(alone: Firm):
    made = await named(alone, since=date(2026, 4, 1), until=date(2026, 4, 2))
    async with alone.db.unit() as session:
        ended = await away.end_stand_in(session, await alone.actor(session), made.id)
        assert ended.starts_at < ended.ends_at
    await named(alone, since=date(2026, 4, 1), until=date(2026, 4, 2))


@pytest.mark.parametrize("who", ["peer", "other manager", "operations", "executive", "finance"])
async def test_nobody_else_names_or_ends_one(alone: Firm, who: str):
    with pytest.raises(DomainError, match="not_allowed"):
        await named(alone, by=who, deputy="department")
    made = await named(alone, deputy="department")
    async with alone.db.unit() as session:
        with pytest.raises(DomainError, match="not_allowed"):
            await away.end_stand_in(session, await alone.actor(session, who), made.id)


async def test_who_stands_in_names_nobody(firm: Firm):
    with pytest.raises(DomainError, match="not_allowed"):
        await named(firm, by="stand-in", since=date(2026, 5, 1), until=date(2026, 5, 2))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"deputy": "owner"}, "oneself"),
        ({"since": date(2026, 3, 10)}, "in_past"),
        ({"until": date(2026, 3, 10)}, "no_day"),
        ({"until": date(2027, 4, 1)}, "too_long"),
    ],
)
async def test_what_cannot_be_is_told(alone: Firm, given, code: str):
    with pytest.raises(DomainError, match=rf"stand_in\.{code}"):
        await named(alone, **given)


async def test_two_at_once_are_refused(alone: Firm):
    await named(alone)
    with pytest.raises(DomainError, match=r"stand_in\.there") as caught:
        await named(alone, deputy="department", since=date(2026, 3, 13), until=date(2026, 3, 20))
    assert caught.value.params["name"] == "陈晓东"
