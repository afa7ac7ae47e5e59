"""Getting a file from Telegram: getFile, then its bytes. What goes wrong has a meaning; no message names an address,
for that holds the token."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson

from bot.proxy import CONNECT_TIMEOUT_S, proxy_for
from crm_core.attachments.content import EXPIRED, TOO_LARGE, Refused
from crm_core.kit.db import forbid_open_unit

TOTAL_TIMEOUT_S: Final = 180.0  # a claim must last longer
READ_TIMEOUT_S: Final = 30.0
_CHUNK: Final = 1 << 16


class TroubleError(Exception):
    """It did not work this time: the line, a 5xx, bytes that are missing. Tried again."""


class TooFastError(Exception):
    """429. Nothing of this bot is asked for `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"retry after {seconds:.0f}")
        self.seconds = seconds


class TokenRefusedError(Exception):
    """Telegram does not know the token."""


class DoubtfulError(Exception):
    """Telegram says that the file is gone, or that it can't be had at the moment: in the same words."""


_GONE: Final = (
    ("file is too big", TOO_LARGE),
    ("invalid file_id", EXPIRED),
    ("wrong remote file", EXPIRED),
    ("wrong file identifier", EXPIRED),
    ("file_reference_expired", EXPIRED),
    ("file reference", EXPIRED),
)
"""Texts of the public Bot API server in small letters; "temporarily unavailable" goes before them all."""


class Downloads:
    """One bot's way to its files. Opens by itself on first use; `close` closes it."""

    def __init__(self, token: str, api_url: str, most_bytes: int) -> None:
        self._base = api_url.rstrip("/")
        self._token = token
        self._most = most_bytes
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def fetch(self, file_id: str, said_size: int | None = None) -> bytes:
        """A file's bytes. Raises Refused, DoubtfulError, TooFastError, TokenRefusedError, TroubleError.

        One that was said to be too large when it was sent is not even asked for.
        """
        forbid_open_unit("a download from Telegram")
        if (said_size or 0) > self._most:
            raise Refused(TOO_LARGE)
        try:
            async with asyncio.timeout(TOTAL_TIMEOUT_S):
                found = await self._get_file(file_id)
                if int(found.get("file_size") or 0) > self._most:
                    raise Refused(TOO_LARGE)
                return await self._bytes(str(found.get("file_path") or ""), found.get("file_size"))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise TroubleError(type(error).__name__) from None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(connect=CONNECT_TIMEOUT_S, sock_read=READ_TIMEOUT_S),
                proxy=proxy_for(self._base),
            )
        return self._session

    async def _get_file(self, file_id: str) -> Mapping[str, Any]:
        url = f"{self._base}/bot{self._token}/getFile"
        async with self._http().post(url, json={"file_id": file_id}, allow_redirects=False) as response:
            answer = _answer(await response.read())
            status = response.status
            after = response.headers.get("Retry-After")
        if status == 200 and isinstance(answer.get("result"), dict):
            return answer["result"]
        _refuse(status, answer, after)
        raise TroubleError(f"HTTP {status} to getFile")

    async def _bytes(self, path: str, size: Any) -> bytes:
        if not path or path.startswith("/") or ".." in path.split("/"):
            raise TroubleError("a path that is none: is the Bot API server in local mode?")
        url = f"{self._base}/file/bot{self._token}/{quote(path)}"
        async with self._http().get(url, allow_redirects=False) as response:
            if response.status == 404:
                raise DoubtfulError("404 for its bytes")
            if response.status == 429:
                raise TooFastError(_seconds(response.headers.get("Retry-After")))
            if response.status != 200:
                raise TroubleError(f"HTTP {response.status} for its bytes")
            content = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                content += chunk
                if len(content) > self._most:
                    raise Refused(TOO_LARGE)
        if isinstance(size, int) and size != len(content):
            raise TroubleError(f"{len(content)} of {size} bytes came")
        return bytes(content)


def _answer(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _refuse(status: int, answer: Mapping[str, Any], retry_after: str | None) -> None:
    """Raise what a refusal means; return for what has no meaning of its own."""
    if status == 429:
        raise TooFastError(_seconds((answer.get("parameters") or {}).get("retry_after") or retry_after))
    if status in (401, 404) and answer:
        raise TokenRefusedError
    if status != 400:
        return
    said = str(answer.get("description") or "").lower()
    if "temporarily unavailable" in said:
        raise DoubtfulError("temporarily unavailable, or gone")
    reason = next((reason for part, reason in _GONE if part in said), None)
    if reason is not None:
        raise Refused(reason)


def _seconds(given: Any) -> float:
    try:
        return max(float(given), 1.0)
    except (TypeError, ValueError):
        return 1.0
