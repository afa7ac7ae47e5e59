"""The sandbox's page in a browser, with people and a bot to play: `Desk`, `FakeBot`, and small things to send."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import aiohttp
from playwright.async_api import Locator, Page

from sandbox.server import Sandbox

TOKEN = "123456:TEST-page"


class FakeBot:
    """Knows nothing but the Bot API."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = f"{url}/bot{TOKEN}/"
        self._http = http
        self._next = 0

    async def call(self, method: str, **params: Any) -> Any:
        async with self._http.post(self._url + method, json=params) as response:
            body = await response.json()
        assert body["ok"], body
        return body["result"]

    async def hear(self, kind: str = "message") -> dict[str, Any]:
        """The next update, which must be of that kind."""
        (update,) = await self.call("getUpdates", offset=self._next, limit=1, timeout=10)
        self._next = update["update_id"] + 1
        assert kind in update, update
        return update[kind]

    async def say(self, user_id: int, text: str, **params: Any) -> int:
        sent = await self.call("sendMessage", chat_id=user_id, text=text, **params)
        return sent["message_id"]


@dataclass
class Desk:
    """The page, the sandbox behind it and the bot."""

    page: Page
    sandbox: Sandbox
    bot: FakeBot

    def phone(self, user_id: int) -> Locator:
        return self.page.get_by_test_id(f"phone-{user_id}")

    def message(self, user_id: int, message_id: int) -> Locator:
        return self.phone(user_id).locator(f"[data-message-id='{message_id}']")

    async def write(self, user_id: int, text: str) -> None:
        await self.phone(user_id).get_by_test_id("composer").fill(text)
        await self.phone(user_id).get_by_test_id("send").click()

    async def start(self, user_id: int) -> None:
        """Have the person write first: before that, a bot may not write to them."""
        self.sandbox.say(TOKEN, user_id, "/start")
        await self.bot.hear()


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes(colour) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(row * height))
        + chunk(b"IEND", b"")
    )


def keyboard(*rows: list[tuple[str, str]]) -> dict[str, Any]:
    return {"inline_keyboard": [[{"text": text, "callback_data": data} for text, data in row] for row in rows]}
