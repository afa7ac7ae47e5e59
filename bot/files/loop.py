"""The fetching of one bot's files: claims what is due, downloads it, checks it, keeps it, settles what became of it.

Nothing is locked while bytes come in: a claim is a due time moved ahead. Any number of processes may do this side by
side; one that is killed leaves no more than a claim that runs out, for bytes appear in the storage whole or not at all.
"""

import asyncio
import time
from contextlib import suppress
from typing import Final

import structlog

from bot.files.download import DoubtfulError, Downloads, TokenRefusedError, TooFastError, TroubleError
from bot.files.storage import Directory, Storage, StorageError, digest_of, key_of
from bot.files.telling import tell
from crm_core.attachments import lost, queue
from crm_core.attachments.content import EXPIRED, Refused, accept
from crm_core.attachments.models import FileState
from crm_core.attachments.queue import Claimed, Outcome
from crm_core.kit.db import Database
from crm_core.kit.signals import FILES, Signals, wait

log = structlog.get_logger()

AT_ONCE: Final = 3  # each in memory as a whole
LOOK_EVERY_S: Final = 5.0  # signals may be lost, and what failed falls due without one
MOST_BYTES: Final = 20 * 1024 * 1024  # what the public Bot API hands out
FIRST_BACKOFF_S: Final = 2.0
LONGEST_BACKOFF_S: Final = 3600.0
DOUBTS: Final = 3  # so often must Telegram say that it has a file no more: it may have meant "not now"
TOKEN_PAUSE_S: Final = 60.0
LAST_WORD_S: Final = 1.0


class Fetcher:
    """Fetches the files that one bot was sent."""

    def __init__(
        self,
        db: Database,
        bot_id: int,
        token: str,
        api_url: str,
        signals: Signals,
        storage: Storage,
        *,
        most_bytes: int = MOST_BYTES,
        at_once: int = AT_ONCE,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._db = db
        self._bot_id = bot_id
        self._storage = storage
        self._most_bytes = most_bytes
        self._at_once = at_once
        self._look_every_s = look_every_s
        self._downloads = Downloads(token, api_url, most_bytes)
        self._wake = signals.event(FILES)
        self._hands: dict[asyncio.Task[None], Claimed] = {}
        self._settling = asyncio.Lock()
        self._paused_until = 0.0
        self._full = False

    async def run(self, stop: asyncio.Event) -> None:
        """Fetch until `stop`; what is in hand then is given back."""
        if isinstance(self._storage, Directory):
            await asyncio.to_thread(self._storage.sweep)
        bell = asyncio.create_task(self._ring(stop))
        try:
            while not stop.is_set():
                await self._turn()
                await wait(self._wake, self._look_every_s)
        finally:
            bell.cancel()
            await self._let_go()
            await self._downloads.close()

    async def _ring(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._wake.set()

    async def _turn(self) -> None:
        """Take up what is due, as much as fits. Never raises: the database may be away for a while."""
        room = self._at_once - len(self._hands)
        if room <= 0 or time.monotonic() < self._paused_until:
            return
        try:
            async with self._db.unit() as session:
                claimed = await queue.claim(session, self._bot_id, room)
        except Exception as error:  # noqa: BLE001 - the loop stays
            log.warning("files.database", bot_id=self._bot_id, error=type(error).__name__)
            return
        for file in claimed:
            task = asyncio.create_task(self._handle(file))
            self._hands[task] = file
            task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._hands.pop(task, None)
        self._wake.set()

    async def _handle(self, file: Claimed) -> None:
        try:
            outcome = await self._fetch(file)
        except Exception as error:
            log.exception("files.failed", file=file.id)
            outcome = _again(file, type(error).__name__)
        try:
            await self._settle(outcome)
        except Exception as error:  # noqa: BLE001 - it falls due again by itself
            log.warning("files.unsettled", file=file.id, error=type(error).__name__)

    async def _fetch(self, file: Claimed) -> Outcome:
        """What becomes of one file. Nothing here touches the database."""
        try:
            content = await self._downloads.fetch(file.file_id, file.size)
            mime = await asyncio.to_thread(accept, file.kind, file.name, content)
            sha256 = await asyncio.to_thread(digest_of, content)
            await self._storage.put(key_of(sha256), content)
        except Refused as error:
            state = FileState.GONE if error.reason == EXPIRED else FileState.REFUSED
            return Outcome(file, state, error=error.reason)
        except DoubtfulError as error:
            if file.attempts >= DOUBTS:
                return Outcome(file, FileState.GONE, error=EXPIRED)
            return _again(file, str(error))
        except TooFastError as error:
            self._pause(error.seconds)
            return Outcome(file, FileState.PENDING, error=str(error), wait_s=error.seconds, counted=False)
        except TokenRefusedError:
            self._pause(TOKEN_PAUSE_S)
            return Outcome(file, FileState.PENDING, error="token refused", wait_s=TOKEN_PAUSE_S, counted=False)
        except TroubleError as error:
            return _again(file, str(error))
        except StorageError as error:
            return self._no_room(file, error)
        self._note_room()
        key = key_of(sha256)
        return Outcome(file, FileState.STORED, sha256=sha256, key=key, mime=mime, size=len(content))

    def _no_room(self, file: Claimed, error: StorageError) -> Outcome:
        """One line in the log, not one a file: the operator has to make room, and nothing is lost meanwhile."""
        if not self._full:
            log.error("files.not_kept", why=str(error), do="make room or mend it; files wait and are tried again")
        self._full = True
        return _again(file, str(error))

    def _note_room(self) -> None:
        if self._full:
            log.info("files.kept_again", where=self._storage.where)
        self._full = False

    def _pause(self, seconds: float) -> None:
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)
        log.warning("files.pause", bot_id=self._bot_id, seconds=seconds)

    async def _settle(self, outcome: Outcome) -> None:
        """Note it, and tell whoever sent what is lost, in one unit of work."""
        async with self._settling, self._db.unit() as session:
            if not await queue.settle(session, outcome):
                return
            for one in await lost.untold(session, outcome.file.id):
                await tell(session, one, most_bytes=self._most_bytes)
        if outcome.state is not FileState.PENDING:
            log.info("files.settled", file=outcome.file.id, state=outcome.state.value, error=outcome.error)

    async def _let_go(self) -> None:
        """Give back what is in hand, if the database answers in time; else the claims run out by themselves."""
        held = dict(self._hands)
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(LAST_WORD_S), self._db.unit() as session:
                for file in held.values():
                    await queue.settle(session, Outcome(file, FileState.PENDING, counted=False))


def _again(file: Claimed, why: str) -> Outcome:
    """Later, each time later than before; for ever, for the file may still be had."""
    wait_s = min(FIRST_BACKOFF_S * 2 ** min(file.attempts - 1, 20), LONGEST_BACKOFF_S)
    return Outcome(file, FileState.PENDING, error=why, wait_s=wait_s)
