"""The Bot API over aiohttp, as a transport of python-telegram-bot.

Two things its own transport (httpx) does not give: a sixth of its CPU, and errors that tell whether a request can
have reached Telegram. Messages of the errors raised here name no address: a Bot API address holds the token.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
import orjson
from telegram.error import BadRequest, NetworkError, TelegramError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.proxy import CONNECT_TIMEOUT_S
from crm_core.kit.db import forbid_open_unit

logging.getLogger("telegram.Bot").setLevel(logging.INFO)  # at DEBUG it writes whole payloads, people's texts included

ANSWER_TIMEOUT_S = 30.0
UPLOAD_TIMEOUT_S = 180.0
KEEP_ALIVE_S = 30.0  # closed by us before a server closes it under a request
DEFAULT_RETRY_AFTER_S = 1
_JSON: Final = {"Content-Type": "application/json"}


class NotSentError(NetworkError):
    """No connection came about: Telegram has seen nothing of this request."""


class UnansweredError(TimedOut):
    """The request went out, at least in part, and no answer came: whether it took effect is not known."""


class ServerError(NetworkError):
    """A 5xx, or an answer that is none of the Bot API's: whether the request took effect is not known."""


class TooFastError(TelegramError):
    """429. In place of python-telegram-bot's `RetryAfter`, whose seconds are about to change their type."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too Many Requests: retry after {seconds}")
        self.seconds = seconds


class TooLargeError(NetworkError):
    """413: the upload is larger than Telegram takes."""


class TokenError(TelegramError):
    """401, or 404 for the token as such. No `InvalidToken`: `do_api_request` turns that into "no such method"."""


class MethodError(BadRequest):
    """404 for the method: this server, or this version of the Bot API, does not know it."""


_BEFORE_SENDING = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)


class Transport(BaseRequest):
    """One aiohttp session for all calls of all bots. Opens by itself on first use; `shutdown` closes it."""

    __slots__ = ("_proxy", "_session", "_timeout", "_upload_timeout")

    def __init__(
        self,
        *,
        proxy: str | None = None,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
    ) -> None:
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None
        self._timeout = aiohttp.ClientTimeout(
            total=connect_timeout_s + answer_timeout_s, connect=connect_timeout_s, sock_read=answer_timeout_s
        )
        self._upload_timeout = aiohttp.ClientTimeout(total=UPLOAD_TIMEOUT_S, connect=connect_timeout_s)

    @property
    def read_timeout(self) -> float | None:
        return self._timeout.sock_read

    async def initialize(self) -> None:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=KEEP_ALIVE_S),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": self.USER_AGENT},
                timeout=self._timeout,
                proxy=self._proxy,
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def call(self, url: str, arguments: Mapping[str, Any]) -> Any:
        """A call without files; gives its result. Raises as `do_request`, and what python-telegram-bot does besides.

        The library's way to here costs as much again as the exchange itself, for what our arguments are already: JSON.
        """
        forbid_open_unit("a call to Telegram")
        body = orjson.dumps({name: value for name, value in arguments.items() if value is not None})
        status, answer, headers = await self._exchange(url, "POST", {"data": body, "headers": _JSON})
        if status == 200:
            return self.parse_json_payload(answer)["result"]
        _raise_for(status, answer, headers)
        return await _Refused(status, answer).post(url)

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - the transport's own timeouts hold
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """One call. Raises the errors of this module where python-telegram-bot's own would say less."""
        forbid_open_unit("a call to Telegram")
        arguments = _body_of(request_data)
        if request_data is not None and request_data.contains_files:
            arguments["timeout"] = self._upload_timeout
        status, body, headers = await self._exchange(url, method, arguments)
        if status != 200:
            _raise_for(status, body, headers)
        return status, body

    async def _exchange(
        self, url: str, method: str, arguments: Mapping[str, Any]
    ) -> tuple[int, bytes, Mapping[str, str]]:
        await self.initialize()
        assert self._session is not None
        try:
            async with self._session.request(method, url, allow_redirects=False, **arguments) as response:
                return response.status, await response.read(), response.headers
        except _BEFORE_SENDING as error:
            raise NotSentError(type(error).__name__) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise UnansweredError(type(error).__name__) from None

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Raises ServerError for what is no Bot API answer; never logs it, it may hold a person's words."""
        answer = _envelope(payload)
        if answer is None:
            raise ServerError("not an answer of the Bot API")
        return answer


class _Refused(BaseRequest):
    """An answer that has come, for python-telegram-bot to say what kind of refusal it is."""

    __slots__ = ("_answer",)

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = (status, body)

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        pass

    async def shutdown(self) -> None:
        pass

    async def do_request(self, *_: Any, **__: Any) -> tuple[int, bytes]:
        return self._answer

    parse_json_payload = staticmethod(Transport.parse_json_payload)


def _body_of(data: RequestData | None) -> dict[str, Any]:
    """How a request carries its parameters: as JSON, or as a form when files go with it."""
    if data is None:
        return {}
    if not data.contains_files:
        return {"data": orjson.dumps(data.parameters), "headers": _JSON}
    form = aiohttp.FormData(quote_fields=False)  # Telegram shows a file name as it comes, percent signs and all
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return {"data": form}


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) and "ok" in answer else None


def _raise_for(status: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Raise what python-telegram-bot would lump together; return for what it tells apart well (400, 403, 409)."""
    if status == 413:
        raise TooLargeError("Request Entity Too Large")
    answer = _envelope(body)
    if answer is None:
        if status == 429:
            raise TooFastError(_seconds(headers.get("Retry-After")))
        raise ServerError(f"HTTP {status}")
    description = str(answer.get("description") or f"HTTP {status}")
    if status == 429:
        given = (answer.get("parameters") or {}).get("retry_after") or headers.get("Retry-After")
        raise TooFastError(_seconds(given))
    if status == 404 and "method not found" in description:
        raise MethodError(description)
    if status in (401, 404):
        raise TokenError(description)
    if status == 501:
        raise MethodError(description)
    if status >= 500:
        raise ServerError(description)


def _seconds(given: Any) -> int:
    try:
        return max(int(given), DEFAULT_RETRY_AFTER_S)
    except (TypeError, ValueError):
        return DEFAULT_RETRY_AFTER_S
