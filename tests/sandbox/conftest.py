"""A sandbox that listens, one person in it, and the two libraries connected to it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import telegram
from aiogram import exceptions as aiogram_errors
from aiogram import types as aiogram_types

from sandbox.files import Upload
from sandbox.server import Sandbox, run_sandbox
from tests.sandbox.support import TOKEN, Library, Raw, aiogram_bot, close, picture, telegram_bot


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with run_sandbox(tokens=[TOKEN], conflict_pause_s=0.05, webhook_retry_s=0.02) as running:
        yield running


@pytest.fixture(params=["aiogram", "telegram"])
async def library(request: pytest.FixtureRequest, sandbox: Sandbox) -> AsyncIterator[Library]:
    if request.param == "aiogram":
        bot = aiogram_bot(sandbox)
        yield Library(
            "aiogram",
            bot,
            aiogram_types,
            bad_request=aiogram_errors.TelegramBadRequest,
            forbidden=aiogram_errors.TelegramForbiddenError,
            retry_after=aiogram_errors.TelegramRetryAfter,
            conflict=aiogram_errors.TelegramConflictError,
            unauthorized=aiogram_errors.TelegramUnauthorizedError,
        )
        await close(bot)
        return
    async with telegram_bot(sandbox) as bot:
        yield Library(
            "telegram",
            bot,
            telegram,
            bad_request=telegram.error.BadRequest,
            forbidden=telegram.error.Forbidden,
            retry_after=telegram.error.RetryAfter,
            conflict=telegram.error.Conflict,
            unauthorized=telegram.error.InvalidToken,
        )


@pytest.fixture
async def raw(sandbox: Sandbox) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as http:
        yield Raw(http, sandbox.url)


@pytest.fixture
def ann(sandbox: Sandbox) -> int:
    """Ann, who has pressed Start."""
    user = sandbox.add_user("Ann", last_name="Li", username="ann_li", language_code="zh-hans")
    sandbox.say(TOKEN, user["id"], "/start")
    sandbox.world.bot(TOKEN).updates.drop_all()
    return user["id"]


@pytest.fixture
def png() -> Upload:
    return Upload("photo.png", "image/png", picture())
