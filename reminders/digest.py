"""The morning digest: what is due for one person, in one message, each thing with its action on it."""

from collections.abc import Collection, Sequence
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import MOST_LINES, digest_of, due_of, held_by, redraw
from crm_core.audit.events import Undone
from crm_core.kit.behind import nested
from crm_core.kit.calendars import WorkTable, at_local
from crm_core.kit.db import Database, now
from crm_core.kit.events import subscribe
from crm_core.leave.queries import away_among
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.attention import count_people, digest_after, is_quiet, quiet_from, spread_of
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table
from crm_core.outbox.models import Priority
from reminders import weekly
from screens import post
from screens.post import Reader

__all__ = ["redraw", "send", "send_due"]

log = structlog.get_logger()

_PEOPLE_A_UNIT: Final = 50


async def send_due(db: Database) -> None:
    """Every digest whose time has come, and when the next one of each person is due.

    A clock that was away for long sends one digest, not one for each morning it missed. One person's trouble is
    told, and keeps the digest from nobody else. A digest that comes late waits for the next working morning; so
    does one that would be the day's second, where the clock was moved.
    """
    while await _some(db):
        pass


async def _some(db: Database) -> bool:
    """A batch of them, each in the hands of one clock; false when none is left. What can be asked for all of them at
    once is.
    """
    async with db.unit() as session:
        due = (
            select(Employee)
            .where(Employee.digest_due_at <= now(session), Employee.left_at.is_(None))
            .order_by(Employee.digest_due_at)
            .limit(_PEOPLE_A_UNIT)
            .with_for_update(skip_locked=True)
        )
        people = (await session.scalars(due)).all()
        if not people:
            return False
        company = await session.get(Company, 1)
        zones = {one.id: ZoneInfo(one.zone or (company.zone if company else "UTC")) for one in people}
        table, crowd, moment = await work_table(session), await count_people(session), now(session)
        ready = [one for one in people if _may_have_it(one, moment, zones[one.id], table)]
        told = await _told(session, ready, moment)
        for one in people:
            if one.id in told:
                one.digested_on = moment.astimezone(zones[one.id]).date()
            one.digest_due_at = digest_after(one, zones[one.id], moment, table, spread_of(one.id, crowd))
        return True


def _may_have_it(person: Employee, moment: datetime, zone: ZoneInfo, table: WorkTable) -> bool:
    """The person can be reached and wants to be now, and has had none today."""
    local = moment.astimezone(zone)
    told = person.digested_on is not None and local.date() <= person.digested_on
    early = local.time() < person.digest_at
    reached = person.unreachable_since is None and person.telegram_id is not None and person.bot_id is not None
    return reached and not (told or early or is_quiet(moment, zone, table))


async def _told(session: AsyncSession, people: Sequence[Employee], moment: datetime) -> set[int]:
    """Those who got a digest. Who is on leave gets none: what is due waits for the first morning back."""
    ids = [one.id for one in people]
    away = await away_among(session, ids, moment)
    here: dict[int, Actor] = {one.id: one for one in await queries.actors_among(session, ids) if one.id not in away}
    held = await _held(session, here.values(), moment)
    told: set[int] = set()
    for person in people:
        actor = here.get(person.id)
        if actor is None or not (held.get(actor.id) or not weekly.was_listed(person, actor.today(moment))):
            continue
        try:
            async with nested(session):
                if await send(session, actor, person, held.get(actor.id, ())):
                    told.add(person.id)
                await weekly.send(session, actor, person)
        except Exception:
            log.exception("clock.digest_failed", employee_id=actor.id)
            told.discard(actor.id)
            await session.refresh(person)
    return told


async def _held(session: AsyncSession, actors: Collection[Actor], moment: datetime) -> dict[int, list[Occurrence]]:
    """What is open for each, but what came today as a message of its own."""
    people: dict[datetime, list[int]] = {}
    for one in actors:
        people.setdefault(at_local(one.today(moment), time(0), one.zone), []).append(one.id)
    made: dict[int, list[Occurrence]] = {}
    for midnight, mine in people.items():
        made |= await held_by(session, mine, pushed_since=midnight)
    return made


async def send(session: AsyncSession, actor: Actor, person: Employee, held: Sequence[Occurrence]) -> bool:
    """Send the person's digest if anything is due; whether there was. Conditions are asked now, at sending."""
    assert person.bot_id is not None
    assert person.telegram_id is not None
    lines = await due_of(session, actor, held)
    if not lines:
        return False
    reader = Reader(person.bot_id, person.telegram_id, actor.language, actor.zone)
    screen = digest_of(actor, lines[:MOST_LINES], now(session), more=len(lines) - MOST_LINES)
    until = quiet_from(now(session), actor.zone)
    card_id = await post.send(session, reader, screen, keep=True, priority=Priority.PUSH, expires_at=until)
    await occurrences.mark_queued(session, [line.occurrence_id for _, line in lines[:MOST_LINES]], card_id)
    return True


@subscribe(Undone)
async def open_again(session: AsyncSession, undone: Undone) -> None:
    """What a person settled and took back is open again wherever it stands (BY08)."""
    for card_id in await occurrences.reopen(session, undone.op):
        await redraw(session, card_id)
