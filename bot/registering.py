"""Tells the core which bots run: their names, for links and for `/bots`, and that a token is refused."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog
from aiogram import Bot

from bot.database import UNREACHABLE
from bot.intake.failures import PASSING, REFUSED
from bot.pauses import pause
from crm_core.bots import service
from crm_core.kit.db import Database

log = structlog.get_logger()

LOOK_EVERY_S: Final = 60.0
_A_CALL_S: Final = 15


class Registrar:
    def __init__(self, db: Database, bots: Sequence[Bot]) -> None:
        self._db = db
        self._bots = bots

    async def run(self, stop: asyncio.Event) -> None:
        """Until the stop. Trouble with Telegram or the database passes: what is known stays."""
        while not stop.is_set():
            for bot in self._bots:
                await self.look(bot)
            await pause(stop, LOOK_EVERY_S)

    async def look(self, bot: Bot) -> None:
        """Ask Telegram who this is, and keep it."""
        try:
            me = await bot.get_me(request_timeout=_A_CALL_S)
        except REFUSED:
            me = None
        except PASSING:
            return
        try:
            async with self._db.unit() as session:
                if me is None:
                    await service.note_refused(session, bot.id)
                else:
                    await service.note_seen(session, bot.id, me.username or "")
        except UNREACHABLE:
            log.debug("bots.not_noted", bot=bot.id)
