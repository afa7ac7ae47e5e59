"""Telling a colleague something in the own language and zone."""

from collections.abc import Awaitable, Callable

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import now
from crm_core.org.actor import Actor
from crm_core.org.attention import awake
from crm_core.org.queries import actor as actor_of
from crm_core.org.queries import seat
from crm_core.org.workdays import work_table
from crm_core.outbox.models import Priority
from screens import post
from screens.post import Reader
from screens.screen import Screen


async def tell(
    session: AsyncSession,
    employee_id: int,
    draw: Screen | Callable[[Actor], Awaitable[Screen]],
    *,
    by_day: bool = False,
) -> None:
    """Push a screen (or one that is drawn for that person) to a colleague; who cannot be reached now is left alone.

    What no person has just done is told `by_day` only: not in that person's quiet hours.
    """
    at = await seat(session, employee_id)
    who = await actor_of(session, employee_id) if at is not None else None
    if at is None or who is None:
        return
    screen = draw if isinstance(draw, Screen) else await draw(who)
    not_before = awake(now(session), who.zone, await work_table(session)) if by_day else None
    reader = Reader(*at, who.language, who.zone)
    await post.send(session, reader, screen, priority=Priority.PUSH, not_before=not_before)
