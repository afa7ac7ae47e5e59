"""Waiting that ends when the program is asked to stop."""

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

T = TypeVar("T")


async def unless_stopped(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives; None when the stop comes first, and then `work` is cancelled."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, stopping):
            if not task.done():
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait `seconds`, or until the stop."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


@asynccontextmanager
async def either(*events: asyncio.Event) -> AsyncIterator[asyncio.Event]:
    """An event that is set as soon as one of `events` is, while the block runs."""
    rung = asyncio.Event()

    async def ring(event: asyncio.Event) -> None:
        await event.wait()
        rung.set()

    ringers = [asyncio.create_task(ring(event)) for event in events]
    try:
        yield rung
    finally:
        for ringer in ringers:
            ringer.cancel()


class Backoff:
    """Pauses that double from failure to failure, spread by a quarter so that many processes do not come together."""

    def __init__(self, first_s: float = 0.5, longest_s: float = 30.0) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self.failures = 0

    def reset(self) -> None:
        self.failures = 0

    def next_s(self) -> float:
        """The pause after one more failure."""
        seconds = min(self._longest_s, self._first_s * 2 ** min(self.failures, 16))
        self.failures += 1
        return seconds * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
