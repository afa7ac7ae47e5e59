"""The database goes away in every way that it can, while people work: nothing is lost, and it goes on by itself."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from bot import database
from tests.bot.test_chaos import TOKEN
from tests.support.crowd import until
from tests.support.endurance import LONG, Scene, made, serving
from tests.support.server import Server, line

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(120)]

TIMES = 5 if LONG else 1
KILL_ALL = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = 'rounds' AND pid <> pg_backend_pid()"
)
BACK_S = 90.0  # on a busy machine; what it took is told


async def test_postgres_restarted(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    scene = crew_at_work

    async def restart() -> None:
        for _ in range(TIMES):
            await asyncio.to_thread(server.stop, "fast")
            await asyncio.sleep(1)
            await asyncio.to_thread(server.start)
            await asyncio.sleep(3 if LONG else 0)

    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(restart, back_s=BACK_S)
    tell(f"back after {scene.back_s:.1f} s")
    assert scene.crashes() == []


async def test_postgres_crashed(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    scene = crew_at_work

    async def crash() -> None:
        for _ in range(TIMES):
            await asyncio.to_thread(server.stop, "immediate")
            await asyncio.to_thread(server.start)
            await asyncio.sleep(3 if LONG else 0)
        await asyncio.to_thread(server.crash_a_backend)

    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(crash, back_s=BACK_S)
    tell(f"back after {scene.back_s:.1f} s")
    assert scene.crashes() == []


async def test_postgres_paused(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    scene = crew_at_work

    async def pause() -> None:
        for seconds in (10, 20) if LONG else (3,):
            with server.paused():
                await asyncio.sleep(seconds)
            await asyncio.sleep(3 if LONG else 0)

    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(pause, back_s=BACK_S)
    tell(f"back after {scene.back_s:.1f} s")
    assert scene.crashes() == []


async def test_connections_killed(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    scene = crew_at_work

    async def kill_all() -> None:
        for _ in range(20 if LONG else 3):
            await asyncio.to_thread(server.run, KILL_ALL)
            await asyncio.sleep(1 if LONG else 0.3)

    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(kill_all, back_s=BACK_S)
    tell(f"back after {scene.back_s:.1f} s")
    assert scene.crashes() == []


async def test_connection_limit_reached(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    """Somebody else takes every connection that the server has, and ours are cut."""
    scene = crew_at_work
    everyone = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name <> 'greedy'"

    async def greed() -> None:
        greedy: list[asyncpg.Connection] = []
        url = server.url()
        try:
            while not greedy or asyncio.get_running_loop().time() < until:
                try:
                    greedy.append(await asyncpg.connect(url, server_settings={"application_name": "greedy"}))
                except (asyncpg.TooManyConnectionsError, asyncpg.CannotConnectNowError):
                    await greedy[0].execute(f"{everyone} AND datname = 'rounds' AND pid <> pg_backend_pid()")
                    await asyncio.sleep(0.01)
        finally:
            for one in greedy:
                one.terminate()

    until = asyncio.get_running_loop().time() + (20 if LONG else 3)
    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(greed, back_s=BACK_S)
    tell(f"back after {scene.back_s:.1f} s")
    assert scene.crashes() == []


async def test_statement_timeouts(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    """Statements are cut off after a few milliseconds, as by a server that is overloaded."""
    scene = crew_at_work

    async def overload() -> None:
        for timeout in ("3ms", "0"):
            await asyncio.to_thread(server.run, f"ALTER DATABASE rounds SET statement_timeout = '{timeout}'")
            await asyncio.to_thread(server.run, KILL_ALL)  # only who connects anew is subject to it
            await asyncio.sleep(0 if timeout == "0" else 15 if LONG else 3)

    try:
        async with serving(made(server.url(), scene.sandbox.url)):
            await scene.endure(overload, back_s=BACK_S)
    finally:
        server.run("ALTER DATABASE rounds RESET statement_timeout")
    failed = scene.logged("update.failed")
    tell(f"back after {scene.back_s:.1f} s; {failed} attempts cut off")
    assert scene.crashes() == []


@pytest.fixture
def small_disk(server: Server, own: object) -> Iterator[Path]:
    """The database lies on a disk of its own, of 160 MB."""
    root = Path("/tmp") / f"rounds-disk-{id(server)}"
    root.mkdir()
    try:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=160m", "tmpfs", root], check=False).returncode:
            pytest.skip("only root may mount a small disk")
        try:
            folder = root / "tablespace"
            folder.mkdir()
            subprocess.run(["chown", "-R", "pgserver", root], check=True)
            server.run(KILL_ALL)
            server.run(f"CREATE TABLESPACE small LOCATION '{folder}'")
            server.run_elsewhere("ALTER DATABASE rounds SET TABLESPACE small")
            yield root
            server.run(KILL_ALL)
            server.run_elsewhere("ALTER DATABASE rounds SET TABLESPACE pg_default")
            server.run("DROP TABLESPACE small")
        finally:
            subprocess.run(["umount", root], check=True)
    finally:
        root.rmdir()


async def test_postgres_disk_full(
    server: Server, crew_at_work: Scene, small_disk: Path, tell: Callable[[str], None]
) -> None:
    scene = crew_at_work
    await scene.db.engine.dispose()

    async def fill() -> None:
        hog = small_disk / "hog"
        with hog.open("wb") as file:
            try:
                while True:
                    file.write(bytes(8192))
                    file.flush()
            except OSError:
                pass
        await until_told(scene, "No space left on device")
        await asyncio.sleep(35 if LONG else 2)  # longer than five attempts take
        hog.unlink()

    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(fill, back_s=BACK_S)
    tell(f"back after {scene.back_s:.1f} s")
    assert scene.crashes() == []


async def until_told(scene: Scene, words: str) -> None:
    async def told() -> bool:
        return any(words in str(line) for line in scene.told)

    await until(told, f"the log telling of {words!r}", 60)


KINDS = ("stalled", "reset", "closed", "half_open")


@pytest.mark.parametrize("kind", KINDS if LONG else ["each"])
async def test_network_to_postgres(
    server: Server,
    crew_at_work: Scene,
    tell: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    scene = crew_at_work
    monkeypatch.setattr(database, "LONGEST_STATEMENT_S", 5.0)

    async with line(server.url()) as way, serving(made(way.url, scene.sandbox.url)):

        async def part() -> None:
            for now in KINDS if kind == "each" else [kind] * 3:
                if now in ("stalled", "half_open"):
                    way.hold()
                    if now == "half_open":  # the server has given us up; that did not come through
                        way.reset_there()
                elif now == "closed":
                    way.close()
                else:
                    way.reset()
                await asyncio.sleep(0 if now == "reset" else 20 if LONG else 2)
                way.mend()

        await scene.endure(part, back_s=BACK_S)
    tell(f"{kind}: back after {scene.back_s:.1f} s")
    assert scene.crashes() == []


async def test_partition_holder_steps_down(server: Server, crew_at_work: Scene, tell: Callable[[str], None]) -> None:
    """Two programs. The one that polls, sends and ticks is cut off without being told: the other one takes over."""
    scene = crew_at_work
    async with line(server.url()) as way, AsyncExitStack() as second, serving(made(way.url, scene.sandbox.url)):
        await until_told(scene, "'lease.acquired'")
        await second.enter_async_context(serving(made(server.url(), scene.sandbox.url)))

        async def cut_off() -> None:
            way.hold()
            await asyncio.sleep(5)  # the server ends a session that has asked nothing for 4 s
            way.reset_there()

        await scene.endure(cut_off, back_s=BACK_S)
        way.mend()
    conflicts = [call for call in scene.sandbox.log(TOKEN) if call.get("status") == 409]
    tell(f"the other one took over after {scene.back_s:.1f} s; {len(conflicts)} polls in conflict")
    assert scene.logged("lease.lost") >= 1
    assert conflicts == []
    assert scene.crashes() == []
