"""The manager's weekly list goes out with the first digest time of an ISO week, if anything stands undone too long."""

from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.exceptions import weekly
from crm_core.kit.db import now
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.outbox.models import Priority
from screens import post
from screens.post import Reader
from screens.screen import Place


async def send(session: AsyncSession, actor: Actor, person: Employee) -> bool:
    """Whether there was anything. Who leads nobody has none; it counts among the day's messages. The person is here
    and can be reached.
    """
    today = actor.today(now(session))
    if not actor.has_reports or (person.listed_on is not None and _week(person.listed_on) == _week(today)):
        return False
    seat = await queries.seat(session, person.id)
    if seat is None:
        return False
    person.listed_on = today
    screen = await weekly(session, actor, place=Place.NEW)
    if not screen.facts["count"]:
        return False
    await post.send(session, Reader(*seat, actor.language, actor.zone), screen, priority=Priority.PUSH)
    person.pushes = person.pushes + 1 if person.pushed_on == today else 1
    person.pushed_on = today
    return True


def _week(day: date) -> tuple[int, int]:
    return day.isocalendar()[:2]
