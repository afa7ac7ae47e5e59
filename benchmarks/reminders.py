"""A tick at 100,000 and at 1,000,000 customers, and 10,000 digests: python -m benchmarks.reminders [CUSTOMERS]

Two companies of 10,000 reps are filled, a small one and one ten times as large (field.py). The same number of things
falls due in both, which is 10 % of the small one and 1 % of the large one; and 10 % of the large one. What a rule takes
to note them, in one unit of work with its commit, is measured in turn in both. The large company must not cost more
than 1.3 times the small one: it answers 1 if it does. Beside it what PostgreSQL read for it, rows and pages.
Then every rep of the large one gets a digest (digests.py).
"""

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks import digests
from benchmarks import field as fields
from benchmarks.explained import asked_of, read_by
from benchmarks.field import TODAY, Field
from benchmarks.rig import server
from crm_core.kit.db import AnySelect
from crm_core.plans import due as plans
from crm_core.tasks import queries as tasks
from reminders.clock import Ticker, load
from reminders.contacts import BIRTHDAY
from reminders.customers import DATA_GAPS, NEXT_STEP, STALE
from reminders.noticing import notice
from reminders.rules import Rule

MANY: Final = 1_000_000
AT_MOST: Final = 1.3
ROUNDS: Final = 5
_PEOPLE_AFTER: Final = 45  # days, of type a in the playbook
Work = Callable[[AsyncSession], Awaitable[int]]


@dataclass
class Line:
    """What some work took in one company, a value a round, and what PostgreSQL read for it."""

    name: str
    due: int
    ms: list[float] = field(default_factory=list)
    rows: int = 0
    pages: int = 0

    @property
    def least(self) -> float:
        return min(self.ms)


async def timed(line: Line, company: Field, work: Work) -> None:
    began = time.perf_counter()
    async with company.db.unit() as session:
        found = await work(session)
    line.ms.append((time.perf_counter() - began) * 1000)
    assert found == line.due, f"{line.name}: {found} noted, {line.due} are due"


async def explain(line: Line, company: Field, work: Work) -> None:
    """The costliest statement of some work, as PostgreSQL counts it. Nothing of it stays."""
    async with company.db.unit() as session:
        aside = await session.begin_nested()
        with asked_of(company.db) as said:
            await work(session)
        await aside.rollback()
    for one in said:
        async with company.db.engine.connect() as connection:
            read = await read_by(connection, one)
            await connection.rollback()
        if read.rows >= line.rows:
            line.rows, line.pages = read.rows, read.pages


def noting(rule: Rule) -> Work:
    return lambda session: notice(session, rule)


def asking(what: AnySelect) -> Work:
    async def ask(session: AsyncSession) -> int:
        return len((await session.execute(what)).all())

    return ask


@dataclass(frozen=True)
class Case:
    """Something to be measured in both companies: how it falls due (once, or before each round), and the work."""

    name: str
    work: Work
    due: Callable[[Field, int], Awaitable[None]] | None = None
    again: Callable[[Field, int], Awaitable[None]] | None = None
    percent: int = 10  # of the customers of the small company
    rounds: int = ROUNDS


async def forget(company: Field, _: int) -> None:
    """What was noted, so that it is noted again."""
    await company.plain.execute("TRUNCATE occurrence, rule_day")


async def stale_again(company: Field, many: int) -> None:
    await fields.fall_due(company, many)
    await company.plain.execute("VACUUM customer")


CASES: Final = (
    Case("stale archives", noting(STALE), again=stale_again),
    Case("birthdays", noting(BIRTHDAY), lambda one, many: fields.born_on(one, TODAY, many), forget, percent=3),
    Case("promised next steps", noting(NEXT_STEP), lambda one, many: fields.promised_on(one, TODAY, many), forget),
    Case(
        "archives without contacts",
        noting(DATA_GAPS),
        lambda one, many: fields.bare_since(one, _PEOPLE_AFTER, many),
        forget,
    ),
    Case(
        "planned lines of a day",
        asking(plans.visits_between(TODAY, TODAY)),
        lambda one, many: fields.planned_on(one, TODAY, many),
    ),
    Case(
        "tasks due",
        asking(tasks.due_between_days(TODAY - timedelta(days=1), TODAY)),
        lambda one, many: fields.tasks_due(one, TODAY, many),
        percent=1,
    ),
)


async def compare(case: Case, small: Field, large: Field) -> tuple[Line, Line]:
    """In turn; the small company first."""
    many = small.customers * case.percent // 100
    lines = (Line(case.name, many), Line(case.name, many))
    companies = tuple(zip(lines, (small, large), strict=True))
    for _, company in companies:
        if case.due is not None:
            await case.due(company, many)
    for number in range(case.rounds):
        for line, company in companies if number % 2 == 0 else companies[::-1]:
            if case.again is not None:
                await case.again(company, many)
            await timed(line, company, case.work)
    for line, company in companies:
        if case.again is not None:
            await case.again(company, many)
        await explain(line, company, case.work)
    return lines


async def of_the_large_one(case: Case, large: Field) -> Line:
    """The same with ten of a hundred due."""
    line = Line(case.name, large.customers * case.percent // 100)
    if case.due is not None:
        await case.due(large, line.due)
    for _ in range(3):
        if case.again is not None:
            await case.again(large, line.due)
        await timed(line, large, case.work)
    return line


async def idle(company: Field) -> float:
    """Milliseconds of a whole tick that finds nothing due, the least of some."""
    ticker = Ticker(company.db)
    await ticker.tick()
    taken: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        await ticker.tick()
        taken.append((time.perf_counter() - began) * 1000)
    return min(taken)


def show(small: Line, large: Line) -> bool:
    """Whether the bound holds, by what each took at least and by the medians."""
    ratio, of_medians = large.least / small.least, statistics.median(large.ms) / statistics.median(small.ms)
    held = max(ratio, of_medians) <= AT_MOST
    figures = f"{small.due:9,}{small.least:10.1f}{large.least:10.1f}{ratio:8.2f}{of_medians:8.2f}"
    read = f"{small.rows:10,}{large.rows:10,}{small.pages:10,}{large.pages:10,}"
    _say(f"{small.name:26}{figures}{read}{'' if held else '  TOO MUCH'}")
    return held


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def measure(url_of: Callable[[str], str], many: int) -> bool:
    small, large = await _founded(url_of("small"), many // 10), await _founded(url_of("large"), many)
    return await told_of(small, large)


async def told_of(small: Field, large: Field) -> bool:
    """Whether the bounds hold."""
    nothing = await idle(small), await idle(large)
    _say(
        f"{'':26}{'due':>9}{'small ms':>10}{'large ms':>10}{'ratio':>8}{'(median)':>8}{'rows':>10}{'':>10}{'pages':>10}"
    )
    _say(f"{'a tick with nothing due':35}{nothing[0]:10.1f}{nothing[1]:10.1f}{nothing[1] / nothing[0]:8.2f}")
    held = [show(*await compare(case, small, large)) for case in CASES]
    for case in CASES[:2]:
        line = await of_the_large_one(case, large)
        _say(f"{line.name:26}{line.due:9,}{'':10}{line.least:10.1f}")
    told = await digests.measure(large)
    _say(
        f"{told.digests:,} digests of {told.lines:,} lines: {told.digests / told.seconds:.0f} a second, "
        f"{told.seconds * 1000 / told.digests:.1f} ms each, {told.cpu_s * 1000 / told.digests:.1f} of our processor; "
        f"{told.memory_mb:.0f} MB more memory at most"
    )
    return all(held)


async def _founded(url: str, many: int) -> Field:
    began = time.perf_counter()
    made = await fields.found(url, many)
    _say(f"{many:,} customers of {fields.REPS:,} reps filled in within {time.perf_counter() - began:.0f} s")
    return made


def main(many: int = MANY) -> int:
    load()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with server(lax=True) as on:
        return 0 if asyncio.run(measure(on.fresh, many)) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
