"""SIGTERM and SIGINT: the first asks for the stop, the second ends the program at once."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

LAST_MOMENT_S: Final = 9.5
"""How long after the first signal the program may still run, whatever hangs."""


@contextmanager
def signals_set(stop: asyncio.Event) -> Iterator[None]:
    """SIGTERM and SIGINT ask for the stop; a second one, or `LAST_MOMENT_S`, cuts off whatever still runs."""
    loop = asyncio.get_running_loop()
    last_moment = threading.Timer(LAST_MOMENT_S, os._exit, (1,))
    last_moment.daemon = True
    asked_before = False

    def asked(number: int, _frame: FrameType | None) -> None:
        nonlocal asked_before
        if asked_before:
            os._exit(128 + number)
        asked_before = True
        last_moment.start()
        loop.call_soon_threadsafe(stop.set)

    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        last_moment.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
