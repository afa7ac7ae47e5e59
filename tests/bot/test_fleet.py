"""Two intakes behind a proxy, three workers, two deliveries, two clocks: whoever is killed or frozen, service goes on.

People chat all the time, and somebody's digest falls due when the clock is struck. A few blows in `make test`, by
processes that are forked; `make chaos` starts each by the command itself and strikes everything in turn, once for each
fifteen of ROUNDS_CHAOS_KILLS. ROUNDS_CHAOS_SEED repeats a run's choices.
"""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.org import queries
from crm_core.org.models import Employee, WorkDay
from crm_core.visits.commands import LogVisit
from crm_core.visits.models import VisitKind
from crm_core.visits.service import log_visit
from reminders.clock import TICK_S
from sandbox.server import Sandbox, run_sandbox
from tests.bot.test_chaos import (
    BOT,
    CLOSING_S,
    SEED,
    TOKEN,
    Goal,
    Player,
    Shown,
    _all_is_sent,
    _doubled,
    recruited,
)
from tests.support.crowd import Crew, at_rest, until
from tests.support.crowd import Member as Colleague
from tests.support.fleet import Fleet, Proxy

ROUNDS = int(os.environ.get("ROUNDS_CHAOS_KILLS") or 0) // 15
PEOPLE = 8
SIZES = {"intake": 2, "worker": 3, "delivery": 2, "clock": 2}
DELIVERY, CLOCK = f"delivery.{BOT}", "clock"
GOES_ON_WITHIN_S = 5.0
FROZEN_S = 6.0  # longer than a lease outlives its holder's silence
WATCHED_S = 3.0


DIGESTS = "FROM outbox o JOIN card c ON c.id = o.card_id WHERE o.method = 'send_message' AND c.subject LIKE 'digest:%'"


class Watched(Player):
    """A player whose waits are kept: when each began, and how long it took."""

    async def see(self, goal: Goal, what: str) -> Shown:
        began = time.monotonic()
        found = await super().see(goal, what)
        WAITS.append((began, time.monotonic() - began))
        return found


WAITS: list[tuple[float, float]] = []


@dataclass(frozen=True)
class Blow:
    """Whom it meets, as the fleet stands then; frozen or killed."""

    what: str
    whom: Callable[[Fleet], list[str]]
    freeze: bool = False


def a(role: str) -> Callable[[Fleet], list[str]]:
    return lambda fleet: [random.choice([one for one in fleet.members if fleet.members[one].role == role])]


def holding(*leases: str) -> Callable[[Fleet], list[str]]:
    return lambda fleet: [fleet.holder(lease) for lease in leases]


BLOWS = [
    Blow("an intake", a("intake")),
    Blow("a worker", a("worker")),
    Blow("who delivers", holding(DELIVERY)),
    Blow("who has the clock", holding(CLOCK)),
    Blow("who delivers and who has the clock", holding(DELIVERY, CLOCK)),
    Blow("an intake and two workers", lambda fleet: [*a("intake")(fleet), "worker-1", "worker-3"]),
    Blow("who delivers, frozen", holding(DELIVERY), freeze=True),
]
MORE_BLOWS = [
    Blow("who has the clock, frozen", holding(CLOCK), freeze=True),
    Blow("who stands by to deliver", lambda fleet: [_other(fleet, DELIVERY)]),
    Blow("who stands by for the clock", lambda fleet: [_other(fleet, CLOCK)]),
    Blow("an intake, frozen", a("intake"), freeze=True),
    Blow("a worker and who delivers", lambda fleet: [*a("worker")(fleet), fleet.holder(DELIVERY)]),
]


def _other(fleet: Fleet, lease: str) -> str:
    role = fleet.members[fleet.holder(lease)].role
    return next(one for one in fleet.members if fleet.members[one].role == role and one != fleet.holder(lease))


@dataclass
class Told:
    """A blow, from when to when it was watched; where a clock was struck, the seconds until the digest that fell due
    then. Whoever takes over looks at once; where nobody had to, it comes with the next tick of who goes on."""

    blow: Blow
    began: float
    ended: float
    digest_s: float | None
    ticked: bool  # whether it was the clock that ticks

    @property
    def slowest_s(self) -> float:
        """The longest that anybody waited, the way to the next tick taken off."""
        at_the_tick = 0.0 if self.ticked else TICK_S
        return max(self.answer_s, (self.digest_s or 0.0) - at_the_tick)

    @property
    def answer_s(self) -> float:
        """The longest wait for an answer of anybody who waited then."""
        return max(waited for at, waited in WAITS if at < self.ended and at + waited > self.began)

    def __str__(self) -> str:
        digest = "" if self.digest_s is None else f", a digest after {self.digest_s:.1f} s"
        return f"{self.blow.what}: answers within {self.answer_s:.1f} s{digest}"


@dataclass
class Chaos:
    fleet: Fleet
    db: Database
    sandbox: Sandbox
    sleepers: list[Colleague]
    players: list[Watched]
    in_flight: Counter[int] = field(default_factory=Counter)
    lives: Counter[str] = field(default_factory=Counter)
    told: list[Told] = field(default_factory=list)

    async def strike(self, blow: Blow) -> None:
        """Strike, watch, and put everything right again."""
        whom, number = blow.whom(self.fleet), signal.SIGSTOP if blow.freeze else signal.SIGKILL
        ticked = self.fleet.holder(CLOCK) in whom
        began = time.monotonic()
        for name in whom:
            await self.fleet.signal(name, number)
        await self._note_in_flight()
        digest_s = await self.digest() if any(name.startswith("clock") for name in whom) else None
        left = began + (FROZEN_S if blow.freeze else WATCHED_S) - time.monotonic()
        await asyncio.sleep(max(0.0, left))
        ended = time.monotonic()
        for name in whom:
            await (self.fleet.signal(name, signal.SIGCONT) if blow.freeze else self.fleet.start(name))
        if not blow.freeze:
            await self.up(*whom)
        self.told.append(Told(blow, began, ended, digest_s, ticked))

    async def up(self, *names: str) -> None:
        """They have begun another life."""
        self.lives.update(names)

        async def all_there() -> bool:
            return all(len(self.fleet.members[one].said("rounds.started")) >= self.lives[one] for one in names)

        await until(all_there, f"{names} up", CLOSING_S)

    async def digest(self) -> float:
        """Somebody's digest falls due; the seconds until it is on the phone."""
        sleeper, began = self.sleepers.pop(), time.monotonic()
        async with self.db.engine.begin() as connection:
            statement = "UPDATE employee SET digest_due_at = now() WHERE id = :id"
            await connection.execute(text(statement), {"id": sleeper.id})

        async def has_come() -> bool:
            async with self.db.engine.connect() as connection:
                statement = f"SELECT count(*) {DIGESTS} AND o.chat_id = :chat AND o.state = 'sent'"
                return bool(await connection.scalar(text(statement), {"chat": sleeper.user_id}))

        await until(has_come, f"the digest of {sleeper.name}", CLOSING_S)
        return time.monotonic() - began

    async def _note_in_flight(self) -> None:
        async with self.db.engine.connect() as connection:
            statement = "SELECT DISTINCT chat_id FROM outbox WHERE state = 'sending' AND method LIKE 'send%'"
            self.in_flight.update(await connection.scalars(text(statement)))


async def play(db: Database, folder: Path, blows: list[Blow], *, forked: bool, ports: list[int]) -> str:
    """All of it; the report. Raises AssertionError for whatever promise does not hold."""
    db.clock = SystemClock()
    rng = random.Random(SEED)
    random.seed(SEED)
    WAITS.clear()
    async with run_sandbox(tokens=[TOKEN]) as sandbox, Proxy(ports).serving() as proxy:
        players, asleep = await people(db, sandbox, rng, len(blows) + 1)
        settings = {
            "ROUNDS_BOT_TOKENS": TOKEN,
            "DATABASE_URL": db.url,
            "ROUNDS_API_URL": sandbox.url,
            "ROUNDS_INTAKE": "webhook",
            "ROUNDS_WEBHOOK_URL": proxy.url,
            "ROUNDS_WEBHOOK_SECRET": "a-long-random-word",
            "ROUNDS_DATA_DIR": str(folder / "data"),
        }
        fleet = Fleet.of(SIZES, settings, folder, forked=forked)
        for number, port in enumerate(ports, start=1):
            fleet.members[f"intake-{number}"].settings |= {"ROUNDS_WEBHOOK_LISTEN": f"127.0.0.1:{port}"}
        chaos = Chaos(fleet, db, sandbox, list(asleep), players)
        try:
            async with fleet.running():
                calm_s = await storm(chaos, blows)
                await at_rest(db, CLOSING_S)
                await _all_is_sent(db)
                await verify(chaos, asleep)
                fleet.well()
        except BaseException:
            for name, member in fleet.members.items():
                sys.stdout.write(f"--- {name}\n{member.log[-2500:]}\n")
            sys.stdout.write(f"ROUNDS_CHAOS_SEED={SEED}\n")
            raise
    lines = "\n  ".join([f"before the first blow: answers within {calm_s:.1f} s", *map(str, chaos.told)])
    accepted = sum(len(player.accepted) for player in players)
    doubled = (await _doubled(db, sandbox, players)).total()
    report = (
        f"fleet of {len(fleet.members)}:\n  {lines}\n  {accepted} visits accepted and found once each, {doubled} "
        f"messages doubled of {chaos.in_flight.total()} on their way; {proxy.retried} calls taken by the other intake; "
        f"seed {SEED}"
    )
    slowest_s = max(one.slowest_s for one in chaos.told)
    assert slowest_s < GOES_ON_WITHIN_S + 2 * calm_s, report
    return report


async def people(
    db: Database, sandbox: Sandbox, rng: random.Random, sleepers: int
) -> tuple[list[Watched], list[Colleague]]:
    """Who plays; and who only has a promise for today, where it is noon on a working day."""
    crew = await Crew.found(db, BOT)
    players = await recruited(crew, sandbox, rng, PEOPLE, Watched)
    zone = where_it_is_noon()
    today = datetime.now(UTC).astimezone(ZoneInfo(zone)).date()
    asleep = [await crew.hire(f"同事{at}") for at in range(sleepers)]
    for member in asleep:
        sandbox.add_user(member.name, member.user_id, language_code="zh-hans")
        sandbox.start(TOKEN, member.user_id)
        (customer,) = await crew.give(member, f"佛山{member.name}陶瓷有限公司")
        async with db.unit() as session:
            if member is asleep[0]:
                session.add(WorkDay(day=today, works=True, set_by=member.id, set_at=datetime.now(UTC)))
            (await session.get_one(Employee, member.id)).zone = zone
            await session.flush()
            actor = await queries.actor(session, member.id)
            assert actor is not None
            said = LogVisit(customer=customer, kind=VisitKind.RETURN, summary="谈了年框，今天送样", next_on=today)
            await log_visit(session, actor, said)
    async with db.engine.begin() as connection:  # nobody's digest comes before its time
        later = datetime.now(UTC) + timedelta(days=1)
        await connection.execute(text("UPDATE employee SET digest_due_at = :later"), {"later": later})
    return players, asleep


def where_it_is_noon() -> str:
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


async def storm(chaos: Chaos, blows: list[Blow]) -> float:
    """All chat while the blows fall; then everybody says a last word. The longest wait of before the first blow."""
    enough = asyncio.Event()
    calm_s = 0.0

    async def strike_all() -> None:
        nonlocal calm_s
        try:
            await chaos.up(*chaos.fleet.members)
            await chaos.digest()
            began = time.monotonic()
            await asyncio.sleep(3)
            calm_s = max(waited for at, waited in WAITS if at > began)
            for blow in blows:
                await chaos.strike(blow)
        finally:
            enough.set()

    async with asyncio.TaskGroup() as tasks:
        for player in chaos.players:
            tasks.create_task(player.live(enough))
        tasks.create_task(strike_all())
    for player in chaos.players:
        player.patience_s = CLOSING_S
    await asyncio.gather(*(player.last_word() for player in chaos.players))
    return calm_s


async def verify(chaos: Chaos, asleep: list[Colleague]) -> None:
    accepted = {summary for player in chaos.players for summary in player.accepted}
    async with chaos.db.engine.connect() as connection:

        async def rows(statement: str) -> list[tuple[object, ...]]:
            return [tuple(row) for row in await connection.execute(text(statement))]

        visits = Counter(summary for (summary,) in await rows("SELECT summary FROM visit WHERE next_on IS NULL"))
        visits |= Counter(one for (one,) in await rows("SELECT summary FROM visit") if one in accepted)
        assert visits == Counter(accepted), "what was accepted is there once, and nothing else"
        assert await rows("SELECT id, state, error FROM inbox WHERE state <> 'done' OR error IS NOT NULL") == []
        assert await rows("SELECT id, method, error FROM outbox WHERE state = 'dead' OR error LIKE 'sent plain%'") == []
        order = (
            "SELECT id FROM (SELECT id, ended_at, lag(ended_at) OVER (PARTITION BY chat_id ORDER BY id) AS before"
            " FROM inbox) ordered WHERE ended_at < before"
        )
        assert await rows(order) == [], "updates of a chat that overtook each other"
        sent = await rows(f"SELECT o.chat_id, count(*) {DIGESTS} GROUP BY 1")
    woken = [one for one in asleep if one not in chaos.sleepers]
    assert dict(sent) == {one.user_id: 1 for one in woken}, "one digest each"
    for chat, count in (await _doubled(chaos.db, chaos.sandbox, chaos.players)).items():
        assert count <= chaos.in_flight[chat], f"chat {chat} got {count} messages twice"


@pytest.mark.chaos
@pytest.mark.feature("RE11")
@pytest.mark.timeout(300 + 600 * ROUNDS)
async def test_whoever_of_a_fleet_is_killed_or_frozen_service_goes_on_within_five_seconds(
    db: Database, tmp_path: Path, unused_tcp_port_factory: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    ports = [unused_tcp_port_factory(), unused_tcp_port_factory()]
    blows = (BLOWS + MORE_BLOWS) * ROUNDS or BLOWS[2:4] + BLOWS[-2:]
    report = await play(db, tmp_path, blows, forked=not ROUNDS, ports=ports)
    with capsys.disabled():
        sys.stdout.write(f"\n{report}\n")
