"""One holder at a time, and a successor soon after it is gone."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.delivery import lease as lease_module
from bot.delivery.lease import lead, lease
from crm_core.kit.db import Database

HOLDER = """
import asyncio, sys
from bot.delivery.lease import lease

async def main():
    async with lease(sys.argv[1], "test") as held:
        await held.acquired.wait()
        print("held", flush=True)
        await held.lost.wait()
        print("lost", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def url(db: Database) -> str:
    return db.url


async def within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


@asynccontextmanager
async def line_to(url: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """A way to the same database that swallows everything, silently, once `cut` is set."""
    cut, tasks = asyncio.Event(), set[asyncio.Task[None]]()
    parts = make_url(url)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(65536):
            if not cut.is_set():
                writer.write(said)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, port = parts.query.get("host") or parts.host, parts.port or parts.query.get("port") or 5432
        if str(host).startswith("/"):
            there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            there = await asyncio.open_connection(str(host), int(str(port)))
        tasks.update((asyncio.create_task(carry(reader, there[1])), asyncio.create_task(carry(there[0], writer))))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    rest = {key: value for key, value in parts.query.items() if key not in ("host", "port")}
    try:
        shown = parts.set(host="127.0.0.1", port=port, query=rest)
        yield shown.render_as_string(hide_password=False), cut
    finally:
        for task in tasks:
            task.cancel()
        server.close()


async def break_connections(db: Database) -> None:
    """As a restart of the database does."""
    async with db.unit() as session:
        await session.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_locks "
                "WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid() "
                "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
        )


async def test_only_one_holds_a_lease_and_the_next_gets_it_when_it_is_given_up(url):
    async with lease(url, "test") as first:
        assert await within(first.acquired, 3)
        async with lease(url, "test") as second, lease(url, "another") as other:
            assert await within(other.acquired, 3)
            assert not await within(second.acquired, 0.8)
    assert first.lost.is_set()
    async with lease(url, "test") as second:
        assert await within(second.acquired, 3)
        assert not second.lost.is_set()


@asynccontextmanager
async def held_elsewhere(url: str) -> AsyncIterator[subprocess.Popen[bytes]]:
    """The lease, held by a process of its own; it is ended in any case."""
    holder = subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, "-c", HOLDER, url], stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    try:
        assert await asyncio.to_thread(holder.stdout.readline) == b"held\n"
        yield holder
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()


async def test_a_killed_holder_is_succeeded_within_two_seconds(url):
    async with held_elsewhere(url) as holder, lease(url, "test") as successor:
        assert not await within(successor.acquired, 0.7)
        killed_at = time.monotonic()
        holder.send_signal(signal.SIGKILL)
        assert await within(successor.acquired, 3)
        assert time.monotonic() - killed_at < 2


async def test_a_frozen_holder_is_succeeded_and_learns_of_it_as_it_wakes(url):
    """SIGSTOP: its connection stays open, and the machine answers for it; only PostgreSQL misses its questions."""
    async with held_elsewhere(url) as holder, lease(url, "test") as successor:
        assert holder.stdout is not None
        assert not await within(successor.acquired, 0.7)
        holder.send_signal(signal.SIGSTOP)
        assert not await within(successor.acquired, 2)
        assert await within(successor.acquired, 8)
        holder.send_signal(signal.SIGCONT)
        assert await asyncio.wait_for(asyncio.to_thread(holder.stdout.readline), 5) == b"lost\n"
        assert not successor.lost.is_set()


async def test_a_holder_whose_line_is_dead_gives_up_before_another_takes_over(url):
    """Nothing comes through any more, and nothing says so."""
    async with line_to(url) as (through_line, cut), lease(through_line, "test") as first:
        assert await within(first.acquired, 5)
        async with lease(url, "test") as second:
            assert not await within(second.acquired, 0.7)
            cut.set()
            assert await within(first.lost, 8)
            assert not second.acquired.is_set()
            assert await within(second.acquired, 8)


async def test_a_holder_whose_connection_breaks_knows_at_once(db, url):
    async with lease(url, "test") as held:
        assert await within(held.acquired, 3)
        broken_at = time.monotonic()
        await break_connections(db)
        assert await within(held.lost, 2)
        assert time.monotonic() - broken_at < 0.5


async def test_work_is_led_again_after_a_break_and_not_after_its_end(db, url):
    begun = []
    enough = asyncio.Event()

    async def work(lost: asyncio.Event) -> None:
        begun.append(lost)
        if len(begun) == 2:
            enough.set()
            return
        await lost.wait()

    leading = asyncio.create_task(lead(url, "test", asyncio.Event(), work))
    while not begun:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    await break_connections(db)
    assert await within(enough, 4)
    await asyncio.wait_for(leading, 2)
    assert begun[0].is_set()


async def test_work_that_ignores_the_loss_is_cancelled(db, url):
    cancelled, begun, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(lost: asyncio.Event) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
            stop.set()

    leading = asyncio.create_task(lead(url, "test", stop, work))
    assert await within(begun, 3)
    await break_connections(db)
    assert await within(cancelled, 4)
    await asyncio.wait([leading], timeout=2)


async def test_who_stands_by_stops_at_once_and_a_failure_of_the_work_comes_through(url):
    async def never(lost: asyncio.Event) -> None:
        raise AssertionError

    async with lease(url, "test") as holder:
        assert await within(holder.acquired, 3)
        stop = asyncio.Event()
        leading = asyncio.create_task(lead(url, "test", stop, never))
        await asyncio.sleep(0.1)
        stop.set()
        await asyncio.wait_for(leading, 1.5)
    with pytest.raises(AssertionError):
        await lead(url, "test", asyncio.Event(), never)


async def test_it_is_given_up_also_when_a_cancellation_is_swallowed(url, monkeypatch: pytest.MonkeyPatch):
    """As Python 3.11's `wait_for` does when what it waits for is ready at that very moment."""
    wait_for, swallowed = asyncio.wait_for, asyncio.Event()

    async def deaf_once(awaitable, timeout):  # noqa: ASYNC109
        try:
            return await wait_for(awaitable, timeout)
        except asyncio.CancelledError:
            if swallowed.is_set():
                raise
            swallowed.set()
            raise TimeoutError from None

    async with asyncio.timeout(10):
        async with lease(url, "test") as first:
            assert await within(first.acquired, 3)
            monkeypatch.setattr("bot.delivery.lease.asyncio.wait_for", deaf_once)
            await asyncio.sleep(1.2)
        assert swallowed.is_set()
        monkeypatch.undo()
        async with lease(url, "test") as second:
            assert await within(second.acquired, 3)


async def test_who_stands_for_it_goes_on_after_a_failure_of_the_drivers_own(url, monkeypatch: pytest.MonkeyPatch):
    """A connection that ends while it is being made leaves asyncpg at odds with itself."""
    honest, failed = lease_module.connect, asyncio.Event()

    async def connect(address: str) -> object:
        if not failed.is_set():
            failed.set()
            raise asyncpg.InternalClientError("cannot switch to state 15; another operation (2) is in progress")
        return await honest(address)

    monkeypatch.setattr(lease_module, "connect", connect)
    async with lease(url, "odd") as held:
        await asyncio.wait_for(held.acquired.wait(), 5)
    assert failed.is_set()
