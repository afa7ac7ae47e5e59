"""The webhook: Telegram calls us, and hears 200 only when the update is committed.

Anything else than 200 makes Telegram call again, which is what we want while the database is away.
"""

import asyncio
import hmac
from collections.abc import Iterable
from typing import Final

import structlog
from aiogram import Bot
from aiohttp import web

from bot.database import UNREACHABLE, reason
from bot.intake import ALLOWED_UPDATES, STORED, path_of
from bot.intake.door import Door
from bot.intake.failures import PASSING, REFUSED, say_refused, say_waiting
from bot.intake.lanes import incoming, read_json, unreadable
from bot.pauses import Backoff, pause, unless_stopped
from crm_core.inbox.service import store
from crm_core.kit.db import Database

log = structlog.get_logger()

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
BODY_LIMIT: Final = 1024 * 1024
CONNECTIONS: Final = 40
STORE_S: Final = 10


class Receiver:
    """The route for all bots. It checks who calls before it reads what they say."""

    def __init__(
        self, db: Database, bot_ids: Iterable[int], secret: str, stop: asyncio.Event, door: Door | None = None
    ) -> None:
        self._db = db
        self._door = door
        self._bot_ids = frozenset(map(str, bot_ids))
        self._secret = secret.encode()
        self._stop = stop

    def routes(self) -> list[web.RouteDef]:
        return [web.post(path_of("{bot_id}"), self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        bot_id = request.match_info["bot_id"]
        said = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(said, self._secret):
            raise web.HTTPUnauthorized(text="wrong secret\n")
        if bot_id not in self._bot_ids:
            raise web.HTTPNotFound(text="no such bot\n")
        if self._stop.is_set():
            raise web.HTTPServiceUnavailable(text="stopping\n")
        body = await request.read()
        try:
            update = incoming(read_json(body))
        except ValueError:
            update = unreadable(body)  # Telegram would bring it again and again
        if update is None:
            raise web.HTTPBadRequest(text="no update\n")
        try:
            async with asyncio.timeout(STORE_S), self._db.straight() as session:
                stored = await (self._door.keep if self._door else store)(session, int(bot_id), [update])
            STORED.inc(stored)
        except UNREACHABLE as error:
            log.warning("intake.not_stored", bot=int(bot_id), number=update.number, why=reason(error))
            raise web.HTTPServiceUnavailable(text="come again\n", headers={"Retry-After": "5"}) from None
        return web.Response()


class Announcer:
    """Tells Telegram where one bot's updates go, and keeps trying until it has heard."""

    def __init__(self, bot: Bot, base_url: str, secret: str) -> None:
        self._bot = bot
        self._url = base_url + path_of(bot.id)
        self._secret = secret

    async def run(self, stop: asyncio.Event) -> None:
        """Ends at the stop, or when the token is refused. The webhook stays set: updates wait at Telegram."""
        backoff = Backoff(1.0, 60.0)
        while not stop.is_set():
            try:
                if await unless_stopped(stop, self._announce()):
                    log.info("intake.webhook_set", bot=self._bot.id, url=self._url)
                await stop.wait()
            except REFUSED as error:
                say_refused(self._bot.id, error)
                return
            except PASSING as error:
                await pause(stop, say_waiting(self._bot.id, error, backoff))

    async def _announce(self) -> bool:
        return await self._bot.set_webhook(
            self._url,
            secret_token=self._secret,
            allowed_updates=list(ALLOWED_UPDATES),
            max_connections=CONNECTIONS,
            drop_pending_updates=False,
        )
