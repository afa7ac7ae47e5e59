"""Works the inbox off: one update, one transaction; chats in parallel, each chat in order."""

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog
from aiogram import Bot
from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncSession

from bot.dispatch import Dispatch
from bot.pace import Pace
from bot.readers import reader_of
from crm_core.inbox.lanes import FIRST_LANE, Claimed, claim, claim_again, done, failed, open_draft, put_back
from crm_core.kit.db import Database, now
from crm_core.kit.errors import Conflict, DomainError
from crm_core.kit.signals import INBOX, Signals
from crm_core.upgrades.service import NeedsNewer, ahead
from handlers import routing
from reminders import clock
from screens import post
from screens.system import newer_screen, trouble_screen

log = structlog.get_logger()

_HANDLED: Final = Histogram(
    "rounds_updates_handled_seconds",
    "Updates that took effect, and how long that took: from the claim to the commit.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 30),
)
_FAILED: Final = Counter("rounds_updates_failed", "Attempts at an update that failed.")

LOOK_EVERY_S: Final = 1.0
AT_ONCE: Final = 8
PATIENCE_S: Final = 30.0
"""What takes longer hangs: it is rolled back like any failure, and the lane is free again."""
LEFT_TO_NEWER_FOR: Final = timedelta(seconds=20)
LEFT_FOR: Final = timedelta(seconds=0.5)


class Worker:
    """Loops that claim updates and let them take effect.

    `usernames` by bot id are for the links that texts hold; they are learnt when the worker starts, and later if
    Telegram cannot be reached then. `calendars` is the public address under which calendar feeds are served, if any.
    `strangers` says how many answers somebody gets whom we do not know.
    """

    def __init__(
        self,
        db: Database,
        signals: Signals,
        bots: Sequence[Bot] = (),
        *,
        at_once: int = AT_ONCE,
        calendars: str = "",
        strangers: Pace | None = None,
    ) -> None:
        routing.load()
        clock.load()  # what a turn settles or takes back is for the rules to hear, wherever the clock runs
        self._db = db
        self._wake = signals.event(INBOX)
        self._bots = bots
        self._at_once = at_once
        self._usernames: dict[int, str] = {}
        self._dispatch = Dispatch(self._usernames, calendars, strangers)
        self._turnstile = asyncio.Semaphore(0)
        self._waiting = 0
        self._stop = asyncio.Event()
        self._served = FIRST_LANE
        self._rung = 0  # how often something came in

    def know(self, usernames: Mapping[int, str]) -> None:
        self._usernames.update(usernames)

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; what runs then is finished first. Raises what a broken database raises."""
        self._stop = stop
        try:
            async with asyncio.TaskGroup() as tasks:
                learning = tasks.create_task(self._learn_names())
                for _ in range(self._at_once):
                    tasks.create_task(self._work(stop))
                while not stop.is_set():
                    self._rung += 1
                    self._call_one()
                    await _either(stop, self._wake)
                learning.cancel()
                for _ in range(self._at_once):
                    self._turnstile.release()
        except ExceptionGroup as several:
            raise several.exceptions[0] from None  # all loops fail alike; whoever runs us knows a database's failure

    async def _work(self, stop: asyncio.Event) -> None:
        """One of the loops: waits to be called, then works off what it finds. When another one failed all end."""
        task = asyncio.current_task()
        assert task is not None

        def over() -> bool:  # what drivers make of a cancellation may have swallowed it
            return stop.is_set() or task.cancelling() > 0

        while not over():
            self._waiting += 1
            await self._turnstile.acquire()
            self._waiting -= 1
            more = True
            while more and not over():
                rung = self._rung
                served = await self.once()
                # What came meanwhile to the chat that this one was busy with was passed over by whoever heard of it.
                more = served is not None and (served.more or self._rung != rung)

    def _call_one(self) -> None:
        """Let one waiting loop look. Whoever finds something calls the next one, so that a burst calls all."""
        if self._waiting > self._called:
            self._turnstile.release()

    @property
    def _called(self) -> int:
        return self._turnstile._value  # noqa: SLF001 - how many were called and have not come yet

    async def drain(self) -> int:
        """Work off all that can be claimed now (tests); answers how many."""
        count = 0
        while await self.once():
            count += 1
        return count

    async def once(self) -> Claimed | None:
        """Claim one update and let it take effect; none when there is none."""
        claimed: Claimed | None = None
        began = time.perf_counter()
        try:
            async with self._db.turn() as session:
                claimed = await claim(session, self._served)
                if claimed is None or self._stop.is_set():
                    return None
                self._served = claimed.lane
                if claimed.more:
                    self._call_one()
                await self._take_effect(session, claimed)
        except DomainError as refusal:
            assert claimed is not None
            await self._refuse(claimed, refusal)
        except Exception as error:
            if claimed is None:
                raise
            await self._failed(claimed, error)
        else:
            _HANDLED.observe(time.perf_counter() - began)
        return claimed

    async def _take_effect(self, session: AsyncSession, claimed: Claimed, refusal: DomainError | None = None) -> None:
        async with asyncio.timeout(PATIENCE_S):
            await self._dispatch.feed(session, claimed, refusal)
            await done(session, claimed.id)

    async def _refuse(self, claimed: Claimed, refusal: DomainError) -> None:
        """All that the update did was rolled back: what speaks against it is told, and that is its effect."""
        began = time.perf_counter()
        try:
            async with self._db.turn() as session:
                again = await claim_again(session, claimed)
                if again is not None:
                    await self._take_effect(session, again, refusal)
        except Exception as error:  # noqa: BLE001 - whatever it is, this update's troubles are its own
            await self._failed(claimed, error)
        else:
            _HANDLED.observe(time.perf_counter() - began)

    async def _failed(self, claimed: Claimed, error: Exception) -> None:
        """Everything was rolled back: count it, and after some attempts put the update aside and tell the person.

        A Conflict is nobody's fault (somebody else was faster, and the next attempt is on what is there now), but one
        that comes each time must not go round for ever. While a newer program is at work beside this one, it may have
        what this one stumbles over: for some time the update is left to it, and then the person is told to wait.
        """
        if not isinstance(error, Conflict) and await self._left_to_newer(claimed, error):
            return
        code = secrets.token_hex(3).upper()
        facts = {"code": code, "inbox_id": claimed.id, "attempt": claimed.attempts + 1}
        if isinstance(error, Conflict):
            log.warning("update.conflict", **facts)
        else:
            log.error("update.failed", **facts, exc_info=error)
            _FAILED.inc()
        async with self._db.unit() as session:
            dead = await failed(session, claimed, f"{code} {type(error).__name__}: {error}")
            if dead and claimed.chat_id > 0:  # groups and channels are no place for our troubles
                reader = await reader_of(session, claimed.bot_id, claimed.chat_id, claimed.language)
                await post.send(session, reader, trouble_screen(code))

    async def _left_to_newer(self, claimed: Claimed, error: Exception) -> bool:
        async with self._db.unit() as session:
            again = await claim_again(session, claimed)
            if again is None or again.attempts != claimed.attempts:
                return True  # somebody else has had it meanwhile, who says what is to be said
            young = now(session) - claimed.received_at < LEFT_TO_NEWER_FOR
            if young and await ahead(session):
                log.info("update.left_to_newer", inbox_id=claimed.id, error=type(error).__name__)
                await put_back(session, claimed, LEFT_FOR)
                return True
            if not isinstance(error, NeedsNewer):
                return False
            log.warning("update.needs_newer", inbox_id=claimed.id, why=str(error))
            await done(session, claimed.id)
            if claimed.chat_id > 0:
                await open_draft(session, claimed.bot_id, claimed.chat_id, None)  # the next line may be about anything
                reader = await reader_of(session, claimed.bot_id, claimed.chat_id, claimed.language)
                await post.send(session, reader, newer_screen())
            return True

    async def _learn_names(self) -> None:
        """Who our bots are, for the links in texts."""
        for bot in self._bots:
            while bot.id not in self._usernames:
                try:
                    self._usernames[bot.id] = (await bot.me()).username or ""
                except Exception as error:  # noqa: BLE001 - Telegram is away: the links can wait
                    log.warning("worker.no_username", bot=bot.id, error=type(error).__name__)
                    await asyncio.sleep(5)


async def _either(stop: asyncio.Event, wake: asyncio.Event) -> None:
    """Until something comes in, it is time to look anyway, or the end."""
    waits = [asyncio.create_task(event.wait()) for event in (stop, wake)]
    await asyncio.wait(waits, timeout=LOOK_EVERY_S, return_when=asyncio.FIRST_COMPLETED)
    for one in waits:
        one.cancel()
    wake.clear()
