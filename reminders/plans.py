"""Weeks that are over go to the superior by themselves (PL09); who has some to score is told of all of them at once."""

from datetime import time
from typing import Final

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.calendars import at_local, is_working_day
from crm_core.kit.db import Database, now
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.outbox.models import Priority
from crm_core.plans import queries, weeks
from crm_core.plans.models import WeekPlan
from reminders.rules import Sweep
from screens import post
from screens.post import Reader
from screens.screen import Place
from screens.weeks import waiting_screen

log = structlog.get_logger()

_FROM: Final = time(8, 30)  # local
_UNTIL: Final = time(21)


async def strike(db: Database) -> int:
    """Hand in what is over, then tell superiors. One person's trouble is told, and stops nobody else."""
    async with db.unit() as session:
        count = await weeks.submit_due(session)
    async with db.unit() as session:
        waiting = queries.weeks_waiting().subquery()
        superiors = (await session.scalars(select(waiting.c.superior_id).distinct())).all()
    for superior_id in superiors:
        try:
            async with db.unit() as session:
                count += await _tell(session, superior_id)
        except Exception:
            log.exception("plans.tell_failed", employee_id=superior_id)
    return count


async def _tell(session: AsyncSession, superior_id: int) -> int:
    """One list a day at most, in working hours; what comes after it waits for the next working morning."""
    who, at = await org.actor(session, superior_id), await org.seat(session, superior_id)
    if who is None or at is None or not await _is_time(session, who):
        return 0
    mine = select(WeekPlan).where(
        WeekPlan.superior_id == superior_id, WeekPlan.state == "submitted", WeekPlan.told_at.is_(None)
    )
    plans = (await session.scalars(mine.with_for_update(skip_locked=True))).all()
    if not plans:
        return 0
    page = await queries.reviews_waiting(session, who)
    screen = waiting_screen(page, Place.NEW)
    await post.send(session, Reader(*at, who.language, who.zone), screen, priority=Priority.PUSH)
    for plan in plans:
        plan.told_at = now(session)
    await session.flush()
    return len(plans)


async def _is_time(session: AsyncSession, who: Actor) -> bool:
    local = who.local(now(session))
    if not is_working_day(local.date()) or not _FROM <= local.time() < _UNTIL:
        return False
    today = at_local(local.date(), time(0), who.zone)
    told = select(WeekPlan.id).where(WeekPlan.superior_id == who.id, WeekPlan.told_at >= today)
    return await session.scalar(told.limit(1)) is None


WEEKS: Final = Sweep("plans.weeks", strike)
