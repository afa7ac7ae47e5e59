"""Long polling: ask, store, commit, and only then ask for what comes after.

Asking with an offset is what acknowledges, so a kill at any moment loses nothing: what was not asked past comes again,
and the inbox knows it by its number. Own code over aiogram's session, for two reasons: aiogram's polling acknowledges
before anything is kept, and its `get_updates` builds typed updates that we would only take apart again (a full batch
costs 50 µs an update that way, 4 µs as plain JSON, 15 µs with the storing).
"""

import asyncio
from typing import Any, Final

import aiohttp
import structlog
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.methods import GetUpdates

from bot.intake import ALLOWED_UPDATES, STORED
from bot.intake.door import Door
from bot.intake.failures import PASSING, REFUSED, say_refused, say_waiting
from bot.intake.lanes import incoming, read_json, unreadable
from bot.pauses import Backoff, pause, unless_stopped
from crm_core.inbox.service import Incoming, store
from crm_core.kit.db import Database

log = structlog.get_logger()

BATCH: Final = 100
LONG_POLL_S: Final = 50
STORE_S: Final = 30


class Poller:
    """Polls for one bot. Only one process may do so at a time; see `bot.app`, which takes a lease for it."""

    def __init__(self, bot: Bot, db: Database, *, door: Door | None = None, long_poll_s: int = LONG_POLL_S) -> None:
        assert isinstance(bot.session, AiohttpSession)
        self._bot = bot
        self._session = bot.session
        self._db = db
        self._door = door
        self._long_poll_s = long_poll_s
        self._offset: int | None = None
        self._backoff = Backoff()
        self._known = False  # the token was good once: a refusal may pass
        self._alone = False  # ask for one update at a time: among several was one that cannot be read

    async def run(self, stop: asyncio.Event) -> None:
        """Poll until the stop, or until the token is refused from the beginning. A failing database raises."""
        self._offset = None  # what Telegram still holds comes again; the inbox takes each number once
        webhook_ended = False
        while not stop.is_set():
            try:
                if not webhook_ended:
                    await self._end_webhook()
                    webhook_ended = True
                updates = await unless_stopped(stop, self._ask())
            except REFUSED as error:
                if not self._known:
                    say_refused(self._bot.id, error)
                    return
                await pause(stop, say_waiting(self._bot.id, error, self._backoff))
                continue
            except PASSING as error:
                await pause(stop, say_waiting(self._bot.id, error, self._backoff))
                continue
            self._backoff.reset()
            self._known = True
            if updates:
                await self._keep(updates)

    async def _ask(self) -> list[Incoming]:
        """What has come since; waits for it. Raises what aiogram and aiohttp raise, ValueError for no JSON."""
        client = await self._session.create_session()
        limit = 1 if self._alone else BATCH
        body: dict[str, Any] = {"limit": limit, "timeout": self._long_poll_s, "allowed_updates": ALLOWED_UPDATES}
        if self._offset is not None:
            body["offset"] = self._offset
        url = self._session.api.api_url(self._bot.token, "getUpdates")
        limits = aiohttp.ClientTimeout(total=self._long_poll_s + 30, sock_connect=10, sock_read=self._long_poll_s + 15)
        async with client.post(url, json=body, timeout=limits) as response:
            content = await response.read()
        if response.status != 200:
            self._session.check_response(self._bot, GetUpdates(), response.status, content.decode(errors="replace"))
        try:
            answer = read_json(content)
        except ValueError:
            if (poison := self._poison(content)) is not None:
                return [poison]
            raise
        found = answer.get("result") if isinstance(answer, dict) else None
        self._alone = self._alone and bool(found)
        if not isinstance(found, list):
            raise ValueError("getUpdates gave no list")  # noqa: TRY004 - met like any other malformed answer
        updates = [update for update in map(incoming, found) if update]
        if found and not updates:
            raise ValueError("getUpdates gave no update with a number")
        return updates

    def _poison(self, content: bytes) -> Incoming | None:
        """An update that cannot be read would shut the door on all after it: it is asked for alone, then kept."""
        poison = unreadable(content)
        if poison is None or not self._alone:
            self._alone = poison is not None
            return None
        self._alone = False
        log.error("intake.unreadable", bot=self._bot.id, number=poison.number)
        return poison

    async def _keep(self, updates: list[Incoming]) -> None:
        """Commit the batch, then move the offset past it."""
        async with asyncio.timeout(STORE_S), self._db.straight() as session:
            stored = await (self._door.keep if self._door else store)(session, self._bot.id, updates)
        STORED.inc(stored)
        self._offset = max(update.number for update in updates) + 1

    async def _end_webhook(self) -> None:
        """A webhook shuts polling out. What waits at Telegram stays there for us."""
        info = await self._bot.get_webhook_info()
        if info.url:
            log.warning("intake.webhook_removed", bot=self._bot.id, url=info.url, why="ROUNDS_INTAKE=polling")
            await self._bot.delete_webhook(drop_pending_updates=False)
