"""The morning digest: what is due for one person, in one message, each thing with its action on it."""

from datetime import time

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import MOST_LINES, digest_of, due_now, redraw
from crm_core.audit.events import Undone
from crm_core.kit.calendars import at_local
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.leave.queries import is_away
from crm_core.occurrences import service as occurrences
from crm_core.org import queries
from crm_core.org.models import Employee
from crm_core.outbox.models import Priority
from screens import post
from screens.post import Reader

__all__ = ["redraw", "send"]


async def send(session: AsyncSession, employee: Employee) -> bool:
    """Send the person's digest if anything is due; whether there was. Conditions are asked now, at sending."""
    actor = await queries.actor(session, employee.id)
    if actor is None or employee.telegram_id is None or employee.bot_id is None:
        return False
    if await is_away(session, actor.id, now(session)):
        return False  # what is due waits for the first morning back
    midnight = at_local(actor.today(now(session)), time(0), actor.zone)
    lines = await due_now(session, actor, pushed_since=midnight)
    if not lines:
        return False
    reader = Reader(employee.bot_id, employee.telegram_id, actor.language, actor.zone)
    screen = digest_of(actor, lines[:MOST_LINES], more=len(lines) - MOST_LINES)
    card_id = await post.send(session, reader, screen, keep=True, priority=Priority.PUSH)
    await occurrences.mark_queued(session, [line.occurrence_id for _, line in lines[:MOST_LINES]], card_id)
    return True


@subscribe(Undone)
async def open_again(session: AsyncSession, undone: Undone) -> None:
    """What a person settled and took back is open again wherever it stands (BY08)."""
    for card_id in await occurrences.reopen(session, undone.op):
        await redraw(session, card_id)
