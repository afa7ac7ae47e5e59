"""The two libraries that have to take the sandbox for Telegram, the bare Bot API beside them, and a picture to send."""

import asyncio
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiogram
import aiohttp
import telegram
from aiogram import types as aiogram_types
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from telegram.request import HTTPXRequest

from sandbox.errors import Json
from sandbox.server import Sandbox

TOKEN = "700001:AAF-sandbox_test-token"


def picture(width: int = 640, height: int = 480) -> bytes:
    """A real PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x60\x80\xa0" * width for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass
class Library:
    """One of the two libraries: the bot itself, whose methods go by the same names, and what is called differently."""

    name: str
    bot: Any
    types: Any
    bad_request: type[Exception]
    forbidden: type[Exception]
    retry_after: type[Exception]
    conflict: type[Exception]
    unauthorized: type[Exception]

    def buttons(self, *rows: dict[str, str]) -> Any:
        """An inline keyboard; each row maps labels to callback data."""
        return self.types.InlineKeyboardMarkup(
            inline_keyboard=[
                [self.types.InlineKeyboardButton(text=text, callback_data=data) for text, data in row.items()]
                for row in rows
            ]
        )

    def keyboard(self, *labels: str) -> Any:
        return self.types.ReplyKeyboardMarkup(
            keyboard=[[self.types.KeyboardButton(text=label)] for label in labels], resize_keyboard=True
        )

    def file(self, data: bytes, name: str) -> Any:
        if self.name == "aiogram":
            return aiogram_types.BufferedInputFile(data, filename=name)
        return telegram.InputFile(data, filename=name)

    def attached(self, data: bytes, name: str) -> Any:
        """A file inside an InputMedia: telegram has to be told that it goes under a name of its own."""
        if self.name == "aiogram":
            return self.file(data, name)
        return telegram.InputFile(data, filename=name, attach=True)


def aiogram_bot(sandbox: Sandbox, token: str = TOKEN) -> aiogram.Bot:
    return aiogram.Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.url)))


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that has no event of its own."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def close(bot: aiogram.Bot) -> None:
    """aiogram's own close() waits a quarter of a second for TLS connections, of which there are none here."""
    session = bot.session
    assert isinstance(session, AiohttpSession)
    if session._session is not None:
        await session._session.close()


def telegram_bot(sandbox: Sandbox, token: str = TOKEN) -> telegram.Bot:
    """Without certificates, which take a tenth of a second to load and are of no use here."""
    requests = [HTTPXRequest(connection_pool_size=8, httpx_kwargs={"verify": False}) for _ in range(2)]
    return telegram.Bot(
        token,
        base_url=f"{sandbox.url}/bot",
        base_file_url=f"{sandbox.url}/file/bot",
        request=requests[0],
        get_updates_request=requests[1],
    )


@dataclass
class Raw:
    """The Bot API without a library, to see the envelope as it is."""

    http: aiohttp.ClientSession
    url: str

    async def call(self, method: str, token: str = TOKEN, **params: Any) -> Json:
        """The answer's JSON with its HTTP status under "status"."""
        async with self.http.post(f"{self.url}/bot{token}/{method}", json=params) as response:
            return {**await response.json(), "status": response.status}

    async def sim(self, path: str, body: Any = None, method: str | None = None) -> Any:
        """The control API; a body makes it a POST."""
        verb = method or ("GET" if body is None else "POST")
        async with self.http.request(verb, f"{self.url}/sim/{path}", json=body) as response:
            return await response.json()
