"""The program as a whole: it starts in roles, says how it is, goes on after crashes, and ends in order and in time."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from sqlalchemy import select, text

from bot import app, supervision
from bot.errors import OperatorError
from bot.intake.webhook import SECRET_HEADER
from bot.pauses import Backoff
from bot.roles import Role
from bot.settings import Listen, Settings
from bot.stopping import LAST_MOMENT_S
from bot.supervision import Loop, Nursery, Stage, State
from crm_core.inbox.models import Update
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.plans.feed import close_feed, open_feed
from tests.bot.fake_api import BOT_ID, TOKEN, FakeApi, fake_api, message
from tests.support.company import found_firm

INTAKE = frozenset({Role.INTAKE})


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with fake_api() as running:
        yield running


def made(api: FakeApi, url: str, **more: Any) -> Settings:
    settings: dict[str, Any] = {"bot_tokens": TOKEN, "api_url": api.url, "database_url": url, **more}
    return Settings(_env_file=None, **settings)  # pyright: ignore[reportCallIssue]


@asynccontextmanager
async def serving(settings: Settings, roles: frozenset[Role] = INTAKE) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    task = asyncio.create_task(app.serve(settings, roles, stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait_for(task, 10)


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:
    """What `condition` gives once it gives something."""
    async with asyncio.timeout(20):
        while not (found := await condition()):  # noqa: ASYNC110 - it watches from outside
            await asyncio.sleep(0.05)
    return found


def stored(db: Database) -> Callable[[], Awaitable[list[int]]]:
    async def numbers() -> list[int]:
        async with db.unit() as session:
            return list(await session.scalars(select(Update.number).order_by(Update.id)))

    return numbers


async def health_of(port: int) -> tuple[int, Any] | None:
    try:
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health") as answer:
            return answer.status, await answer.json()
    except aiohttp.ClientConnectionError:
        return None


async def test_polled_updates_reach_the_inbox(api: FakeApi, db: Database, database_url: str) -> None:
    api.add(message(5))
    with structlog.testing.capture_logs() as told:
        async with serving(made(api, database_url)):
            assert await until(stored(db)) == [5]
    events = [line["event"] for line in told]
    assert events[-1] == "rounds.stopped"
    assert "company.missing" in events
    assert TOKEN not in str(told)


@pytest.mark.parametrize(("pace", "waiting"), [(0.1, 15), (0, 0)])
async def test_the_program_has_a_door_as_wide_as_the_settings_say(
    api: FakeApi, db: Database, database_url: str, pace: float, waiting: int
) -> None:
    written = {"date": int(time.time())}
    api.add(*({"update_id": at, "message": message(at)["message"] | written} for at in range(1, 26)))
    async with serving(made(api, database_url, pace=pace)):
        await until(stored(db))
    async with db.engine.connect() as connection:
        late = text("SELECT count(*) FROM inbox WHERE due_at > received_at")
        assert (await connection.execute(late)).scalar_one() == waiting


async def test_only_one_of_two_programs_polls_and_the_other_takes_over(
    api: FakeApi, db: Database, database_url: str
) -> None:
    """Telegram answers 409 when two poll; here nobody ever does."""
    settings = made(api, database_url)
    async with AsyncExitStack() as second:
        async with serving(settings):
            api.add(message(1))
            assert await until(stored(db)) == [1]
            standby = await second.enter_async_context(serving(settings))
            await asyncio.sleep(1)
            assert not standby.done()
            assert len(api.called("getWebhookInfo")) == 1, "the second one has not begun"
        api.add(message(2))

        async def both_stored() -> bool:
            return await stored(db)() == [1, 2]

        await until(both_stored)


async def test_webhook_and_health_share_an_address(
    api: FakeApi, db: Database, database_url: str, unused_tcp_port: int
) -> None:
    here = Listen("127.0.0.1", unused_tcp_port)
    settings = made(
        api,
        database_url,
        intake="webhook",
        webhook_url="https://crm.example.com",
        webhook_secret="hush",
        webhook_listen=here,
        health_listen=here,
    )
    async with serving(settings), aiohttp.ClientSession() as http:
        await until(lambda: health_of(unused_tcp_port))
        await until(lambda: _called(api, "setWebhook"))
        url = f"http://127.0.0.1:{unused_tcp_port}/telegram/{BOT_ID}"
        async with http.post(url, json=message(7), headers={SECRET_HEADER: "hush"}) as answer:
            assert answer.status == 200
        assert await stored(db)() == [7]
    assert await health_of(unused_tcp_port) is None, "nothing listens any more"


async def test_a_calendar_reads_somebody_s_schedule(
    api: FakeApi, db: Database, clock: FixedClock, database_url: str, unused_tcp_port: int
) -> None:
    """BY27: the secret opens it, nothing else does, and it closes."""
    firm = await found_firm(db, clock)
    async with firm.db.unit() as session:
        token = await open_feed(session, await firm.actor(session))
    settings = made(api, database_url, calendar_listen=Listen("127.0.0.1", unused_tcp_port))
    root = f"http://127.0.0.1:{unused_tcp_port}/calendar/"

    async def status() -> int | None:
        try:
            async with http.get(f"{root}{token}.ics") as answer:
                assert answer.status != 200 or (await answer.text()).startswith("BEGIN:VCALENDAR")
                return answer.status
        except aiohttp.ClientConnectionError:
            return None

    async with serving(settings), aiohttp.ClientSession() as http:
        assert await until(status) == 200
        async with http.get(f"{root}{token[:-1]}.ics") as answer:
            assert answer.status == 404
        async with firm.db.unit() as session:
            await close_feed(session, await firm.actor(session))
        assert await status() == 404


async def _called(api: FakeApi, method: str) -> bool:
    return bool(api.called(method))


async def test_health_tells_of_database_and_loops(
    api: FakeApi, db: Database, database_url: str, unused_tcp_port: int
) -> None:
    settings = made(api, database_url, health_listen=Listen("127.0.0.1", unused_tcp_port))
    async with serving(settings):
        status, body = await until(lambda: health_of(unused_tcp_port))
    loops = {"signals": "running", f"intake:{BOT_ID}": "running"}
    assert (status, body) == (200, {"status": "ok", "database": True, "loops": loops})


async def test_a_program_whose_tokens_are_all_refused_ends(api: FakeApi, db: Database, database_url: str) -> None:
    api.tokens.clear()
    with pytest.raises(OperatorError, match="Nothing is left to run"):
        await asyncio.wait_for(app.serve(made(api, database_url), INTAKE, asyncio.Event()), 10)


async def test_an_address_in_use_is_said(api: FakeApi, db: Database, database_url: str) -> None:
    port = int(api.url.rpartition(":")[2])
    settings = made(api, database_url, health_listen=Listen("127.0.0.1", port))
    with pytest.raises(OperatorError, match=rf"Cannot listen on 127\.0\.0\.1:{port}"):
        await app.serve(settings, INTAKE, asyncio.Event())


# --- the nursery


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "next_s", lambda _: 0.01)


async def test_a_loop_that_crashes_starts_again_and_takes_no_other_down(impatient: None) -> None:
    stop, runs, calm = asyncio.Event(), [], asyncio.Event()

    async def shaky(_: asyncio.Event) -> None:
        runs.append(nursery.healthy)
        if len(runs) < 4:
            raise ZeroDivisionError
        stop.set()

    async def steady(stopping: asyncio.Event) -> None:
        await stopping.wait()
        calm.set()

    nursery = Nursery([Loop("shaky", Stage.INTAKE, shaky), Loop("steady", Stage.WORK, steady)])
    with structlog.testing.capture_logs() as told:
        await asyncio.wait_for(nursery.run(stop), 5)
    assert len(runs) == 4
    assert calm.is_set()
    assert [line["event"] for line in told] == ["loop.crashed"] * 3


async def test_health_is_bad_while_a_loop_is_down() -> None:
    stop = asyncio.Event()

    async def broken(_: asyncio.Event) -> None:
        raise ZeroDivisionError

    nursery = Nursery([Loop("broken", Stage.WORK, broken)])
    assert nursery.healthy
    task = asyncio.create_task(nursery.run(stop))
    await asyncio.sleep(0.05)
    assert not nursery.healthy
    assert nursery.loops[0].state is State.RESTARTING
    stop.set()
    await asyncio.wait_for(task, 2)


async def test_one_refused_bot_of_two_is_no_illness() -> None:
    stop = asyncio.Event()

    async def ends(_: asyncio.Event) -> None: ...

    async def lives(stopping: asyncio.Event) -> None:
        await stopping.wait()

    nursery = Nursery([Loop("intake:1", Stage.INTAKE, ends), Loop("intake:2", Stage.INTAKE, lives)])
    task = asyncio.create_task(nursery.run(stop))
    await asyncio.sleep(0.05)
    assert nursery.healthy
    stop.set()
    await asyncio.wait_for(task, 2)


async def test_a_database_that_is_away_is_told_without_a_traceback(impatient: None) -> None:
    stop = asyncio.Event()

    async def cut_off(_: asyncio.Event) -> None:
        stop.set()
        raise ConnectionResetError("by peer")

    with structlog.testing.capture_logs() as told:
        await asyncio.wait_for(Nursery([Loop("one", Stage.WORK, cut_off)]).run(stop), 5)
    assert [(line["event"], "exc_info" in line) for line in told] == [("loop.database_away", False)]


async def test_the_stop_goes_down_the_stream() -> None:
    stop, ended = asyncio.Event(), []

    def loop(name: str, stage: Stage, takes_s: float) -> Loop:
        async def run(stopping: asyncio.Event) -> None:
            await stopping.wait()
            await asyncio.sleep(takes_s)
            ended.append(name)

        return Loop(name, stage, run)

    stages = [("delivery", Stage.DELIVERY), ("signals", Stage.GROUND), ("worker", Stage.WORK), ("intake", Stage.INTAKE)]
    task = asyncio.create_task(Nursery(loop(name, stage, 0.02) for name, stage in stages).run(stop))
    await asyncio.sleep(0.02)
    stop.set()
    await asyncio.wait_for(task, 2)
    assert ended == ["intake", "worker", "delivery", "signals"]


async def test_what_does_not_stop_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision, "_BUDGETS_S", dict.fromkeys(Stage, 0.05))
    stop = asyncio.Event()
    stop.set()

    async def deaf(_: asyncio.Event) -> None:
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as told:
        await asyncio.wait_for(Nursery([Loop("deaf", Stage.WORK, deaf)]).run(stop), 2)
    assert [(line["event"], line["loop"]) for line in told] == [("stop.cancelled", "deaf")]


@pytest.mark.parametrize("stage", Stage)
async def test_what_is_cancelled_cleans_up_undisturbed(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    monkeypatch.setattr(supervision, "_BUDGETS_S", dict.fromkeys(Stage, 0.02))
    stop, cleaned = asyncio.Event(), []
    stop.set()

    async def deaf(_: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.2)  # a connection that is closed
            cleaned.append("deaf")

    loops = (Loop("deaf", stage, deaf), Loop("deaf, too", Stage.GROUND, deaf))
    await asyncio.wait_for(Nursery(loops).run(stop), 2)
    assert cleaned == ["deaf", "deaf"]


def test_the_whole_stop_fits_into_ten_seconds() -> None:
    assert sum(supervision._BUDGETS_S.values()) + supervision._CLEANS_UP_WITHIN_S < LAST_MOMENT_S < 10


# --- signals, in a process of their own

_DEAF = """
import asyncio, sys
from bot import stopping
stopping.LAST_MOMENT_S = float(sys.argv[1])
async def main():
    stop = asyncio.Event()
    with stopping.signals_set(stop):
        print("up", flush=True)
        await stop.wait()
        print("asked", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


def _deaf(last_moment_s: float) -> "subprocess.Popen[str]":
    """A program that hears the stop and never comes to an end."""
    command = [sys.executable, "-c", _DEAF, str(last_moment_s)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(app.__file__).parents[1])
    assert process.stdout
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "asked\n"
    return process


def test_a_second_signal_ends_the_program_at_once() -> None:
    process = _deaf(60)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 128 + signal.SIGTERM
    assert time.monotonic() - began < 1
    process.stdout.close()  # type: ignore[union-attr]


def test_what_hangs_is_cut_off_at_the_last_moment() -> None:
    process = _deaf(0.3)
    assert process.wait(5) == 1
    process.stdout.close()  # type: ignore[union-attr]


async def test_the_whole_program_ends_in_order_at_sigterm(
    api: FakeApi, db: Database, database_url: str, unused_tcp_port: int, tmp_path: Path
) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ROUNDS_")},
        "DATABASE_URL": database_url,
        "ROUNDS_API_URL": api.url,
        "ROUNDS_BOT_TOKENS": TOKEN,
        "ROUNDS_HEALTH_LISTEN": f"127.0.0.1:{unused_tcp_port}",
        "ROUNDS_LOG_FORMAT": "json",
        "PYTHONPATH": str(Path(app.__file__).parents[1]),
    }
    command = [sys.executable, "-m", "bot.cli", "run"]
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(100):
            while (await health_of(unused_tcp_port) or (0,))[0] != 200:
                await asyncio.sleep(0.2)
                assert process.returncode is None
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(process.communicate(), 12)
    finally:
        if process.returncode is None:  # whatever went wrong, it is not left behind
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
    assert time.monotonic() - began < 10
    assert b"rounds.stopped" in said
    assert b"Traceback" not in said, said.decode()
    assert TOKEN.encode() not in said
