"""The manager's weekly list goes out with the first digest time of an ISO week, if anything stands undone too long."""

from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.exceptions import weekly
from crm_core.kit.db import now
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.outbox.models import Priority
from crm_core.tasks.models import Task
from screens import post
from screens.post import Reader
from screens.screen import Place


def was_listed(person: Employee, day: date) -> bool:
    """Whether this week's list has come."""
    return person.listed_on is not None and person.listed_on.isocalendar()[:2] == day.isocalendar()[:2]


async def has_list(session: AsyncSession, actor: Actor) -> bool:
    """Who leads nobody and gave no tasks has none."""
    gave = select(exists().where(Task.by_id == actor.id))
    return actor.has_reports or bool(await session.scalar(gave))


async def send(session: AsyncSession, actor: Actor, person: Employee) -> bool:
    """Whether there was anything; it counts among the day's messages. The person is here and can be reached."""
    today = actor.today(now(session))
    if was_listed(person, today):
        return False
    person.listed_on = today
    seat = await queries.seat(session, person.id) if await has_list(session, actor) else None
    if seat is None:
        return False
    screen = await weekly(session, actor, place=Place.NEW)
    if not screen.facts["count"]:
        return False
    await post.send(session, Reader(*seat, actor.language, actor.zone), screen, priority=Priority.PUSH)
    person.pushes = person.pushes + 1 if person.pushed_on == today else 1
    person.pushed_on = today
    return True
