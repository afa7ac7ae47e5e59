"""Wiring: from settings to loops that run until the stop. Nothing else in the program constructs these things.

Each role imports what it runs when it is wired: aiogram alone takes 60 MB, which only intake and workers need; and of
the features' tables and listeners delivery needs next to none.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog

from bot.database import opened
from bot.delivery.lease import lead
from bot.errors import OperatorError
from bot.pauses import either, unless_stopped
from bot.roles import Role
from bot.settings import Listen, Settings
from bot.stopping import signals_set
from bot.supervision import DELIVERY_STOPS_WITHIN_S, Loop, Nursery, Stage
from crm_core.kit import textkeys
from crm_core.kit.clock import Clock, SystemClock
from crm_core.kit.db import Database
from crm_core.kit.signals import Signals
from crm_core.org.models import Company

if TYPE_CHECKING:
    from aiogram import Bot
    from aiohttp import web

    from bot.intake.door import Door

log = structlog.get_logger()

DATABASE_PATIENCE_S: Final = 30.0


async def run(settings: Settings, roles: Collection[Role]) -> None:
    """Run the roles until SIGTERM or SIGINT: then end in order within 10 s, or at once at the second signal."""
    stop = asyncio.Event()
    with signals_set(stop):
        await serve(settings, roles, stop)


async def serve(
    settings: Settings,
    roles: Collection[Role],
    stop: asyncio.Event,
    clock: Clock | None = None,
    *,
    tick_s: float | None = None,
) -> None:
    """Run the roles until `stop` is set. Raises OperatorError for what only the operator can mend.

    `tick_s` is how often the clock looks for what is due, where that is not as often as usual.
    """
    features = any(role is not Role.DELIVERY for role in roles)
    opening = opened(
        settings, clock or SystemClock(), migrating=True, patience_s=DATABASE_PATIENCE_S, features=features
    )
    async with opening as db, _bots(settings, roles) as bots:
        parts = _Parts(settings, db, Signals(db.url), bots, tick_s)
        ground = Loop("signals", Stage.GROUND, partial(_until, parts.signals.run))
        nursery = Nursery([ground, *(loop for role in Role if role in roles for loop in _LOOPS[role](parts))])
        async with _listening(_routes(parts, roles, nursery, stop)):
            log.info("rounds.started", roles=[role.value for role in Role if role in roles], bots=list(settings.bots))
            await _ask_for_company(db)
            _settle_memory()
            await nursery.run(stop)
    if not stop.is_set():
        raise OperatorError("Nothing is left to run: see the lines above.")
    log.info("rounds.stopped")


def _settle_memory() -> None:
    """What is imported stays: the collector need not go through its half a million objects again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def _ask_for_company(db: Database) -> None:
    async with db.unit() as session:
        if await session.get(Company, 1) is None:
            log.warning("company.missing", do="rounds init --company NAME --admin NAME")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the loops are made of."""

    settings: Settings
    db: Database
    signals: Signals
    bots: "list[Bot]"
    tick_s: float | None


def _intake(parts: _Parts) -> Iterator[Loop]:
    from bot.intake.webhook import Announcer  # noqa: PLC0415

    settings = parts.settings
    for bot in parts.bots:
        if settings.intake == "polling":
            run = partial(_polling, parts.db, bot, _door(settings))
        else:
            assert settings.webhook_url
            assert settings.webhook_secret
            run = Announcer(bot, settings.webhook_url, settings.webhook_secret.get_secret_value()).run
        yield Loop(f"intake:{bot.id}", Stage.INTAKE, run)


def _door(settings: Settings) -> "Door | None":
    from bot.intake.door import Door  # noqa: PLC0415

    return Door(settings.pace) if settings.pace else None


async def _polling(db: Database, bot: "Bot", door: "Door | None", stop: asyncio.Event) -> None:
    """Telegram serves one poller a bot: the others stand by, and one of them takes over when it is gone."""
    from bot.intake.polling import Poller  # noqa: PLC0415

    await _alone(db, f"polling.{bot.id}", Poller(bot, db, door=door).run, stop)


def _worker(parts: _Parts) -> Iterator[Loop]:
    textkeys.load()  # first: the memory that it gives back goes to what is imported next
    from bot import reading  # noqa: PLC0415
    from bot.entry import STRANGERS_BURST, STRANGERS_PER_S  # noqa: PLC0415
    from bot.pace import Pace  # noqa: PLC0415
    from bot.registering import Registrar  # noqa: PLC0415
    from bot.worker import Worker  # noqa: PLC0415

    reading.load()
    calendars = parts.settings.calendar_url or ""

    async def work(stop: asyncio.Event) -> None:
        strangers = Pace(STRANGERS_BURST, STRANGERS_PER_S) if parts.settings.pace else None
        await Worker(parts.db, parts.signals, parts.bots, calendars=calendars, strangers=strangers).run(stop)

    yield Loop("worker", Stage.WORK, work)
    yield Loop("bots", Stage.INTAKE, Registrar(parts.db, parts.bots).run)


def _delivery(parts: _Parts) -> Iterator[Loop]:
    from bot import lean  # noqa: PLC0415

    lean.httpx()
    from bot.delivery.loop import Delivery  # noqa: PLC0415
    from bot.files.opened import storage_of  # noqa: PLC0415

    settings, storage = parts.settings, storage_of(parts.settings)
    given = {"storage": storage, "stop_within_s": DELIVERY_STOPS_WITHIN_S}

    async def deliver(bot_id: int, token: str, stop: asyncio.Event) -> None:
        await Delivery(parts.db, bot_id, token, settings.api_url, parts.signals, **given).run(stop)

    for bot_id, token in settings.bots.items():
        yield Loop(f"delivery:{bot_id}", Stage.DELIVERY, partial(deliver, bot_id, token))


def _files(parts: _Parts) -> Iterator[Loop]:
    from bot.exchange.loop import Exchanger  # noqa: PLC0415
    from bot.files.loop import Fetcher  # noqa: PLC0415
    from bot.files.opened import storage_of  # noqa: PLC0415
    from bot.files.removing import Remover  # noqa: PLC0415

    settings, storage = parts.settings, storage_of(parts.settings)
    most_bytes = settings.files_most_mb * 1024 * 1024

    async def fetch(bot_id: int, token: str, stop: asyncio.Event) -> None:
        made = Fetcher(parts.db, bot_id, token, settings.api_url, parts.signals, storage, most_bytes=most_bytes)
        await made.run(stop)

    for bot_id, token in settings.bots.items():
        yield Loop(f"files:{bot_id}", Stage.WORK, partial(fetch, bot_id, token))
    yield Loop("removing", Stage.WORK, Remover(parts.db, storage).run)
    yield Loop("exchange", Stage.WORK, Exchanger(parts.db, parts.signals, storage).run)


def _clock(parts: _Parts) -> Iterator[Loop]:
    from reminders.clock import TICK_S, Ticker  # noqa: PLC0415

    def ticker() -> Ticker:
        return Ticker(parts.db, tick_s=parts.tick_s or TICK_S)

    yield Loop("clock", Stage.INTAKE, lambda stop: _alone(parts.db, "clock", ticker().run, stop))


_LOOPS: Final[Mapping[Role, Callable[[_Parts], Iterator[Loop]]]] = {
    Role.INTAKE: _intake,
    Role.WORKER: _worker,
    Role.DELIVERY: _delivery,
    Role.FILES: _files,
    Role.CLOCK: _clock,
}


async def _alone(db: Database, name: str, run: Callable[[asyncio.Event], Awaitable[None]], stop: asyncio.Event) -> None:
    """Run in one process of all those that share the database; the others stand by."""

    async def work(lost: asyncio.Event) -> None:
        async with either(stop, lost) as ended:
            await run(ended)

    await lead(db.url, name, stop, work)


async def _until(work: Callable[[], Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    await unless_stopped(stop, work())


def _routes(
    parts: _Parts, roles: Collection[Role], nursery: Nursery, stop: asyncio.Event
) -> "dict[Listen, list[web.RouteDef]]":
    """What is listened for, by address; the webhook and health may share one."""
    settings = parts.settings
    routes: dict[Listen, list[web.RouteDef]] = {}
    if settings.health_listen:
        from bot.web import health  # noqa: PLC0415

        routes.setdefault(settings.health_listen, []).extend(health(parts.db, nursery, stop))
    if settings.calendar_listen:
        from bot.web import calendar  # noqa: PLC0415

        routes.setdefault(settings.calendar_listen, []).append(calendar(parts.db))
    if settings.intake == "webhook" and Role.INTAKE in roles and settings.webhook_secret:
        from bot.intake.webhook import Receiver  # noqa: PLC0415

        receiver = Receiver(parts.db, settings.bots, settings.webhook_secret.get_secret_value(), stop, _door(settings))
        routes.setdefault(settings.webhook_listen, []).extend(receiver.routes())
    return routes


@asynccontextmanager
async def _listening(routes: "Mapping[Listen, list[web.RouteDef]]") -> AsyncIterator[None]:
    if not routes:
        yield
        return
    from bot.web import serving  # noqa: PLC0415

    async with serving(routes):
        yield


@asynccontextmanager
async def _bots(settings: Settings, roles: Collection[Role]) -> "AsyncIterator[list[Bot]]":
    """aiogram's bots, for the roles that use them: an intake asks for updates, a worker for its bots' names."""
    if not {Role.INTAKE, Role.WORKER} & set(roles):
        yield []
        return
    from bot import lean  # noqa: PLC0415

    lean.aiogram()
    from bot.client import make_bot  # noqa: PLC0415

    bots = [make_bot(token, settings.api_url) for token in settings.bots.values()]
    try:
        yield bots
    finally:
        await asyncio.gather(*(bot.session.close() for bot in bots))
