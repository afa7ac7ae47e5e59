"""Messages of their own: what does not wait for the digest, at most two a day for a person (BY20).

Ranked by how urgent it is and what it is worth; the rest waits for the digest. Nothing comes at night or on a day off,
and what no longer holds does not come at all. What somebody put off until an hour, or was nudged for by a superior,
comes whatever came before: it was asked for.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import Line, alone
from crm_core.kit.behind import nested
from crm_core.kit.calendars import WorkTable
from crm_core.kit.db import Database, now
from crm_core.leave.queries import is_away
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.attention import awake, count_people, is_quiet, quiet_from, spread_of
from crm_core.org.models import Employee
from crm_core.org.workdays import work_table
from crm_core.outbox.models import Priority
from reminders.rules import Rule, rules
from screens import post
from screens.post import Reader

log = structlog.get_logger()

MOST_A_DAY: Final = 2
_PEOPLE_A_UNIT: Final = 50
_AS_IT_IS: Final = {"synchronize_session": False}


async def push(db: Database) -> int:
    """Send what wants a message of its own now; answers how much was."""
    sent = 0
    while True:
        async with db.unit() as session:
            people = await _people(session)
            table = await work_table(session)
            crowd = await count_people(session) if people else 0
            for person in people:
                try:
                    async with nested(session):
                        sent += await _person(session, person, table, spread_of(person.id, crowd))
                except Exception:
                    log.exception("clock.push_failed", employee_id=person.id)
                    await _wait_for_the_digest(session, [row.id for row in await wanting_of(session, person.id)])
        if not people:
            return sent


async def _people(session: AsyncSession) -> Sequence[Employee]:
    """Some of those for whom something wants a message now, each in the hands of one clock."""
    wanting = select(Occurrence.recipient_id).where(Occurrence.push_at <= now(session), occurrences.is_open)
    statement = (
        select(Employee)
        .where(Employee.id.in_(wanting))
        .order_by(Employee.id)
        .limit(_PEOPLE_A_UNIT)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return (await session.scalars(statement)).all()


async def wanting_of(session: AsyncSession, employee_id: int) -> Sequence[Occurrence]:
    statement = select(Occurrence).where(
        Occurrence.recipient_id == employee_id, Occurrence.push_at <= now(session), occurrences.is_open
    )
    return (await session.scalars(statement.execution_options(populate_existing=True))).all()


async def _person(session: AsyncSession, person: Employee, table: WorkTable, spread: timedelta) -> int:
    rows = await wanting_of(session, person.id)
    actor = await queries.actor(session, person.id)
    seat = await queries.seat(session, person.id)
    if actor is None or seat is None or await is_away(session, person.id, now(session)):
        await _wait_for_the_digest(session, [row.id for row in rows])
        return 0
    if is_quiet(now(session), actor.zone, table):
        await _shift(session, rows, awake(now(session), actor.zone, table) + spread)
        return 0
    reader = Reader(*seat, actor.language, actor.zone)
    sent = 0
    for row in await chosen_of(session, actor, person, rows):
        screen = await alone(session, actor, row)
        assert screen is not None
        until = quiet_from(now(session), actor.zone)
        card_id = await post.send(session, reader, screen, keep=True, priority=Priority.PUSH, expires_at=until)
        await occurrences.mark_queued(session, [row.id], card_id)
        sent += 1
    await _wait_for_the_digest(session, [row.id for row in rows])
    return sent


async def chosen_of(
    session: AsyncSession, actor: Actor, person: Employee, rows: Sequence[Occurrence]
) -> list[Occurrence]:
    """What was asked for at this hour, and of the rest as many as the day still allows, the gravest first."""
    wanted = await occurrences.choices(session, actor.id)
    asked: list[Occurrence] = []
    ranked: list[tuple[Decimal, int, Occurrence]] = []
    for row in rows:
        rule = rules().get(row.rule)
        if rule is None or (wanted.get(row.rule) == "off" and row.nudged_by is None):
            continue
        line = next(iter(await rule.lines_of(session, actor, [row])), None)
        if line is None or line.done:
            continue
        if row.state == "snoozed" or row.nudged_by is not None:
            asked.append(row)
        elif wanted.get(row.rule) != "digest":
            ranked.append((-weight(rule, line), row.id, row))
    today = actor.today(now(session))
    if person.pushed_on != today:
        person.pushed_on, person.pushes = today, 0
    picked = [row for _, _, row in sorted(ranked, key=lambda one: one[:2])][: max(MOST_A_DAY - person.pushes, 0)]
    person.pushes += len(picked)
    await session.flush()
    return [*asked, *picked]


def weight(rule: Rule, line: Line) -> Decimal:
    """How urgent it is by what it is worth in a year; what has no worth counts as one yuan's."""
    return rule.urgency * max(line.value or Decimal(1), Decimal(1))


async def _shift(session: AsyncSession, rows: Sequence[Occurrence], at: datetime) -> None:
    """Into the next waking hour."""
    statement = update(Occurrence).where(Occurrence.id.in_([row.id for row in rows]))
    await session.execute(statement.values(push_at=at), execution_options=_AS_IT_IS)


async def _wait_for_the_digest(session: AsyncSession, ids: Sequence[int]) -> None:
    """None of these wants a message of its own any more; those that were sent do not anyway."""
    statement = update(Occurrence).where(Occurrence.id.in_(ids)).values(push_at=None)
    await session.execute(statement, execution_options=_AS_IT_IS)
