"""Playing the demo: sandbox, bot with all its parts, and a clock that follows the page's, in one event loop."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import typer
from pydantic import SecretStr
from sqlalchemy import select

from bot import app
from bot.database import opened
from bot.delivery import loop as _delivery  # noqa: F401 - what the roles import when they start comes in here already,
from bot.delivery.lease import lease
from bot.demo import ENDING, guide
from bot.demo.company import OPEN_PHONES
from bot.demo.fill import fill
from bot.demo.stage import BOT_ID, TOKEN, SandboxClock, introduce, latest
from bot.errors import OperatorError
from bot.roles import Role
from bot.settings import Settings
from bot.worker import Worker as _Worker  # noqa: F401 - while the database starts beside it
from crm_core.kit.db import Database, now
from crm_core.kit.embedded import Embedded
from crm_core.org.attention import next_digest
from crm_core.org.models import Company, Employee
from sandbox.server import Sandbox, run_sandbox

TICK_S: Final = 1.0
"""Somebody turns the clock and looks: reminders come at once, not within the usual twenty seconds."""

_ANSWERS_WITHIN_S: Final = 60.0
_ENDS_WITHIN_S: Final = 9.0
_LOOKS_EVERY_S: Final = 0.05
_TURNED_BACK_S: Final = 60.0
_DATABASE: Final = "rounds"


@dataclass(frozen=True, slots=True)
class Playing:
    """A demo that answers. `serving` ends only when something is wrong; `idle_days` is how old the story is."""

    sandbox: Sandbox
    serving: asyncio.Task[None]
    idle_days: int


def play(embedded: Embedded, port: int, folder: Path, ended: threading.Event, *, fresh: bool) -> None:
    """Until SIGINT or SIGTERM, or not at all if the demo is `ended` before it began. Raises OperatorError."""
    asyncio.run(_play(embedded, port, folder, ended, fresh=fresh))


async def _play(embedded: Embedded, port: int, folder: Path, ended: threading.Event, *, fresh: bool) -> None:
    _end_on_signals()
    if ended.is_set():
        return
    with suppress(asyncio.CancelledError):
        async with _alone(await asyncio.to_thread(embedded.url, "postgres"), folder):
            if fresh:
                await asyncio.to_thread(embedded.drop, _DATABASE)
            async with playing(await asyncio.to_thread(embedded.url, _DATABASE), port, folder=folder) as demo:
                typer.echo(guide.text(demo.sandbox.url, SandboxClock(demo.sandbox).now(), folder, demo.idle_days))
                await asyncio.wait({demo.serving})
                demo.serving.result()


def _end_on_signals() -> None:
    """The first signal cancels whatever is going on; the contexts around it put everything away. More do nothing."""
    playing = asyncio.current_task()
    assert playing is not None

    def end() -> None:
        if not playing.cancelling():
            playing.cancel()

    for number in ENDING:
        with suppress(NotImplementedError):  # Windows has no such handlers; Ctrl-C works there all the same
            asyncio.get_running_loop().add_signal_handler(number, end)


@asynccontextmanager
async def _alone(url: str, folder: Path) -> AsyncIterator[None]:
    """Two demos on one database would answer each other's people. Raises OperatorError for the second."""
    async with lease(url, "demo") as held:
        try:
            await asyncio.wait_for(held.acquired.wait(), 3)
        except TimeoutError:
            raise OperatorError(
                f"The demo already runs with the data in {folder}: end it first, or give another folder with --data."
            ) from None
        yield


@asynccontextmanager
async def playing(
    url: str, port: int = 0, *, at: datetime | None = None, folder: Path | None = None
) -> AsyncIterator[Playing]:
    """The demo on this database, while the block runs; it has answered those whose phones lie open.

    `port` 0 takes a free one; `at` is where the clock begins; files go under `folder`, or are
    thrown away at the end. Raises OperatorError.
    """
    async with AsyncExitStack() as stack:
        sandbox = await _listening(stack, port)
        if at is not None:
            sandbox.clock.set(at.timestamp())
        files = (folder or Path(stack.enter_context(TemporaryDirectory(prefix="rounds-demo-")))) / "files"
        settings, clock = _settings(url, sandbox.url, files), SandboxClock(sandbox)
        db = await stack.enter_async_context(opened(settings, clock, migrating=True))
        idle_days = await _prepare(db, sandbox)
        stop = asyncio.Event()
        serving = asyncio.create_task(app.serve(settings, list(Role), stop, clock, tick_s=TICK_S))
        turning = asyncio.create_task(_keep_mornings(db, sandbox))
        try:
            await _greet(sandbox, serving)
            yield Playing(sandbox, serving, idle_days)
        finally:
            turning.cancel()
            stop.set()
            await asyncio.wait({serving, turning}, timeout=_ENDS_WITHIN_S)


async def _listening(stack: AsyncExitStack, port: int) -> Sandbox:
    try:
        return await stack.enter_async_context(run_sandbox(port=port))
    except OSError as error:
        raise OperatorError(
            f"Port {port} cannot be listened on ({error.strerror}): choose another one, "
            f'`rounds demo --port {port + 1}` or `make demo ARGS="--port {port + 1}"`.'
        ) from error


def _settings(url: str, api_url: str, files: Path) -> Settings:
    """Built here, not read: a `.env` for the real bot must not reach into the demo."""
    return Settings.model_construct(
        bot_tokens=(SecretStr(TOKEN),),
        database_url=SecretStr(url),
        files=str(files),
        api_url=api_url,
        log_level="warning",
    )


async def _prepare(db: Database, sandbox: Sandbox) -> int:
    """Found the company if there is none, and tell the sandbox of it; answers how many days it has lain idle.

    Time never runs backwards here: what was done after the page's clock was turned on is not in the future now.
    """
    async with db.unit() as session:
        if await session.get(Company, 1) is None:
            await fill(session, BOT_ID)
    async with db.unit() as session:
        newest = await latest(session)
        idle = now(session) - newest if newest else timedelta(0)
        if idle < timedelta(0):
            sandbox.clock.advance(1 - idle.total_seconds())
        await introduce(session, sandbox)
    return max(idle.days, 0)


async def _greet(sandbox: Sandbox, serving: asyncio.Task[None]) -> None:
    """Press Start on the phones that lie open, and wait until the bot has answered each of them."""
    for person in OPEN_PHONES:
        sandbox.say(TOKEN, person.telegram_id, "/start")
    deadline = time.monotonic() + _ANSWERS_WITHIN_S
    while not all(_answered(sandbox, person.telegram_id) for person in OPEN_PHONES):
        await asyncio.wait({serving}, timeout=_LOOKS_EVERY_S)
        if serving.done():
            serving.result()
        if time.monotonic() > deadline:
            raise OperatorError("The bot does not answer: see the lines above, or try `rounds demo --fresh`.")


def _answered(sandbox: Sandbox, user_id: int) -> bool:
    seen = sandbox.messages(TOKEN, user_id)
    asked = next(place for place, message in enumerate(seen) if not message["from"]["is_bot"])
    return any(message["from"]["is_bot"] for message in seen[asked:])


async def _keep_mornings(db: Database, sandbox: Sandbox) -> None:
    """Whoever turns the clock back lives mornings again whose digests were sent: those are due once more."""
    before = sandbox.clock.offset_s
    while True:
        await asyncio.sleep(_LOOKS_EVERY_S)
        offset, before = before - sandbox.clock.offset_s, sandbox.clock.offset_s
        if offset > _TURNED_BACK_S:
            async with db.unit() as session:
                for employee in await session.scalars(select(Employee).where(Employee.left_at.is_(None))):
                    employee.digested_on = employee.listed_on = None
                    employee.digest_due_at = await next_digest(session, employee)
