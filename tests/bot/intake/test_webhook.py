"""The webhook: only Telegram is heard, and it hears 200 only when the update is kept."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from aiogram import Bot
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.intake import ALLOWED_UPDATES, path_of, webhook
from bot.intake.webhook import BODY_LIMIT, SECRET_HEADER, Announcer, Receiver
from bot.pauses import Backoff
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from tests.bot.fake_api import BOT_ID, FakeApi, error, message
from tests.bot.intake.conftest import Inbox
from tests.bot.intake.test_polling import until

SECRET = "only-telegram-knows"
HEADERS = {SECRET_HEADER: SECRET}
Client = TestClient[web.Request, web.Application]


@pytest.fixture
def stop() -> asyncio.Event:
    return asyncio.Event()


@pytest.fixture
async def client(db: Database, stop: asyncio.Event) -> AsyncIterator[Client]:
    async for made in _client(db, stop):
        yield made


async def _client(db: Database, stop: asyncio.Event) -> AsyncIterator[Client]:
    app = web.Application(client_max_size=BODY_LIMIT)
    app.add_routes(Receiver(db, [BOT_ID], SECRET, stop).routes())
    async with TestClient(TestServer(app)) as made:
        yield made


async def test_an_update_is_kept_when_telegram_hears_200(client: Client, inbox: Inbox) -> None:
    for _ in range(2):  # Telegram calls again when our answer is lost
        answer = await client.post(path_of(BOT_ID), json=message(10), headers=HEADERS)
        assert answer.status == 200
        assert [(row.bot_id, row.number) for row in await inbox()] == [(BOT_ID, 10)]


@pytest.mark.parametrize("said", [None, "", "wrong", SECRET + "x", SECRET.upper(), "é", "\udcff"])
async def test_who_does_not_know_the_secret_is_not_heard(client: Client, inbox: Inbox, said: str | None) -> None:
    headers = {} if said is None else {SECRET_HEADER: said}
    try:
        answer = await client.post(path_of(BOT_ID), json=message(10), headers=headers)
    except UnicodeEncodeError:
        return  # cannot even be sent
    assert answer.status == 401
    assert not await inbox()


@pytest.mark.parametrize("path", ["/telegram/1", "/telegram/x", "/telegram/04242", "/telegram/٤٢٤٢"])
async def test_there_is_a_route_for_our_bots_only(client: Client, inbox: Inbox, path: str) -> None:
    assert (await client.post(path, json=message(10), headers=HEADERS)).status == 404
    assert not await inbox()


@pytest.mark.parametrize("body", [b"", b"null", b"{", b"{}", b'{"update_id": "1"}', b"\xff\xfe", b"[" * 5000])
async def test_what_is_no_update_is_refused(client: Client, inbox: Inbox, body: bytes) -> None:
    assert (await client.post(path_of(BOT_ID), data=body, headers=HEADERS)).status == 400
    assert not await inbox()


async def test_a_body_without_end_is_not_taken_in(client: Client) -> None:
    answer = await client.post(path_of(BOT_ID), data=b" " * (BODY_LIMIT + 1), headers=HEADERS)
    assert answer.status == 413


async def test_telegram_is_asked_to_come_again_while_the_database_is_away(
    clock: FixedClock, stop: asyncio.Event, unused_tcp_port: int
) -> None:
    away = Database(f"postgresql://x:secret@127.0.0.1:{unused_tcp_port}/x", clock)
    with structlog.testing.capture_logs() as told:
        async for client in _client(away, stop):
            answer = await client.post(path_of(BOT_ID), json=message(10), headers=HEADERS)
            assert answer.status == 503
    assert [line["event"] for line in told] == ["intake.not_stored"]
    assert "secret" not in str(told)


async def test_a_database_that_hangs_is_not_waited_for(
    client: Client, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(*_: object) -> int:
        return await asyncio.sleep(60, 0)

    monkeypatch.setattr(webhook, "store", hangs)
    monkeypatch.setattr(webhook, "STORE_S", 0.05)
    assert (await client.post(path_of(BOT_ID), json=message(10), headers=HEADERS)).status == 503
    assert not await inbox()


async def test_nothing_new_is_taken_in_while_stopping(client: Client, inbox: Inbox, stop: asyncio.Event) -> None:
    stop.set()
    assert (await client.post(path_of(BOT_ID), json=message(10), headers=HEADERS)).status == 503
    assert not await inbox()


async def test_many_at_once_are_all_kept(client: Client, inbox: Inbox) -> None:
    async def send(number: int) -> int:
        return (await client.post(path_of(BOT_ID), json=message(number, number % 9), headers=HEADERS)).status

    assert set(await asyncio.gather(*(send(number) for number in range(100)))) == {200}
    assert sorted(row.number for row in await inbox()) == list(range(100))


async def test_telegram_is_told_where_to_call(api: FakeApi, bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "next_s", lambda _: 0.01)
    api.answer("setWebhook", error(502, "Bad Gateway"), error(429, "Too Many Requests: retry after 1", retry_after=1))
    stop = asyncio.Event()
    task = asyncio.create_task(Announcer(bot, "https://crm.example.com", SECRET).run(stop))
    await until(lambda: len(api.called("setWebhook")) == 3)
    stop.set()
    await asyncio.wait_for(task, 1)
    asked = api.called("setWebhook")[-1]
    assert asked["url"] == f"https://crm.example.com/telegram/{BOT_ID}"
    assert asked["secret_token"] == SECRET
    assert asked["max_connections"] == "40"
    assert all(kind in asked["allowed_updates"] for kind in ALLOWED_UPDATES)
    assert not api.called("deleteWebhook")


async def test_a_refused_token_ends_the_announcing_with_one_line(api: FakeApi, bot: Bot) -> None:
    api.tokens.clear()
    with structlog.testing.capture_logs() as told:
        await asyncio.wait_for(Announcer(bot, "https://crm.example.com", SECRET).run(asyncio.Event()), 2)
    assert [line["event"] for line in told] == ["intake.refused"]
