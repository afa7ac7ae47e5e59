"""One at a time across processes: a session-level advisory lock of PostgreSQL on a connection of its own.

A process that is killed lets go at once, for the server sees its connection end. One that is frozen, or whose machine
or line vanishes, is heard of no more: the holder asks the server every second, and a session that has not asked for
four is ended by the server (`idle_session_timeout`), whose clock is the only one that counts. Who asks in vain gives
up after three, so it knows earlier than any successor that it has lost; who was frozen learns it as it wakes.

The lock is tried for, not waited for: a waiting statement holds a snapshot, and that keeps vacuum from cleaning up.
Through a connection pooler the address must be that of the server itself, or of a session-pooled port.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog
from prometheus_client import Gauge

from crm_core.kit.signals import BROKEN, connect

log = structlog.get_logger()

_HELD = Gauge("rounds_lease_held", "Whether this process holds a lease, or stands by for it.", ["lease"])

TRY_EVERY_S = 0.5
HEARTBEAT_S = 1.0
HEARTBEAT_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 5.0
GRACE_S = 2.0
SILENCE_S = 4.0  # longer than it takes the holder to notice by itself

_TRY = "SELECT pg_try_advisory_lock(hashtextextended('rounds.lease.' || $1, 0))"
_BE_STRICT = f"SET idle_session_timeout = '{SILENCE_S:.0f}s'"


class Lease:
    """`acquired` is set when we hold it, `lost` when we do no more. Neither is ever cleared."""

    def __init__(self) -> None:
        self.acquired = asyncio.Event()
        self.lost = asyncio.Event()


@asynccontextmanager
async def lease(url: str, name: str) -> AsyncGenerator[Lease]:
    """Stand for a lease while the block runs; let go at its end. One that was lost is not taken again: begin anew."""
    held = Lease()
    keeper = asyncio.create_task(_keep(url, name, held), name=f"lease {name}")
    try:
        yield held
    finally:
        while not keeper.done():  # Python 3.11's wait_for may swallow a cancellation
            keeper.cancel()
            await asyncio.wait({keeper}, timeout=HEARTBEAT_S)


async def lead(url: str, name: str, stop: asyncio.Event, work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `work` whenever the lease is ours, until it ends by itself or `stop` is set before it began.

    `work` gets the event that the lease is lost, and has two seconds then before it is cancelled. It heeds `stop` by
    itself. What it raises comes through.
    """
    ours = _HELD.labels(name)
    ours.set(0)
    while not stop.is_set():
        async with lease(url, name) as held:
            if not await _either(held.acquired, stop):
                return
            log.info("lease.acquired", lease=name)
            ours.set(1)
            task = asyncio.ensure_future(work(held.lost))
            try:
                await _until_done_or_lost(task, held.lost)
            finally:
                ours.set(0)
                await _end(task)
            if not held.lost.is_set():
                return
            log.warning("lease.lost", lease=name)


async def _keep(url: str, name: str, held: Lease) -> None:
    said = False  # a database that is away for hours is worth one line
    while not held.lost.is_set():
        try:
            await _hold(url, name, held)
        except Exception as error:  # noqa: BLE001 - whatever it is: who stood for a lease stands for it again
            if not said:
                log.warning("lease.broken", lease=name, error=type(error).__name__)
            said = True
        if held.acquired.is_set():
            held.lost.set()
        else:
            await asyncio.sleep(TRY_EVERY_S)


async def _hold(url: str, name: str, held: Lease) -> None:
    """Try for the lock until we have it, then return when the connection is no more."""
    connection = await asyncio.wait_for(connect(url), CONNECT_TIMEOUT_S)
    broken = asyncio.Event()
    connection.add_termination_listener(lambda _: broken.set())
    try:
        await connection.execute(_BE_STRICT)
        while not await asyncio.wait_for(connection.fetchval(_TRY, name), CONNECT_TIMEOUT_S):  # noqa: ASYNC110
            await asyncio.sleep(TRY_EVERY_S)
        held.acquired.set()
        while not broken.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(broken.wait(), HEARTBEAT_S)
                break
            await asyncio.wait_for(connection.execute("SELECT 1"), HEARTBEAT_TIMEOUT_S)
    finally:
        if held.acquired.is_set():
            held.lost.set()
        await _close(connection)


async def _close(connection: asyncpg.Connection) -> None:
    with suppress(*BROKEN):
        await asyncio.wait_for(connection.close(), 1)
    connection.terminate()


async def _either(wanted: asyncio.Event, other: asyncio.Event) -> bool:
    """Wait for either; whether it was (also) the wanted one."""
    waits = {asyncio.ensure_future(wanted.wait()), asyncio.ensure_future(other.wait())}
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
    return wanted.is_set() and not other.is_set()


async def _until_done_or_lost(task: "asyncio.Future[None]", lost: asyncio.Event) -> None:
    waiting = asyncio.ensure_future(lost.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            await asyncio.wait({task}, timeout=GRACE_S)
    finally:
        waiting.cancel()


async def _end(task: "asyncio.Future[None]") -> None:
    """Cancel what still runs; raise what it raised."""
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.result()
