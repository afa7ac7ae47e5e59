"""Requests that wait (BY16): at half of a step's time who is to sign is reminded; at its end the applicant is told too,
and a superior may sign as well. Nothing is decided by waiting.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.telling import tell
from crm_core.approvals import timers
from crm_core.approvals.facts import Chair
from crm_core.approvals.queries import names_of
from crm_core.approvals.timers import Fired
from crm_core.kit.db import Database, now
from crm_core.kit.errors import Conflict
from crm_core.org.actor import Actor
from crm_core.org.attention import awake, is_quiet
from crm_core.org.models import Company, StandIn
from crm_core.org.workdays import work_table
from reminders.rules import Sweep
from screens.approvals_time import Waiting, late_screen, reminder_screen, second_screen
from screens.screen import Screen

log = structlog.get_logger()

MOST_A_TICK: Final = 200
"""Timers that one tick lets go off, each in a unit of work of its own."""
_AFTER_TROUBLE: Final = timedelta(hours=1)


async def strike(db: Database) -> int:
    """Let every timer go off whose time has come. One request's trouble is told, put off, and stops no other."""
    async with db.unit() as session:
        found = await timers.due(session, MOST_A_TICK)
        morning = await _morning(session) if found else None
        if morning is not None:
            for timer_id, _ in found:
                await timers.put_off(session, timer_id, morning)
            return 0
    fired = 0
    for timer_id, approval_id in found:
        try:
            async with db.unit() as session:
                gone = await timers.fire(session, timer_id, approval_id)
                if gone is not None:
                    await _tell(session, gone)
                    fired += 1
        except Conflict:  # somebody was quicker: the next tick looks again
            continue
        except Exception:
            log.exception("approvals.timer_failed", approval_id=approval_id)
            async with db.unit() as session:
                await timers.put_off(session, timer_id, now(session) + _AFTER_TROUBLE)
    return fired


async def _morning(session: AsyncSession) -> datetime | None:
    """Nobody is reminded at night or on a day off: when it goes on, where the company is; none while people work."""
    company = await session.get(Company, 1)
    zone, table = ZoneInfo(company.zone if company else "UTC"), await work_table(session)
    moment = now(session)
    return awake(moment, zone, table) if is_quiet(moment, zone, table) else None


SWEEP: Final = Sweep("approvals", strike)


async def _tell(session: AsyncSession, gone: Fired) -> None:
    """Whose turn it is, and who stands in for them; when it is late, the applicant and who may sign as well."""
    case, late, visit = gone.case, gone.reminded, gone.case.request.visit
    if not gone.late and visit is not None and visit.due_at is not None and visit.due_at <= now(session):
        return  # the clock was away: what is said at the end follows at once
    seconds = case.opened
    applicant = case.request.applicant
    holders = list(dict.fromkeys(one.holder for one in late))
    names = await names_of(session, {applicant, *holders, *(one.holder for one in seconds)})
    one = Waiting(case.id, case.row.title, names[applicant], _hours_left(gone, now(session)))
    for holder in holders:
        await tell(session, holder, reminder_screen(one, late=gone.late), by_day=True)
    for deputy, absent in (await _deputies(session, holders, applicant)).items():
        if deputy not in holders:
            await tell(session, deputy, reminder_screen(one, late=gone.late, absent=names[absent]), by_day=True)
    if not gone.late:
        return
    waited, more = [names[at] for at in holders], _names(seconds, names)

    async def for_second(reader: Actor) -> Screen:
        return second_screen(one, waited, reader.language)

    async def for_applicant(reader: Actor) -> Screen:
        return late_screen(one, waited, more, reader.language)

    for chair in seconds:
        await tell(session, chair.holder, for_second, by_day=True)
    await tell(session, applicant, for_applicant, by_day=True)


def _names(chairs: Iterable[Chair], names: dict[int, str]) -> list[str]:
    return list(dict.fromkeys(names[one.holder] for one in chairs))


def _hours_left(gone: Fired, moment: datetime) -> int | None:
    visit = gone.case.request.visit
    if visit is None or visit.due_at is None:
        return None
    return round((visit.due_at - moment).total_seconds() / 3600)


async def _deputies(session: AsyncSession, holders: list[int], applicant: int) -> dict[int, int]:
    """Who signs in the place of whom of these now: not the applicant, nor who stands in for the applicant."""
    moment = now(session)
    statement = (
        select(StandIn.deputy_id, StandIn.absent_id)
        .where(StandIn.absent_id.in_([*holders, applicant]), StandIn.starts_at <= moment, StandIn.ends_at > moment)
        .order_by(StandIn.absent_id)
    )
    rows = (await session.execute(statement)).all()
    barred = {applicant, *(row.deputy_id for row in rows if row.absent_id == applicant)}
    return {row.deputy_id: row.absent_id for row in rows if row.deputy_id not in barred}
