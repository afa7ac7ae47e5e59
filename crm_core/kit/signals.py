"""Wake-ups between processes: tables tell by NOTIFY that they have new rows, loops wait for that instead of polling.

A wake-up may be lost (a connection breaks): every loop also looks by itself now and then.
"""

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import structlog
from sqlalchemy.engine import make_url

log = structlog.get_logger()

INBOX = "rounds_inbox"
OUTBOX = "rounds_outbox"
FILES = "rounds_file"
EXCHANGE = "rounds_exchange"

BROKEN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection of the driver's raises that is refused, ends or breaks off; the last one, where that happens in the
middle of its own doings. TimeoutError is an OSError."""


async def connect(url: str) -> Any:
    """A connection of one's own (asyncpg's, which has no types), outside the pool."""
    parts = make_url(url)
    query = {key: value for key, value in parts.query.items() if key in ("host", "port", "sslmode")}
    dsn = parts.set(drivername="postgresql", query=query).render_as_string(hide_password=False)
    driver: Any = asyncpg
    return await driver.connect(dsn, server_settings={"timezone": "UTC"})


class Signals:
    """Listens on one connection and wakes everyone who waits for a channel."""

    def __init__(self, url: str, channels: tuple[str, ...] = (INBOX, OUTBOX, FILES, EXCHANGE)) -> None:
        self._url = url
        self._channels = channels
        self._waiting: dict[str, set[asyncio.Event]] = {channel: set() for channel in channels}

    def event(self, channel: str) -> asyncio.Event:
        """An event that is set whenever the channel is notified; the waiter clears it."""
        event = asyncio.Event()
        self._waiting[channel].add(event)
        return event

    def wake(self, channel: str) -> None:
        for event in self._waiting[channel]:
            event.set()

    def _heard(self, _connection: Any, _pid: int, channel: str, _payload: str) -> None:
        self.wake(channel)

    async def run(self) -> None:
        """Listen until cancelled; connects again after a break."""
        while True:
            try:
                await self._listen()
            except BROKEN as error:
                log.warning("signals.lost", error=str(error))
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        connection = await connect(self._url)
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())  # pyright: ignore[reportUnknownLambdaType]
        try:
            for channel in self._channels:
                await connection.add_listener(channel, self._heard)
            for channel in self._channels:  # something may have come while nobody listened
                self.wake(channel)
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError  # Python 3.11's wait_for, by which we connected, may swallow it
            await lost.wait()
        finally:
            with suppress(Exception):
                await asyncio.wait_for(connection.close(), 1)


async def wait(event: asyncio.Event, at_most_s: float) -> None:
    """Wait for a wake-up, or until it is time to look anyway; then clear it."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), at_most_s)
    event.clear()
