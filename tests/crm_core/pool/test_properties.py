"""What holds whatever people do and whenever the clock strikes: played at random over the real services.

A model of its own keeps, from what was done, when each customer's deadline is; each recycling is held against it.
"""

import contextlib
import itertools
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_core.customers.models import Customer
from crm_core.customers.ownership import log_of
from crm_core.kit.errors import DomainError
from crm_core.org import attention
from crm_core.org.models import Employee
from crm_core.pool import extensions, service
from crm_core.pool.extensions import AskForTime
from tests.crm_core.pool.story import MAIN, Days, claim, give_back, moves, publish, signed
from tests.reminders.desk import BOT, SHANGHAI
from tests.support.company import Firm

PEOPLE = ("owner", "peer", "department")
NAMES = ("华帝燃具", "顺德家电", "格力电工")
RULES = MAIN | {"rules": [{"days": 4, "types": ["new"]}, {"days": 9, "event": "not_won"}], "warn_days": [3, 2, 1]}
TALK = "谈了年框和下季度的用量"

which = st.integers(0, len(NAMES) - 1)
who = st.sampled_from(PEOPLE)
deeds = st.one_of(
    st.tuples(st.just("pass"), st.integers(1, 4)),
    st.tuples(st.just("talk"), which, st.sampled_from((TALK, "见了"))),
    st.tuples(st.just("claim"), which, who),
    st.tuples(st.just("return"), which),
    st.tuples(st.just("assign"), which, who),
    st.tuples(st.just("lock"), which, st.booleans()),
    st.tuples(st.just("extend"), which, st.integers(1, 5), st.booleans()),
    st.tuples(st.just("block"), who, st.booleans()),
    st.tuples(st.just("arrive"), st.booleans()),
)


@dataclass
class Known:
    """What the model knows of a customer in its owner's hands."""

    held_on: date
    talked_on: date | None = None
    until: date | None = None
    locked: bool = False
    extensions: int = 0

    def due_on(self) -> date:
        """By the rules as they are written: the earliest of both, never before what was granted."""
        cared = max(filter(None, (self.held_on, self.talked_on)))
        first = min(cared + timedelta(days=4), self.held_on + timedelta(days=9))
        return max(filter(None, (first, self.until)))


@dataclass
class Play:
    """The firm, its days, and the model."""

    firm: Firm
    days: Days
    customers: list[Customer]
    known: dict[int, Known] = field(default_factory=dict[int, Known])
    seen: int = 0

    async def act(self, deed: tuple[Any, ...]) -> None:
        """Do it, if it may be done: what is refused changes nothing."""
        with contextlib.suppress(DomainError):
            await getattr(self, f"_{deed[0]}")(*deed[1:])
        await self.check()

    async def _owner(self, at: int) -> tuple[Customer, str | None]:
        now = await self.firm.again(self.customers[at])
        owner = next((one for one in PEOPLE if self.firm.people[one].id == now.owner_id), None)
        return now, owner

    async def _pass(self, days: int) -> None:
        for _ in range(days):
            await self.days.by(1)
            await self.check()

    async def _talk(self, at: int, words: str) -> None:
        customer, owner = await self._owner(at)
        if owner is not None:
            await self.firm.visit(customer, by=owner, summary=words)
            if words == TALK:
                self.known[customer.id].talked_on = self.days.today()

    async def _claim(self, at: int, by: str) -> None:
        before, _ = await self._owner(at)
        await claim(self.firm, before, by)
        if before.owner_id is None:
            self.known[before.id] = Known(self.days.today())

    async def _return(self, at: int) -> None:
        customer, owner = await self._owner(at)
        await give_back(self.firm, customer, owner or "owner")
        del self.known[customer.id]

    async def _assign(self, at: int, to: str) -> None:
        customer, _ = await self._owner(at)
        async with self.firm.db.unit() as session:
            boss = await self.firm.actor(session, "director")
            await service.assign(session, boss, customer.id, self.firm.people[to].id)
        self.known[customer.id] = Known(self.days.today())

    async def _lock(self, at: int, on: bool) -> None:
        customer, owner = await self._owner(at)
        if owner is None:
            return
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, owner)
            await (service.lock if on else service.unlock)(session, actor, customer.id)
        self.known[customer.id].locked = on

    async def _extend(self, at: int, days: int, granted: bool) -> None:
        customer, owner = await self._owner(at)
        if owner is None:
            return
        known = self.known[customer.id]
        async with self.firm.db.unit() as session:
            actor = await self.firm.actor(session, owner)
            command = AskForTime(customer=customer.id, days=days, reason="客户出差")
            case = (await extensions.ask(session, actor, command)).case
        assert case is not None
        await signed(self.firm, case.id, granted=granted)
        if granted:
            known.extensions += 1
            assert known.extensions <= 2
            now = await self.firm.again(customer)
            known.until = max(known.due_on(), self.days.today()) + timedelta(days=days)
            assert now.pool_due_on is not None
            assert now.pool_due_on >= known.until

    async def _block(self, person: str, on: bool) -> None:
        async with self.firm.db.unit() as session:
            seat = (await session.get_one(Employee, self.firm.people[person].id)).telegram_id
            await attention.note_reachable(session, BOT, seat, reachable=not on)

    async def _arrive(self, on: bool) -> None:
        self.days.arrives = on

    async def check(self) -> None:
        """One holder, as the log replayed has it; each recycling late enough, warned of, and of nothing exempt."""
        log = await moves(self.firm, [one.id for one in self.customers])
        for entry in log[self.seen :]:
            if entry.kind == "recycle":
                self._was_fair(entry.customer_id, entry.at)
        self.seen = len(log)
        for customer in self.customers:
            now = await self.firm.again(customer)
            assert (now.owner_id is None) != (now.pool is None)
            async with self.firm.db.unit() as session:
                entries = await log_of(session, customer.id)
            for before, after in itertools.pairwise(entries):
                assert (after.from_owner_id, after.from_pool) == (before.to_owner_id, before.to_pool)
            assert (entries[-1].to_owner_id, entries[-1].to_pool) == (now.owner_id, now.pool)
            if now.owner_id is None:
                assert now.pool_due_on is None
            else:
                assert now.pool_due_on is not None
                assert now.pool_due_on >= self.known[customer.id].due_on(), "never early"

    def _was_fair(self, customer_id: int, at: datetime) -> None:
        known = self.known.pop(customer_id)
        night = datetime.combine(known.due_on() + timedelta(days=1), time(2), SHANGHAI)
        assert at >= night, "never early"
        assert not known.locked
        name = next(one.name for one in self.customers if one.id == customer_id)
        begun = datetime.combine(known.held_on, time(0), SHANGHAI)
        warned = [when for when in self.days.heard(name[:4]) if begun <= when <= at - timedelta(hours=24)]
        assert warned, "never unwarned"


@pytest.fixture
async def days(firm: Firm) -> Days:
    await publish(firm, RULES)
    return await Days(firm).begin(*PEOPLE, "manager", "director")


@given(st.lists(deeds, min_size=4, max_size=14))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_whatever_happens_it_is_fair(firm: Firm, days: Days, story: list[tuple[Any, ...]]):
    mark = firm.clock.now().timestamp()
    sure = frozenset({"customer.similar", "customer.similar_hidden"})
    customers = []
    for at, name in enumerate(NAMES):
        full = f"{name[:2]}{name[2:]}{mark:.0f}{at}厂"
        customers.append(await firm.customer(full, by=PEOPLE[at], type="new", confirmed=sure))
    play = Play(firm, days, customers, {one.id: Known(days.today()) for one in customers})
    await days.by(1)
    for deed in story:
        await play.act(deed)
    before = await moves(firm, [one.id for one in customers])
    await days.strike()
    await days.strike()
    assert len(await moves(firm, [one.id for one in customers])) == len(before), "idempotent"
    for person in PEOPLE:
        await play._block(person, on=False)
    days.arrives = True
    for customer in customers:  # out of the next story's way
        with contextlib.suppress(DomainError):
            await give_back(firm, customer, "admin")
