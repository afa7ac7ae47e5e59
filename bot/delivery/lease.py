"""One at a time across processes: a session-level advisory lock of PostgreSQL on a connection of its own.

A process that is killed lets go at once, for the server sees its connection end; one whose machine vanishes lets go
when the server's keep-alive gives it up (some five seconds). The holder itself asks the server every second, so it
knows earlier than any successor that it has lost.

The lock is tried for, not waited for: a waiting statement holds a snapshot, and that keeps vacuum from cleaning up.
Through a connection pooler the address must be that of the server itself, or of a session-pooled port.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
import structlog

from crm_core.kit.signals import connect

log = structlog.get_logger()

TRY_EVERY_S = 0.5
HEARTBEAT_S = 1.0
HEARTBEAT_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 5.0
GRACE_S = 2.0

_TRY = "SELECT pg_try_advisory_lock(hashtextextended('rounds.lease.' || $1, 0))"
_KEEP_ALIVE = (
    "SET tcp_keepalives_idle = 2; SET tcp_keepalives_interval = 1; SET tcp_keepalives_count = 3; "
    "SET idle_session_timeout = 0"
)
_BROKEN = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


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
    while not stop.is_set():
        async with lease(url, name) as held:
            if not await _either(held.acquired, stop):
                return
            log.info("lease.acquired", name=name)
            task = asyncio.ensure_future(work(held.lost))
            try:
                await _until_done_or_lost(task, held.lost)
            finally:
                await _end(task)
            if not held.lost.is_set():
                return
            log.warning("lease.lost", name=name)


async def _keep(url: str, name: str, held: Lease) -> None:
    said = False  # a database that is away for hours is worth one line
    while not held.lost.is_set():
        try:
            await _hold(url, name, held)
        except _BROKEN as error:
            if not said:
                log.warning("lease.broken", name=name, error=type(error).__name__)
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
        await connection.execute(_KEEP_ALIVE)
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
    with suppress(*_BROKEN):
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
