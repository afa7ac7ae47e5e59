"""What features show on an archive's card: a line each, declared beside the feature, in no list of ours."""

from collections.abc import Awaitable, Callable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.queries import Archive
from crm_core.org.actor import Actor
from screens.screen import Words

Fill = Callable[[AsyncSession, Actor, Archive], Awaitable[Words | None]]
"""Answers the line, or none when there is nothing to say just now."""

_MOST: Final = 2  # on a card of eight lines; the rest is behind More
_LINES: Final[list[tuple[int, Fill]]] = []


def archive_line(order: int = 50) -> Callable[[Fill], Fill]:
    """The decorated function answers its feature's line of an archive's card; a low `order` comes first."""

    def add(fill: Fill) -> Fill:
        _LINES.append((order, fill))
        _LINES.sort(key=lambda one: one[0])
        return fill

    return add


async def lines_of(session: AsyncSession, actor: Actor, archive: Archive) -> tuple[Words, ...]:
    """The first few lines that have something to say."""
    said: list[Words] = []
    for _, fill in _LINES:
        words = await fill(session, actor, archive)
        if words is not None:
            said.append(words)
        if len(said) == _MOST:
            break
    return tuple(said)
