"""What would come to somebody on a day, as things stand now: for who sets up the rules. Nothing is sent or kept."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import MOST_LINES, alone, digest_of, due_now
from conversations.exceptions import weekly
from crm_core.kit.calendars import at_local, is_working_day, next_working_day
from crm_core.kit.clock import FixedClock
from crm_core.leave.queries import is_away
from crm_core.occurrences import service as occurrences
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table
from reminders.noticing import notice
from reminders.pushing import chosen_of, wanting_of
from reminders.rules import rules
from reminders.weekly import was_listed
from screens.render import render_text
from screens.screen import Place, Screen


async def preview(session: AsyncSession, employee_id: int, day: date) -> list[str]:
    """The texts in the order in which they would come; none on a day off, while on leave, or with nothing due."""
    person = await session.get_one(Employee, employee_id, populate_existing=True)
    company = await session.get_one(Company, 1)
    zone = ZoneInfo(person.zone or company.zone)
    at = FixedClock(at_local(day, person.digest_at, zone))
    async with _as_if(session, at):
        if not is_working_day(day, await work_table(session)) or await is_away(session, employee_id, at.now()):
            return []
        for rule in rules().values():
            await notice(session, rule, whose=employee_id)
        await occurrences.expire(session)
        actor = await queries.actor(session, employee_id)
        assert actor is not None
        person.pushes = 0
        picked = await chosen_of(session, actor, person, await wanting_of(session, employee_id))
        drawn = [screen for row in picked if (screen := await alone(session, actor, row)) is not None]
        held = {row.id for row in picked}
        lines = [one for one in await due_now(session, actor) if one[1].occurrence_id not in held]
        if lines:
            drawn.append(digest_of(actor, lines[:MOST_LINES], more=len(lines) - MOST_LINES))
        drawn += await _list_of_the_week(session, actor, person, day)
        return [render_text(screen, actor.language, actor.zone) for screen in drawn]


async def _list_of_the_week(session: AsyncSession, actor: Actor, person: Employee, day: date) -> list[Screen]:
    """The manager's, on the first working day of the week."""
    first = next_working_day(day - timedelta(days=day.weekday() + 1), await work_table(session))
    if not actor.has_reports or day != first or was_listed(person, day):
        return []
    screen = await weekly(session, actor, place=Place.NEW)
    return [screen] if screen.facts["count"] else []


@asynccontextmanager
async def _as_if(session: AsyncSession, at: FixedClock) -> AsyncGenerator[None]:
    """It is that time, and nothing of what is done meanwhile stays."""
    clock, savepoint = session.info["clock"], await session.begin_nested()
    session.info["clock"] = at
    try:
        yield
    finally:
        await savepoint.rollback()
        session.info["clock"] = clock
