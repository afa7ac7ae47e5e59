"""Long polling: acknowledged only when committed, whatever Telegram answers and whenever we stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import structlog
from aiogram import Bot
from aiogram.exceptions import TelegramRetryAfter
from aiogram.methods import GetUpdates
from aiohttp import web

from bot.client import make_bot
from bot.intake import ALLOWED_UPDATES, failures, polling
from bot.intake.polling import Poller
from bot.pauses import Backoff
from crm_core.kit.db import Database
from tests.bot.fake_api import BOT_ID, TOKEN, FakeApi, error, message
from tests.bot.intake.conftest import Inbox


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are short; what decides about them is tested apart."""
    monkeypatch.setattr(Backoff, "next_s", lambda self: setattr(self, "failures", self.failures + 1) or 0.01)
    monkeypatch.setattr(failures, "_CONFLICT_S", 0.02)


@asynccontextmanager
async def running(poller: Poller) -> AsyncIterator[asyncio.Task[None]]:
    stop = asyncio.Event()
    task = asyncio.create_task(poller.run(stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait_for(task, 2)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - it watches from outside
            await asyncio.sleep(0.005)


def offsets(api: FakeApi) -> list[int | None]:
    return [body.get("offset") for body in api.called("getUpdates")]


async def test_what_comes_is_stored_and_then_acknowledged(api: FakeApi, bot: Bot, db: Database, inbox: Inbox) -> None:
    api.add(message(10), message(11))
    async with running(Poller(bot, db)):
        await until(lambda: 12 in offsets(api))
        api.add(message(12))
        await until(lambda: 13 in offsets(api))
    assert [(row.bot_id, row.chat_id, row.number) for row in await inbox()] == [(BOT_ID, 7, n) for n in (10, 11, 12)]
    assert offsets(api) == [None, 12, 13]


async def test_it_asks_for_the_kinds_that_are_handled(api: FakeApi, bot: Bot, db: Database) -> None:
    async with running(Poller(bot, db)):
        await until(lambda: bool(offsets(api)))
    (asked,) = api.called("getUpdates")
    assert asked == {"limit": 100, "timeout": 50, "allowed_updates": list(ALLOWED_UPDATES)}


async def test_nothing_is_acknowledged_that_could_not_be_committed(
    api: FakeApi, bot: Bot, db: Database, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.add(message(10))
    poller = Poller(bot, db)
    with monkeypatch.context() as broken:

        async def fails(*_: object) -> int:
            raise ConnectionResetError("the database is away")

        broken.setattr(polling, "store", fails)
        with pytest.raises(ConnectionResetError):
            await poller.run(asyncio.Event())
    assert offsets(api) == [None]
    async with running(poller):  # as the nursery does after a crash
        await until(lambda: 11 in offsets(api))
    assert [row.number for row in await inbox()] == [10]


async def test_a_new_start_takes_what_telegram_still_holds_only_once(
    api: FakeApi, bot: Bot, db: Database, inbox: Inbox
) -> None:
    api.add(message(10))
    for _ in range(2):
        api.calls.clear()
        async with running(Poller(bot, db)):
            await until(lambda: 11 in offsets(api))
    assert [row.number for row in await inbox()] == [10]


async def test_numbers_that_start_anew_lower_are_followed(api: FakeApi, bot: Bot, db: Database, inbox: Inbox) -> None:
    """Telegram picks a new random number after a week without updates."""
    api.add(message(900))
    async with running(Poller(bot, db)):
        await until(lambda: 901 in offsets(api))
        api.answer("getUpdates", _updates(message(5)))
        api.came.set()
        await until(lambda: 6 in offsets(api))
    assert [row.number for row in await inbox()] == [900, 5]


async def test_a_webhook_that_is_set_is_taken_away_and_its_updates_kept(api: FakeApi, bot: Bot, db: Database) -> None:
    api.webhook = {"url": "https://elsewhere.example/hook"}
    async with running(Poller(bot, db)):
        await until(lambda: bool(offsets(api)))
    assert api.called("deleteWebhook") in ([{}], [{"drop_pending_updates": "false"}], [{"drop_pending_updates": False}])


async def test_no_webhook_is_taken_away_where_none_is_set(api: FakeApi, bot: Bot, db: Database) -> None:
    async with running(Poller(bot, db)):
        await until(lambda: bool(offsets(api)))
    assert not api.called("deleteWebhook")


async def test_a_conflict_is_told_once_and_waited_out(api: FakeApi, bot: Bot, db: Database, inbox: Inbox) -> None:
    conflict = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    api.answer("getUpdates", error(409, conflict), error(409, conflict), error(409, conflict))
    api.add(message(1))
    with structlog.testing.capture_logs() as told:
        async with running(Poller(bot, db)):
            await until(lambda: 2 in offsets(api))
    warnings = [line for line in told if line["log_level"] == "warning"]
    assert len(warnings) == 1
    assert "another program polls" in warnings[0]["why"]
    assert [row.number for row in await inbox()] == [1]


@pytest.mark.parametrize(
    "answer",
    [
        lambda: error(500, "Internal Server Error"),
        lambda: error(429, "Too Many Requests: retry after 0"),
        lambda: error(420, "odd"),
        lambda: web.Response(status=502, text="<html>Bad Gateway</html>"),
        lambda: web.Response(text="{not json"),
        lambda: web.json_response([]),
        lambda: web.json_response({"ok": True, "result": 5}),
        lambda: web.json_response({"ok": True, "result": [{"message": {}}]}),
    ],
    ids=["500", "429", "420", "502 html", "cut off", "list", "number", "no update"],
)
async def test_it_goes_on_after_any_answer(
    answer: Callable[[], web.Response], api: FakeApi, bot: Bot, db: Database, inbox: Inbox
) -> None:
    api.answer("getWebhookInfo", error(500, "Internal Server Error"))
    api.answer("getUpdates", answer(), answer())
    api.add(message(1))
    async with running(Poller(bot, db)):
        await until(lambda: 2 in offsets(api))
    assert [row.number for row in await inbox()] == [1]


async def test_it_goes_on_after_the_network_was_away(db: Database, unused_tcp_port: int) -> None:
    lonely = make_bot(TOKEN, f"http://127.0.0.1:{unused_tcp_port}")
    with structlog.testing.capture_logs() as told:
        async with running(Poller(lonely, db)) as task:
            await until(lambda: len(told) > 2)
            assert not task.done()
    await lonely.session.close()
    assert TOKEN not in str(told)


async def test_a_refused_token_ends_the_polling_with_one_line(api: FakeApi, bot: Bot, db: Database) -> None:
    api.tokens.clear()
    with structlog.testing.capture_logs() as told:
        await asyncio.wait_for(Poller(bot, db).run(asyncio.Event()), 2)
    assert [line["event"] for line in told] == ["intake.refused"]
    assert "ROUNDS_BOT_TOKENS" in told[0]["do"]
    assert TOKEN not in str(told)


async def test_the_stop_does_not_wait_for_the_long_poll(api: FakeApi, bot: Bot, db: Database) -> None:
    stop = asyncio.Event()
    task = asyncio.create_task(Poller(bot, db).run(stop))
    await until(lambda: bool(offsets(api)))
    stop.set()
    await asyncio.wait_for(task, 0.5)


def _updates(*updates: dict[str, object]) -> web.Response:
    return web.json_response({"ok": True, "result": list(updates)})


def test_retry_after_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    flood = TelegramRetryAfter(method=GetUpdates(), message="Too Many Requests", retry_after=17)
    assert failures.say_waiting(BOT_ID, flood, Backoff()) == 17
