"""What one update costs: the processor's time of all of Rounds, what the person waits, the ways to PostgreSQL and back.

python -m benchmarks.steps [--only STEP] [--profile FILE] [--statements] [--rounds N]

Twenty people play in the sandbox, at a hundred updates a second. The floor, in turn with it: the same people tell a
bare bot something, and the bare driver's smallest useful transaction.
"""

import argparse
import asyncio
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
from sqlalchemy.engine import make_url

from benchmarks import players
from benchmarks.counted import Trips, counting
from benchmarks.report import Line, at_most, median, say, show, times
from benchmarks.rig import ECHO_TOKEN, HOUSE_TOKEN, Program, Server, echo, house, program, sandbox, server

PEOPLE: Final = 20
OVER_S: Final = 0.2
MOST_TIMES: Final = 2.0
MOST_TRIPS: Final = 6
_LOOK_S: Final = 3.0
_LOOKS: Final = 20
_TALK: Final = "谈了年框，第 {at} 次"


@dataclass(frozen=True, slots=True)
class Step:
    """What everybody does; what is named is measured."""

    do: str
    what: str
    name: str = ""


ROUND: Final = (
    Step("say", "/visit 华宁"),
    Step("say", _TALK, "typed"),
    Step("tap", "✎ 修改", "tapped"),
    Step("tap", "小结"),
    Step("say", _TALK + "，再改", "typed"),
    Step("say", "/cancel"),
    Step("say", "拜访华宁 " + _TALK, "quick"),
    Step("say", "/cancel"),
    Step("say", "/customer"),
    Step("tap", "华宁", "archive"),
)
_CALLED: Final = {
    "typed": "a form's text step",
    "tapped": "a form's tap",
    "quick": "a visit told in one line",
    "archive": "an archive opened",
}


@dataclass
class Taken:
    """What steps of one name took: CPU an update, a value a round; the milliseconds of each person; round trips."""

    cpu_ms: list[float] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)
    trips: list[float] = field(default_factory=list)


class Crowd:
    """The people, and the program whose cost is taken while they play."""

    def __init__(self, load: Program, measured: Program, only: str = "", profiled: bool = False) -> None:
        self._load = load
        self._measured = measured
        self._only = only
        self._profiled = profiled
        self.taken: defaultdict[str, Taken] = defaultdict(Taken)

    async def play(self, step: Step, at: int, *, over_s: float = OVER_S) -> list[float]:
        return await self._load.ask(do=step.do, what=step.what.format(at=at), over_s=over_s)

    async def do(self, step: Step, at: int) -> None:
        """Everybody does it once; noted if it has a name."""
        wanted = bool(step.name) and self._only in ("", step.name)
        with self._profile() if wanted and self._profiled else _nothing():
            began = self._measured.cpu_s()
            waits = await self.play(step, at)
            await self._measured.quiet()
            spent = self._measured.cpu_s() - began
        if wanted:
            taken = self.taken[step.name]
            taken.cpu_ms.append(spent * 1000 / len(waits))
            taken.waits_ms += waits

    async def count(self, step: Step, at: int, trips: Trips, idle_a_s: float, *, alone: bool) -> None:
        """The round trips of one update; `idle_a_s` are those of a house where nothing happens."""
        trips.clear()
        began = time.monotonic()
        many = len(await self.play(step, at, over_s=0 if alone else OVER_S))
        await self._measured.quiet()
        if step.name:
            made = trips.round_trips - idle_a_s * (time.monotonic() - began)
            self.taken[step.name].trips.append(max(0.0, made) / many)

    @contextmanager
    def _profile(self) -> Iterator[None]:
        self._measured.process.send_signal(signal.SIGUSR1)
        try:
            yield
        finally:
            self._measured.process.send_signal(signal.SIGUSR2)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


async def transactions(url: str, count: int) -> float:
    """The floor: begin, insert, update, commit, by the bare driver; CPU ms of each."""
    parts = make_url(url).set(drivername="postgresql")
    connection = await asyncpg.connect(parts.render_as_string(hide_password=False))
    try:
        await connection.execute("CREATE TEMP TABLE floor (id bigint GENERATED ALWAYS AS IDENTITY, body text)")
        began = time.process_time()
        for at in range(count):
            async with connection.transaction():
                number = await connection.fetchval("INSERT INTO floor (body) VALUES ($1) RETURNING id", f"第 {at} 次")
                await connection.execute("UPDATE floor SET body = body || '。' WHERE id = $1", number)
        return (time.process_time() - began) * 1000 / count
    finally:
        await connection.close()


def _people(api: str, token: str) -> tuple[str, ...]:
    return ("-m", "benchmarks.load", api, token, str(players.FIRST), str(PEOPLE))


async def measure(url: str, rounds: int, only: str = "", profile: Path | None = None) -> list[Line]:
    """The floors and the house in turn."""
    given = ("--profile", str(profile)) if profile else ()
    transaction: list[float] = []
    async with sandbox() as api, echo(api) as bare, house(url, api, *given) as whole:  # noqa: SIM117
        async with program(*_people(api, ECHO_TOKEN)) as talkers, program(*_people(api, HOUSE_TOKEN)) as people:
            echoed = Crowd(talkers, bare)
            crowd = Crowd(people, whole, only, profile is not None)
            hello = Step("say", "第 {at} 次", "echo")
            await echoed.play(hello, 0)
            await crowd.play(Step("say", "/start"), 0)
            for at in range(rounds + 1):
                if at == 1:  # the first round warms up
                    crowd.taken.clear()
                    echoed.taken.clear()
                for step in ROUND:
                    await crowd.do(step, at)
                    if step.name:
                        await echoed.do(hello, at)
                transaction.append(await transactions(url, 200))
    return _lines(crowd.taken, echoed.taken["echo"], median(transaction))


def _lines(taken: dict[str, Taken], echoed: Taken, transaction_ms: float) -> list[Line]:
    echo_ms, wait_ms = median(echoed.cpu_ms), median(echoed.waits_ms)
    floor = echo_ms + transaction_ms
    made = [
        Line("floor: a bare echo bot, CPU", echo_ms, "ms an update"),
        Line("floor: the driver's transaction, CPU", transaction_ms, "ms"),
    ]
    for name, called in _CALLED.items():
        if name in taken:
            cpu = median(taken[name].cpu_ms)
            bounded = name in ("typed", "tapped")
            figure = (f"{called}, CPU", cpu, "ms an update", floor)
            made.append(times(*figure, MOST_TIMES) if bounded else Line(*figure))
            made.append(Line(f"{called}, waited", median(taken[name].waits_ms), "ms, p50", wait_ms))
    return made


async def trips(url: str, rounds: int = 2, *, statements: bool = False) -> list[Line]:
    """Ways to PostgreSQL and back: at a hundred updates a second, and of one person alone."""
    async with sandbox() as api, counting(url) as (relayed, counted), house(relayed, api) as whole:  # noqa: SIM117
        async with program(*_people(api, HOUSE_TOKEN)) as people:
            crowd, single = Crowd(people, whole), Crowd(people, whole)
            await crowd.play(Step("say", "/start"), 0)
            for step in ROUND:
                await crowd.play(step, 0)
            await whole.quiet()
            idle_a_s = await _idle_a_s(counted)
            say(f"steps: {idle_a_s:.1f} round trips a second of an idle house")
            for at in range(rounds):
                for step in ROUND:
                    await crowd.count(step, at, counted, idle_a_s, alone=False)
            for at in range(rounds):
                for step in ROUND:
                    await single.count(step, at, counted, idle_a_s, alone=True)
                    if statements and step.name and at == rounds - 1:
                        _tell(step.name, counted)
    made: list[Line] = []
    for name, called in _CALLED.items():
        figure = median(crowd.taken[name].trips)
        line = (f"{called}, SQL round trips", figure, "an update")
        made.append(at_most(*line, MOST_TRIPS) if name == "typed" else Line(*line))
        made.append(Line(f"{called}, alone, SQL round trips", median(single.taken[name].trips), "an update"))
    return made


async def _idle_a_s(counted: Trips) -> float:
    """What a house asks where nothing happens: when that no longer falls, for who has just begun has much to do."""
    least = now = float("inf")
    for _ in range(_LOOKS):
        counted.clear()
        await asyncio.sleep(_LOOK_S)
        now = counted.round_trips / _LOOK_S
        if now > least * 0.9:
            break
        least = now
    return min(least, now)


def _tell(name: str, counted: Trips) -> None:
    sys.stdout.write(f"\n{name}, alone: {counted.round_trips} round trips\n")
    for statement, many in counted.statements.most_common():
        sys.stdout.write(f"{many:4}  {statement}\n")


async def lines(on: Server, rounds: int, only: str = "", profile: Path | None = None) -> Sequence[Line]:
    url = await players.company(on, "steps")
    say(f"steps: {rounds} rounds of {len(ROUND)} steps of {PEOPLE} people")
    made = await measure(url, rounds, only, profile)
    return made if only else [*made, *await trips(url)]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=list(_CALLED), default="", help="one of the steps alone")
    what = "FILE.pstats or FILE.folded: where the house's time goes, in the measured steps alone"
    parser.add_argument("--profile", type=lambda name: Path(name).resolve(), help=what)
    parser.add_argument("--rounds", type=int, default=12)


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.steps")
    arguments(parser)
    parser.add_argument("--statements", action="store_true", help="only which statements each step sends")
    given = parser.parse_args()
    with server() as on:
        if given.statements:
            asyncio.run(_only_trips(on))
        else:
            show(asyncio.run(lines(on, given.rounds, given.only, given.profile)))


async def _only_trips(on: Server) -> None:
    show(await trips(await players.company(on, "steps"), statements=True))


if __name__ == "__main__":
    main()
