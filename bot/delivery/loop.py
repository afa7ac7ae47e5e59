"""The delivery of one bot: claims from the outbox, sends within the limits, settles what became of it.

One loop owns the database side: each turn settles finished sends and claims the next rows, so a chat is free again
the moment its last message is noted. Rows are claimed only when they may go at once; what a killed
sender had in hand is then what was on its way, and that is all that may come twice.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

import asyncpg
import structlog
from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot

from bot.database import UNREACHABLE
from bot.delivery.calls import items
from bot.delivery.health import Health
from bot.delivery.lease import lead
from bot.delivery.limits import Limiter, Rates
from bot.delivery.sender import Report, Sender, Sign
from bot.delivery.transport import Transport
from bot.files.storage import Storage
from bot.proxy import proxy_for
from crm_core.kit.db import Database
from crm_core.kit.signals import OUTBOX, Signals, wait
from crm_core.outbox import queue
from crm_core.outbox.models import Priority, State
from crm_core.outbox.queue import Claimed, Outcome

log = structlog.get_logger()

LOOK_EVERY_S = 1.0  # signals may be lost, and planned rows fall due without one
SWEEP_EVERY_S = 30.0
PACE = 2  # messages that must fit the token's limit before a busy loop looks again: saves claims
STOP_WITHIN_S = 8.0
LAST_CLAIM_S = 2.0  # before the end of a stop: what is claimed later could not be noted any more
FLIGHT_GRACE_S = 1.0


_WRONG: Final = (
    DataError,
    IntegrityError,
    ProgrammingError,
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.SyntaxOrAccessError,
)


class Delivery:
    """The one sender of a bot; any number may stand by for it (they wait for the lease)."""

    def __init__(
        self,
        db: Database,
        bot_id: int,
        token: str,
        api_url: str,
        signals: Signals,
        *,
        rates: Rates = Rates(),  # noqa: B008 - frozen
        at_once: int = 30,
        transport: Transport | None = None,
        storage: Storage | None = None,
        stop_within_s: float = STOP_WITHIN_S,
    ) -> None:
        self._db = db
        self._bot_id = bot_id
        self._own_transport = transport is None
        self._transport = transport or Transport(proxy=proxy_for(api_url))
        bot = Bot(token, f"{api_url.rstrip('/')}/bot", request=self._transport, get_updates_request=self._transport)
        self._sender = Sender(bot, db.clock, storage)
        self._limiter = Limiter(rates, time.monotonic())
        self._health = Health()
        self._at_once = at_once
        self._stop_within_s = stop_within_s
        self._wake = signals.event(OUTBOX)
        self._stop = asyncio.Event()
        self._flights: dict[int, tuple[Claimed, asyncio.Task[None]]] = {}
        self._landed: list[Report] = []
        self._probe: asyncio.Task[None] | None = None
        self._sweep_at = 0.0
        self._next_look = 0.0
        self._careful = False
        self._round: set[int] = set()  # chats that had their turn, while more waits than may go
        self._known = False
        self.refused = False
        """Whether Telegram refused a token it never took: `run` has ended, and the rows wait for a good one."""

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop`, then send what is committed and due, within `stop_within_s`.

        Ends early, after one line in the log, when Telegram refuses the token from the beginning.
        """
        self._stop = stop
        try:
            await lead(self._db.url, f"delivery.{self._bot_id}", stop, self._deliver)
        finally:
            if self._own_transport:
                await self._transport.shutdown()

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109 - a question with a time limit
        """For tests: wait until nothing is due or in flight; False when time is up."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            async with self._db.unit() as session:
                if not await queue.due(session, self._bot_id):
                    return True
            self._wake.set()
            await asyncio.sleep(0.01)
        return False

    # --- one term as the holder of the lease

    async def _deliver(self, lost: asyncio.Event) -> None:
        self._sweep_at = 0.0
        self._limiter.begin(time.monotonic())
        bells = [asyncio.create_task(_ring(event, self._wake)) for event in (lost, self._stop)]
        try:
            if await self._until_stopped(lost):
                await self._finish(lost)
        finally:
            for bell in bells:
                bell.cancel()
            await self._land(lost)

    async def _until_stopped(self, lost: asyncio.Event) -> bool:
        """True when there may be something left to send before we end."""
        while not (lost.is_set() or self.refused):
            if self._stop.is_set():
                return True
            await self._turn(lost)
            await wait(self._wake, self._rest_s())
        return False

    async def _finish(self, lost: asyncio.Event) -> None:
        """Send what is due; not what Telegram won't take before we have to be gone."""
        last_claim = time.monotonic() + self._stop_within_s - LAST_CLAIM_S
        while not (lost.is_set() or self.refused) and time.monotonic() < last_claim:
            left = await self._turn(lost, count=True)
            now = time.monotonic()
            hopeless = self._health.suspect or now + self._limiter.paused_s(now) > last_claim
            if not self._flights and not self._landed and (left == 0 or hopeless):
                return
            await wait(self._wake, min(self._rest_s(), max(0.0, last_claim - now)))

    async def _land(self, lost: asyncio.Event) -> None:
        """Wait for what is in flight, as long as that may take; note what became of it."""
        grace = FLIGHT_GRACE_S if lost.is_set() or not self._stop.is_set() else LAST_CLAIM_S
        deadline = time.monotonic() + grace
        if self._flights:
            await asyncio.wait([task for _, task in self._flights.values()], timeout=grace * 0.75)
        tasks = [task for _, task in self._flights.values()] + ([self._probe] if self._probe else [])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._flights.clear()
        self._probe = None
        if self._landed:
            try:
                await asyncio.wait_for(self._note_landed(), max(0.1, deadline - time.monotonic()))
            except Exception as error:  # noqa: BLE001 - we end all the same; the rows' next sender takes them up
                log.warning("delivery.unsettled", bot_id=self._bot_id, rows=len(self._landed), error=_name(error))
        log.info("delivery.ended", bot_id=self._bot_id)

    # --- one turn: a transaction, then new flights

    async def _turn(self, lost: asyncio.Event, *, count: bool = False) -> int | None:
        """Never raises. Returns how many rows are due or in flight, if asked to count and the database answers."""
        try:
            return await self._settle_and_claim(lost, count=count)
        except Exception as error:  # noqa: BLE001 - the database may be away for a while; the loop stays
            log.warning("delivery.database", bot_id=self._bot_id, error=_name(error))
            self._sweep_at, self._careful = 0.0, True
            self._next_look = time.monotonic() + LOOK_EVERY_S
            await asyncio.sleep(LOOK_EVERY_S / 2)
            return None

    async def _settle_and_claim(self, lost: asyncio.Event, *, count: bool) -> int | None:
        if self._careful:
            await self._settle_one_by_one()
        now = time.monotonic()
        may_send, sweeping = self._may_send(now), now >= self._sweep_at
        landed, full = list(self._landed), self._limiter.full_chats(now)
        busy = {row.chat_id for row, _ in self._flights.values() if row.priority > Priority.ACK}
        room = max(0, min(self._limiter.room(now), self._at_once - len(busy)))
        rows: list[Claimed] = []
        left = None
        if may_send or landed or sweeping or count:
            outcomes = [report.outcome for report in landed]
            alone = not (sweeping or count) and all(one.is_plain for one in outcomes)
            together = may_send and all(one.is_sent for one in outcomes)
            async with self._db.straight() if alone else self._db.turn() as session:
                if not together:
                    await queue.settle(session, outcomes)
                if sweeping:
                    await self._sweep(session, now)
                if may_send:
                    rows = await self._claim(session, room, full.keys() | busy, outcomes if together else ())
                if count:
                    left = await queue.due(session, self._bot_id)
        del self._landed[: len(landed)]
        if lost.is_set():  # meanwhile: whoever comes after us may have them at once
            self._landed += [Report(Outcome(row, State.PENDING, counted=False)) for row in rows]
            rows = []
        for row in rows:
            self._start(row)
        taken = sum(row.priority > Priority.ACK for row in rows)
        self._next_look = self._when_to_look(may_send, full, more=taken >= room)
        if taken < room:
            self._round.clear()
        return left

    async def _claim(
        self, session: AsyncSession, room: int, closed: set[int], sent: Sequence[Outcome]
    ) -> list[Claimed]:
        """While more waits than may go, chats with answers take turns: who asks now does not wait for all that others
        have piled up in an outage. What was sent is settled on the way."""
        rows: list[Claimed] = []
        claim = partial(queue.claim, session, self._bot_id)
        if self._round:
            rows = await claim(room, closed | self._round, most=Priority.ANSWER, sent=sent)
            sent = ()
        left = room - sum(row.priority > Priority.ACK for row in rows)
        if left > 0 or not self._round:
            self._round.clear()
            rows += await claim(left, closed | {row.chat_id for row in rows if row.priority > Priority.ACK}, sent=sent)
        self._round |= {row.chat_id for row in rows if row.priority == Priority.ANSWER}
        return rows

    def _may_send(self, now: float) -> bool:
        """Whether anything may go. After trouble, Telegram is asked whether it is well before a row is risked."""
        if self.refused or self._limiter.paused_s(now):
            return False
        if self._health.suspect and self._probe is None:
            self._probe = asyncio.create_task(self._ask())
        return not self._health.suspect

    async def _sweep(self, session: AsyncSession, now: float) -> None:
        """Rows that are marked as being sent, but not by us: of the sender before us, or of a claim cut short. What has
        landed is ours until the claim of this turn has settled it."""
        mine = [*self._flights, *(report.outcome.row.id for report in self._landed)]
        recovered = await queue.recover(session, self._bot_id, mine)
        if recovered:
            log.warning("delivery.recovered", bot_id=self._bot_id, rows=recovered)
        self._sweep_at = now + SWEEP_EVERY_S

    def _when_to_look(self, may_send: bool, full: dict[int, float], *, more: bool) -> float:
        """When to take the next turn if nothing wakes us; the landing of a flight and the answer to a probe do."""
        now = time.monotonic()
        look = now + LOOK_EVERY_S
        if not may_send:
            return now + (self._limiter.paused_s(now) or LOOK_EVERY_S)
        if more and len(self._flights) < self._at_once:
            return min(look, self._limiter.token_free_at(now, PACE))
        return min(look, *full.values()) if full else look

    def _rest_s(self) -> float:
        return max(0.0, self._next_look - time.monotonic())

    async def _settle_one_by_one(self) -> None:
        """After a failed turn: an outcome that can't be noted must not hold up the others for ever."""
        for report in list(self._landed):
            outcome = report.outcome
            bare = Outcome(outcome.row, outcome.state, error="could not be noted in full")
            for attempt in (outcome, bare):
                try:
                    async with self._db.unit() as session:
                        await queue.settle(session, [attempt])
                    break
                except Exception as error:
                    if _is_away(error):
                        raise
                    log.error("delivery.unsettled", row=outcome.row.id, error=_name(error))  # noqa: TRY400
            self._landed.remove(report)
        self._careful = False

    async def _note_landed(self) -> None:
        async with self._db.unit() as session:
            await queue.settle(session, [report.outcome for report in self._landed])
        self._landed.clear()

    # --- flights: nothing here touches the database

    def _start(self, row: Claimed) -> None:
        now = time.monotonic()
        messages = self._limiter.spend(now, row.chat_id, row.method, items(row))
        self._flights[row.id] = (row, asyncio.create_task(self._fly(row, now, messages)))

    async def _fly(self, row: Claimed, sent_at: float, messages: int) -> None:
        report = await self._sender.send(row)
        del self._flights[row.id]
        self._landed.append(report)
        if report.outcome.is_sent:
            self._limiter.answered(time.monotonic(), sent_at, messages)
        if report.wait_s:
            self._limiter.pause(time.monotonic(), report.wait_s)
        self._heed(report.sign, report.outcome.error)
        self._wake.set()

    async def _ask(self) -> None:
        """Whether Telegram is well again, before a row is risked."""
        sign = await self._sender.probe()
        self._probe = None
        self._heed(sign, "no answer to getMe", probe=True)
        self._wake.set()

    def _heed(self, sign: Sign, error: str | None, *, probe: bool = False) -> None:
        """What a send or a question says about Telegram as a whole."""
        if sign is Sign.REFUSED and self._known:
            sign = Sign.DOWN  # the token was good a moment ago: it may be so again
        self._known = self._known or sign is Sign.WELL
        if sign is Sign.REFUSED:
            if not self.refused:
                log.critical("delivery.token_refused", bot_id=self._bot_id, hint="check this bot's token; rows wait")
            self.refused = True
            return
        now, was_suspect = time.monotonic(), self._health.suspect
        pause_s = self._health.note(sign, paused=self._limiter.paused_s(now) > 0, probe=probe)
        if pause_s:
            self._limiter.pause(now, pause_s)
            log.warning("delivery.trouble", bot_id=self._bot_id, pause_s=pause_s, error=error)
        elif was_suspect and not self._health.suspect:
            log.info("delivery.well_again", bot_id=self._bot_id)


async def _ring(event: asyncio.Event, bell: asyncio.Event) -> None:
    await event.wait()
    bell.set()


def _is_away(error: Exception) -> bool:
    """Whether the database is at fault, rather than what we told it."""
    return isinstance(error, UNREACHABLE) and not isinstance(error, _WRONG)


def _name(error: BaseException) -> str:
    return type(error).__name__
