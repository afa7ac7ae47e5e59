"""Fixtures of the intake: a fake Bot API, a bot that speaks to it, and what the inbox holds."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiogram import Bot
from sqlalchemy import select

from bot.client import make_bot
from crm_core.inbox.models import Update
from crm_core.kit.db import Database
from tests.bot.fake_api import TOKEN, FakeApi, fake_api

Inbox = Callable[[], Awaitable[list[Any]]]


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with fake_api() as running:
        yield running


@pytest.fixture
async def bot(api: FakeApi) -> AsyncIterator[Bot]:
    made = make_bot(TOKEN, api.url)
    yield made
    await made.session.close()


@pytest.fixture
def inbox(db: Database) -> Inbox:
    """Reads what is stored, through a session of its own."""

    async def rows() -> list[Any]:
        async with db.unit() as session:
            return list(await session.scalars(select(Update).order_by(Update.id)))

    return rows
