"""An outbox of one bot, filled and claimed by hand."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.outbox import queue, service
from crm_core.outbox.models import Ambiguous, Outgoing, Priority
from crm_core.outbox.queue import Claimed, Outcome

BOT = 7
LI, WANG, GROUP = 101, 102, -100500


class Outbox:
    """Short words for what delivery does, each its own unit of work."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db, self.clock = db, clock

    async def put(
        self,
        chat: int,
        *,
        priority: int = Priority.ANSWER,
        in_s: float = 0,
        expires_s: float | None = None,
        **given: Any,
    ) -> int:
        at = self.clock.now()
        async with self.db.unit() as session:
            row = service.row(
                bot_id=given.get("bot", BOT),
                chat_id=chat,
                card_id=given.get("card"),
                method=given.get("method", "send_message"),
                payload=given.get("payload", {"text": "hello"}),
                at=at,
                priority=priority,
                ambiguous=given.get("ambiguous", Ambiguous.RESEND),
                not_before=at + timedelta(seconds=in_s),
                expires_at=None if expires_s is None else at + timedelta(seconds=expires_s),
            )
            await service.enqueue(session, [row])
            return (await session.execute(select(Outgoing.id).order_by(Outgoing.id.desc()).limit(1))).scalar_one()

    async def card(self, chat: int) -> int:
        async with self.db.unit() as session:
            return await service.new_card(session, bot_id=BOT, chat_id=chat)

    async def claim(self, limit: int = 100, busy: tuple[int, ...] = (), sent: Sequence[Outcome] = ()) -> list[Claimed]:
        async with self.db.unit() as session:
            return await queue.claim(session, BOT, limit, busy, sent=sent)

    async def claim_ids(self, limit: int = 100, busy: tuple[int, ...] = (), sent: Sequence[Outcome] = ()) -> list[int]:
        return [row.id for row in await self.claim(limit, busy, sent)]

    async def settle(self, *outcomes: Outcome) -> None:
        async with self.db.unit() as session:
            await queue.settle(session, outcomes)

    async def recover(self, *in_hand: int) -> int:
        async with self.db.unit() as session:
            return await queue.recover(session, BOT, in_hand)

    async def row(self, row_id: int) -> Outgoing:
        async with self.db.unit() as session:
            return (await session.execute(select(Outgoing).where(Outgoing.id == row_id))).scalar_one()

    async def states(self, *ids: int) -> list[str]:
        return [(await self.row(one)).state for one in ids]


@pytest.fixture
def outbox(db: Database, clock: FixedClock) -> Outbox:
    return Outbox(db, clock)
