"""Telling people what became of a request that a feature's own form has started or sent again.

Who tells them declares it here; features only say that something was done. So neither has to know the other.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.case import Case
from crm_core.org.actor import Actor

Announce = Callable[[AsyncSession, Case, Actor], Awaitable[Any]]
"""Given the case of a command, and who gave it."""

A = TypeVar("A", bound=Announce)
_ANNOUNCERS: Final[list[Announce]] = []


def announces(announce: A) -> A:
    """The decorated function tells everybody whom a command on a request concerns."""
    _ANNOUNCERS.append(announce)
    return announce


async def announced(session: AsyncSession, case: Case, by: Actor) -> None:
    for announce in _ANNOUNCERS:
        await announce(session, case, by)
