"""Works imports off, reads playbooks that were sent, and makes the sheets that people ask for: one at a time in a
process, any number of processes.

Lives where the files are (the files role). A process that stops gives back what it has in hand, one that is killed
leaves a claim that runs out; whoever comes next goes on with the rows that have met no fate yet.
"""

import asyncio
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.exchange import playbooks, sheets, work
from bot.exchange.readers import reader_of
from bot.files.storage import Storage, StorageError, digest_of, key_of
from crm_core.attachments.content import EMPTY, EXPIRED, TOO_LARGE
from crm_core.attachments.models import File, FileState
from crm_core.exchange import errors, exporting, service, steps, takeback
from crm_core.exchange.models import ImportBatch, SheetKind, SheetOrder, State
from crm_core.exchange.steps import Claim, Lost
from crm_core.kit.db import Database, now
from crm_core.kit.errors import DomainError
from crm_core.kit.signals import EXCHANGE, Signals, wait
from crm_core.org import queries
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.playbook.service import in_force
from crm_core.retention.service import let_go
from screens import post
from screens.catalogue import say
from screens.exchange import batch_screen, sheet_screen
from screens.screen import Screen

log = structlog.get_logger()

LOOK_EVERY_S: Final = 1.0
TELL_EVERY_S: Final = 3.0
SWEEP_EVERY_S: Final = 3600.0
SHEETS_KEPT_FOR: Final = timedelta(days=1)
LAST_WORD_S: Final = 1.0
_LONG_S: Final = 30.0  # who has waited so long has put the phone away: the end comes as a message of its own
_TRIES: Final = 5

_REFUSALS: Final = {EXPIRED: errors.LOST, EMPTY: errors.EMPTY}


class Exchanger:
    """The loop."""

    def __init__(self, db: Database, signals: Signals, storage: Storage, *, tell_every_s: float = TELL_EVERY_S) -> None:
        self._db = db
        self._storage = storage
        self._tell_every_s = tell_every_s
        self._wake = signals.event(EXCHANGE)
        self._told_at = 0.0
        self._swept_at = float("-inf")
        self._claimed: Claim | None = None
        self._order: SheetOrder | None = None
        self.busy = False

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`; a step under way is let go of, and gone on with by the next process."""
        working = asyncio.create_task(self._work())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
        finally:
            for task in (working, stopping):
                task.cancel()
            await asyncio.gather(working, stopping, return_exceptions=True)
            await self._let_go()

    async def _let_go(self) -> None:
        """Give back what is in hand, if the database answers in time; else the claims run out by themselves."""
        if self._claimed is None and self._order is None:
            return
        try:
            async with asyncio.timeout(LAST_WORD_S), self._db.unit() as session:
                await steps.give_back(session, self._claimed, self._order)
        except Exception as error:  # noqa: BLE001 - we end all the same
            log.warning("exchange.not_given_back", error=type(error).__name__)

    async def _work(self) -> None:
        while True:
            while await self.once():
                pass
            await wait(self._wake, LOOK_EVERY_S)

    async def once(self) -> bool:
        """One step of one import, and one sheet; whether there was any. Never raises but for a broken database."""
        self.busy = True
        try:
            return await self._once()
        finally:
            self.busy = False

    async def _once(self) -> bool:
        async with self._db.unit() as session:
            self._claimed = claimed = await steps.claim(session)
            self._order = order = await steps.claim_order(session)
            if time.monotonic() - self._swept_at > SWEEP_EVERY_S:
                self._swept_at = time.monotonic()
                await steps.sweep(session)
        if order is not None:
            await self._make(order)
            self._order = None
        if claimed is not None:
            await self._step(claimed)
            self._claimed = None
        read = await playbooks.once(self._db, self._storage)
        return read or claimed is not None or order is not None

    async def _step(self, claimed: Claim) -> None:
        began = time.monotonic()
        self._told_at = began
        try:
            await self._do(claimed)
        except Lost:
            return
        except DomainError as error:
            log.info("exchange.refused", batch=claimed.id, code=error.code)
            await self._ended(claimed, error)
        except StorageError as error:
            log.warning("exchange.storage", batch=claimed.id, why=str(error))
            await self._ended(claimed, None)
        except Exception:
            log.exception("exchange.failed", batch=claimed.id, step=claimed.state)
            await self._ended(claimed, None)
        async with self._db.unit() as session:
            batch = await session.get_one(ImportBatch, claimed.id)
            await self._show(session, batch, anew=time.monotonic() - began > _LONG_S)
        log.info(
            "exchange.step", batch=claimed.id, step=claimed.state.value, seconds=round(time.monotonic() - began, 1)
        )

    async def _do(self, claimed: Claim) -> None:
        match claimed.state:
            case State.READING:
                await work.read_in(self._db, claimed, await self._content(claimed), self._tell)
            case State.CHECKING:
                await work.look_through(self._db, claimed, self._tell)
            case State.WRITING:
                await work.write_out(self._db, claimed, self._tell)
            case _:
                await work.take_back(self._db, claimed, self._tell)

    async def _content(self, claimed: Claim) -> bytes:
        """What was sent, as it was fetched. Raises DomainError for what could not be, or is no sheet."""
        async with self._db.unit() as session:
            batch = await steps.held(session, claimed)
            file = await session.get_one(File, batch.file_row_id)
            state, reason, key, size = file.state, file.error, file.key, file.size
        if state != FileState.STORED or key is None:
            if reason == TOO_LARGE:
                raise DomainError(errors.TOO_LARGE, size=-(-(size or 0) >> 20) or "?", most=service.MOST_BYTES >> 20)
            raise DomainError(_REFUSALS.get(reason or "", errors.NOT_A_SHEET))
        return await self._storage.get(key)

    async def _ended(self, claimed: Claim, error: DomainError | None) -> None:
        """For good, or until it is tried again."""
        try:
            async with self._db.unit() as session:
                batch = await steps.held(session, claimed)
                if error is not None:
                    await steps.fail(session, batch, error)
                else:
                    await steps.stumbled(session, batch)
        except Lost:
            return

    async def _tell(self, batch: ImportBatch) -> None:
        """How far it is, now and then."""
        if time.monotonic() - self._told_at < self._tell_every_s:
            return
        self._told_at = time.monotonic()
        async with self._db.unit() as session:
            await self._show(session, batch)

    async def _show(self, session: AsyncSession, batch: ImportBatch, *, anew: bool = False) -> None:
        """The import's card as it stands."""
        actor = await queries.actor(session, batch.employee_id)
        if actor is None or batch.bot_id is None or batch.chat_id is None:
            return
        reader = await reader_of(session, actor, batch.bot_id, batch.chat_id)
        if reader is None:
            return
        book = await in_force(session, actor.playbook_version)
        screen = await card(session, batch, book, reader.language)
        if batch.card_id is not None and not anew:
            await post.edit(session, reader, screen, card_id=batch.card_id)
            return
        if batch.card_id is not None:
            await post.strip(session, reader, batch.card_id)
        await steps.note_card(session, batch.id, await post.send(session, reader, screen))

    async def _make(self, order: SheetOrder) -> None:
        """One sheet, sent to whoever asked."""
        try:
            async with self._db.unit() as session:
                actor = await queries.actor(session, order.employee_id)
            if actor is not None:
                await self._sent(order, actor)
        except DomainError as error:
            log.info("exchange.no_sheet", order=order.id, code=error.code)
        except Exception:
            log.exception("exchange.sheet_failed", order=order.id)
            if order.attempts < _TRIES:
                return  # it falls due again
        async with self._db.unit() as session:
            (await session.get_one(SheetOrder, order.id)).ended_at = now(session)

    async def _sent(self, order: SheetOrder, actor: Actor) -> None:
        async with self._db.unit() as session:
            reader = await reader_of(session, actor, order.bot_id, order.chat_id)
            if reader is None:
                return
            book = await in_force(session, actor.playbook_version)
        with tempfile.TemporaryDirectory(prefix="rounds-sheet-") as folder:
            path = Path(folder) / "sheet.xlsx"
            count = 0
            if order.kind == SheetKind.CUSTOMERS:
                count = await sheets.customers(self._db, path, actor)
            elif order.kind == SheetKind.PROBLEMS:
                count = await sheets.problems(self._db, path, actor, order.batch_id or 0)
            else:
                await asyncio.to_thread(sheets.template, path, actor, book)
            content = await asyncio.to_thread(path.read_bytes)
        key = key_of(await asyncio.to_thread(digest_of, content))
        await self._storage.put(key, content)
        async with self._db.unit() as session:
            mine = await session.get_one(SheetOrder, order.id, with_for_update=True)
            if mine.ended_at is not None:
                return
            mine.ended_at = now(session)
            await let_go(session, [key], SHEETS_KEPT_FOR)
            if order.kind == SheetKind.CUSTOMERS:
                await exporting.note_export(session, actor, count)
            name = f"{say(sheets.NAMES[SheetKind(order.kind)], reader.language)} {actor.today(now(session))}.xlsx"
            file = {"stored": key, "name": name}
            await post.send_document(session, reader, file, sheet_screen(order.kind, count))


async def card(session: AsyncSession, batch: ImportBatch, book, language: str) -> Screen:
    """The import's card with what it has to look up."""
    owner = await session.get(Employee, batch.owner_id) if batch.owner_id is not None else None
    kept = await takeback.kept(session, batch.id) if batch.state == State.UNDONE else []
    return batch_screen(batch, book, language, owner=owner.name if owner else None, kept=kept)
