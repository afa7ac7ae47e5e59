"""The door: what comes is stored; who sends far more than fingers can waits for it, and nobody else does.

Nothing is turned away and nothing is lost (promises 1, 2 and 7): what is too fast is stored with the moment at which it
is its turn, and as a chat's updates take effect in their order, all behind it wait too. The person is told once. A
message counts for when it was sent, so that what waited at Telegram while we were away is no flood.

Measured against people: a fast thumb taps five times a second and tires within half a minute, somebody forwards a
hundred messages at once, an album is ten. A script sends thirty a second, for as long as it likes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.intake.lanes import NO_LANE
from bot.pace import Pace
from crm_core.inbox.service import Incoming, store
from crm_core.kit.db import now

log = structlog.get_logger()

PER_S: Final = 2.0
"""More than Telegram lets us answer in one chat (one a second), and a few per cent of one worker."""

BURST_S: Final = 100
"""So many seconds' worth comes at once, before anything waits."""

_BY_DATE: Final = {"message": "date", "edited_message": "edit_date"}  # a tap has no time but that of its coming


class Door:
    """Stores what comes through, for one process's intake."""

    def __init__(self, per_s: float = PER_S, burst: int | None = None) -> None:
        self._pace = Pace(int(per_s * BURST_S) or 1 if burst is None else burst, per_s)
        self._told: set[tuple[int, int]] = set()

    async def keep(self, session: AsyncSession, bot_id: int, updates: Sequence[Incoming]) -> int:
        """Store them, to be handled now or, of who sends too fast, when it is their turn; answers how many were new.

        The caller commits.
        """
        at = now(session).timestamp()
        self._pace.heed(at)
        kept: list[Incoming] = []
        begun: list[Incoming] = []
        for one in updates:
            turn = self._turn(bot_id, one, at)
            kept.append(replace(one, due_at=datetime.fromtimestamp(turn, UTC)) if turn > at else one)
            if self._begins(bot_id, one.chat_id, at, late=turn > at):
                begun.append(one)
        stored = await store(session, bot_id, kept)
        for one in begun:
            await _tell(session, bot_id, one)
        return stored

    def _turn(self, bot_id: int, update: Incoming, at: float) -> float:
        if update.chat_id == NO_LANE:
            return at
        return self._pace.turn_of((bot_id, update.chat_id), min(at, _sent_at(update.payload, at)))

    def _begins(self, bot_id: int, chat_id: int, at: float, *, late: bool) -> bool:
        """Whether this is the first of a flood."""
        lane = (bot_id, chat_id)
        if late and lane not in self._told:
            self._told.add(lane)
            return True
        if not late and self._told and self._pace.is_calm(lane, at):
            self._told.discard(lane)
        return False


def _sent_at(payload: Mapping[str, Any], at: float) -> float:
    """When the messenger took it from the person."""
    for kind, name in _BY_DATE.items():
        message = payload.get(kind)
        if isinstance(message, dict):
            said = message.get(name)
            return float(said) if type(said) is int and 0 < said < at else at
    return at


async def _tell(session: AsyncSession, bot_id: int, update: Incoming) -> None:
    log.warning("intake.flood", bot=bot_id)
    if update.chat_id < 0:
        return  # a group is no place for it
    from bot.readers import reader_of  # noqa: PLC0415 - screens are for the rare case, and an intake has no other
    from screens import post  # noqa: PLC0415
    from screens.system import patience_screen  # noqa: PLC0415

    await post.send(session, await reader_of(session, bot_id, update.chat_id, None), patience_screen())
