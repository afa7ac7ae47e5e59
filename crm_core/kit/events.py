"""Upward effects: a lower feature tells what happened, higher features subscribe, all in the same transaction."""

from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

E = TypeVar("E")
_subscribers: dict[type, list[Callable[[AsyncSession, Any], Awaitable[None]]]] = defaultdict(list)


def subscribe(
    event: type[E],
) -> Callable[[Callable[[AsyncSession, E], Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Call the decorated function with every published event of this type."""

    def add(function: Callable[[AsyncSession, E], Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        if function not in _subscribers[event]:
            _subscribers[event].append(function)
        return function

    return add


async def publish(session: AsyncSession, event: object) -> None:
    for function in _subscribers[type(event)]:
        await function(session, event)
