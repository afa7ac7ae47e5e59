"""An inbox with workers at it, each with a unit of work of its own that stays open as long as the test wants."""

import itertools
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.inbox import lanes
from crm_core.inbox.lanes import FIRST_LANE, Claimed, Lane
from crm_core.inbox.models import Update
from crm_core.inbox.service import Incoming, store
from crm_core.kit.db import Database

BOT = 7


@dataclass
class Held:
    """What one worker has in hand, and the unit of work that locks it."""

    session: AsyncSession
    claimed: Claimed | None

    @property
    def number(self) -> int | None:
        return self.claimed.payload.get("update_id") if self.claimed else None


class Inbox:
    def __init__(self, db: Database) -> None:
        self.db = db
        self._numbers = itertools.count(1)

    async def put(self, *chats: int, bot: int = BOT) -> list[int]:
        """An update for each of these chats; their numbers, which are their names in the tests."""
        numbers = [next(self._numbers) for _ in chats]
        updates = [Incoming(number, chat, {"update_id": number}) for number, chat in zip(numbers, chats, strict=True)]
        async with self.db.unit() as session:
            await store(session, bot, updates)
        return numbers

    @asynccontextmanager
    async def holding(self, after: Lane = FIRST_LANE) -> AsyncIterator[Held]:
        """A worker that claims and keeps its unit of work open."""
        async with self.db.unit() as session:
            yield Held(session, await lanes.claim(session, after))

    async def hold_all(self, stack: AsyncExitStack) -> list[int]:
        """Workers take whatever there is, each one update, until nothing is left to take."""
        taken: list[int] = []
        while True:
            holding: AbstractAsyncContextManager[Held] = self.holding()
            held = await stack.enter_async_context(holding)
            if held.number is None:
                return taken
            taken.append(held.number)

    async def next(self, after: Lane = FIRST_LANE) -> int | None:
        """What a worker would get; it lets go at once."""
        async with self.holding(after) as held:
            return held.number

    async def work_off(self, after: Lane = FIRST_LANE) -> Claimed | None:
        """Claim one and end it."""
        async with self.holding(after) as held:
            if held.claimed:
                await lanes.done(held.session, held.claimed.id)
            return held.claimed

    async def fail(self, claimed: Claimed, error: str = "broken") -> bool:
        async with self.db.unit() as session:
            return await lanes.failed(session, claimed, error)

    async def claimed(self) -> Claimed:
        async with self.holding() as held:
            assert held.claimed
            return held.claimed

    async def row(self, number: int) -> Update:
        async with self.db.unit() as session:
            return (await session.scalars(select(Update).where(Update.number == number))).one()


@pytest.fixture
def inbox(db: Database) -> Inbox:
    return Inbox(db)
