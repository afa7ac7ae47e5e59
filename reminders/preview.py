"""What would come to somebody on a day, as things stand now: for who sets up the rules. Nothing is sent or kept."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import MOST_LINES, alone, digest_of, due_now
from conversations.exceptions import weekly
from crm_core.kit import behind
from crm_core.kit.calendars import at_local, is_working_day, next_working_day
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import now
from crm_core.leave.queries import is_away
from crm_core.occurrences import service as occurrences
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table
from crm_core.playbook.service import in_force
from reminders.noticing import notice
from reminders.pushing import chosen_of, wanting_of
from reminders.rules import Daily, rules
from reminders.weekly import has_list, was_listed
from screens.render import render_text
from screens.screen import Place, Screen


async def preview(session: AsyncSession, employee_id: int, day: date) -> list[str]:
    """The texts in the order in which they would come; none on a day off, while on leave, or with nothing due."""
    person = await session.get_one(Employee, employee_id, populate_existing=True)
    company = await session.get_one(Company, 1)
    zone = ZoneInfo(person.zone or company.zone)
    if not is_working_day(day, await work_table(session)):
        return []
    drawn: list[Screen] = []
    async with _as_if(session, FixedClock(at_local(day, person.digest_at, zone))) as clock:
        if await is_away(session, employee_id, clock.now()):
            return []
        actor = await queries.actor(session, employee_id)
        assert actor is not None
        person.pushes = 0
        for hour in await _hours(session, company, person.digest_at):
            clock.set(at_local(day, hour, zone))
            drawn += await _at(session, actor, person, digest=hour == person.digest_at)
            if hour == person.digest_at:
                drawn += await _list_of_the_week(session, actor, person, day)
        return [render_text(screen, actor.language, actor.zone) for screen in drawn]


async def _hours(session: AsyncSession, company: Company, digest_at: time) -> list[time]:
    """That of the digest, and the later ones at which a rule looks."""
    book = await in_force(session, company.playbook_version)
    looked = {rule.due.hour(book) for rule in rules().values() if isinstance(rule.due, Daily)}
    return [digest_at, *sorted(hour for hour in looked if hour > digest_at)]


async def _at(session: AsyncSession, actor: Actor, person: Employee, *, digest: bool) -> list[Screen]:
    """What comes at that hour, and no more after it."""
    for rule in rules().values():
        await notice(session, rule, whose=person.id)
    await occurrences.expire(session)
    wanting = await wanting_of(session, person.id)
    picked = await chosen_of(session, actor, person, wanting)
    drawn = [screen for row in picked if (screen := await alone(session, actor, row)) is not None]
    held = {row.id for row in picked}
    if digest:
        lines = [one for one in await due_now(session, actor) if one[1].occurrence_id not in held]
        if lines:
            drawn.append(digest_of(actor, lines[:MOST_LINES], now(session), more=len(lines) - MOST_LINES))
    for row in wanting:
        row.push_at = None
    await session.flush()
    return drawn


async def _list_of_the_week(session: AsyncSession, actor: Actor, person: Employee, day: date) -> list[Screen]:
    """The manager's, on the first working day of the week."""
    first = next_working_day(day - timedelta(days=day.weekday() + 1), await work_table(session))
    if day != first or was_listed(person, day) or not await has_list(session, actor):
        return []
    screen = await weekly(session, actor, place=Place.NEW)
    return [screen] if screen.facts["count"] else []


@asynccontextmanager
async def _as_if(session: AsyncSession, at: FixedClock) -> AsyncGenerator[FixedClock]:
    """It is that time, and nothing of what is done meanwhile stays."""
    await behind.catch_up(session)
    clock, savepoint = session.info["clock"], await session.begin_nested()
    session.info["clock"] = at
    try:
        yield at
    finally:
        behind.drop(session)
        await savepoint.rollback()
        session.info["clock"] = clock
