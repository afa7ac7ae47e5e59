"""Requests that wait (BY16): at half of a step's time who is to sign is reminded; at its end the applicant is told too,
and a superior may sign as well. Nothing is decided by waiting.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import remind
from crm_core.approvals import timers
from crm_core.approvals.facts import Chair
from crm_core.approvals.lists import deputies
from crm_core.approvals.queries import names_of
from crm_core.approvals.timers import Fired
from crm_core.kit.db import Database, now
from crm_core.kit.errors import Conflict
from crm_core.org.actor import Actor
from crm_core.org.attention import awake, is_quiet
from crm_core.org.models import Company
from crm_core.org.workdays import work_table
from reminders.rules import Sweep
from screens.approvals_time import late_words, reminder_words, second_words
from screens.screen import Words

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
    """The card to whose turn it is, and to who stands in for them; when it is late, to the applicant and to who may
    sign as well.
    """
    case, visit = gone.case, gone.case.request.visit
    if not gone.late and visit is not None and visit.due_at is not None and visit.due_at <= now(session):
        return  # the clock was away: what is said at the end follows at once
    seconds, applicant = case.opened, case.request.applicant
    holders = list(dict.fromkeys(one.holder for one in gone.reminded))
    names = await names_of(session, {applicant, *holders, *(one.holder for one in seconds)})
    hours = None if gone.late else _hours_left(gone, now(session))
    said: dict[int, Callable[[Actor], Words]] = dict.fromkeys(holders, _to_signer(hours))
    for deputy, absent in (await deputies(session, holders, applicant)).items():
        said.setdefault(deputy, _to_signer(hours, names[absent]))
    if gone.late:
        waited, more = [names[at] for at in holders], _names(seconds, names)
        for chair in seconds:
            said.setdefault(chair.holder, lambda who: second_words(waited, who.language))
        said.setdefault(applicant, lambda who: late_words(waited, more, who.language))
    await remind(session, case, said)


def _to_signer(hours: int | None, absent: str | None = None) -> Callable[[Actor], Words]:
    return lambda who: reminder_words(who.language, hours_left=hours, absent=absent)


def _names(chairs: Iterable[Chair], names: dict[int, str]) -> list[str]:
    return list(dict.fromkeys(names[one.holder] for one in chairs))


def _hours_left(gone: Fired, moment: datetime) -> int:
    visit = gone.case.request.visit
    assert visit is not None
    assert visit.due_at is not None, "a step without a deadline has no timer"
    return max(1, round((visit.due_at - moment).total_seconds() / 3600))
