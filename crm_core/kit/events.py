"""Upward effects: a lower feature tells what happened, higher features subscribe, all in the same transaction."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

E = TypeVar("E")
_subscribers: dict[type, list[Callable[[AsyncSession, Any], Awaitable[None]]]] = defaultdict(list)
_all_listen = False


def subscribe(
    event: type[E],
) -> Callable[[Callable[[AsyncSession, E], Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Call the decorated function with every published event of this type."""

    def add(function: Callable[[AsyncSession, E], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        if function not in _subscribers[event]:
            _subscribers[event].append(function)
        return function

    return add


def all_listen() -> None:
    """Every feature has been imported: from now on things may be published."""
    global _all_listen  # noqa: PLW0603 - as the subscribers: of the process
    _all_listen = True


async def publish(session: AsyncSession, event: object) -> None:
    """Tell who subscribes to events of this type. For programs that have all features only (`crm_core.registry`)."""
    assert _all_listen, "features that would have to hear of it are not loaded"
    for function in _subscribers[type(event)]:
        await function(session, event)
