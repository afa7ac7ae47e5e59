"""HTTP to calls and back: every way in which Telegram takes parameters, and the envelope around its answers."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from sandbox import validation
from sandbox.errors import ApiError, Json, bad_request
from sandbox.faults import DOWNLOAD, Fault
from sandbox.files import Upload
from sandbox.methods import METHODS, Call
from sandbox.methods.call import RawJson
from sandbox.state import Bot, World
from sandbox.updates import always, to_json

MAX_REQUEST_BYTES = 50 * 1024 * 1024
JSON_FIELDS = {
    "reply_markup": "Can't parse reply keyboard markup JSON object",
    "media": "Can't parse media JSON object",
    "reply_parameters": "Can't parse reply parameters JSON object",
    "link_preview_options": "Can't parse link preview options JSON object",
    "commands": "Can't parse commands JSON object",
    "scope": "Can't parse BotCommandScope JSON object",
    "menu_button": "Can't parse menu button JSON object",
    "message_ids": "Can't parse message_ids JSON object",
    "entities": "",
    "caption_entities": "",
    "allowed_updates": "",
}
"""Parameters that hold JSON, with the refusal of what can't be parsed; where there is none it counts as not given."""
NUMBERS = frozenset(
    {"chat_id", "message_id", "user_id", "message_thread_id", "reply_to_message_id", "direct_messages_topic_id"}
    | {"offset", "limit", "timeout", "max_connections", "cache_time", "duration", "width", "height"}
    | {"latitude", "longitude", "horizontal_accuracy", "live_period", "heading", "proximity_alert_radius"}
)
FLAGS = frozenset(
    {"disable_notification", "protect_content", "allow_paid_broadcast", "allow_sending_without_reply"}
    | {"disable_web_page_preview", "has_spoiler", "show_caption_above_media", "disable_content_type_detection"}
    | {"show_alert", "drop_pending_updates"}
)
TRUE = frozenset({"true", "yes", "1"})
NOT_AS_ANSWER = frozenset({"deletewebhook", "setwebhook", "close", "logout"})


def public_name(method: str) -> str:
    """A served method as the documentation writes it: "sendmessage" is sendMessage."""
    words = METHODS[method].__name__.split("_")
    return words[0] + "".join(word.capitalize() for word in words[1:])


PUBLIC_NAMES = {method: public_name(method) for method in METHODS}


class BotApi:
    """Handles `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._stopping = asyncio.Event()
        world.follow_answer = self.follow_answer

    def stop(self) -> None:
        """Let go of calls that hang on purpose."""
        self._stopping.set()

    async def call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"].lower()
        try:
            bot = self.world.bot(request.match_info["token"])
            params, files = await _read_request(request)
        except ApiError as error:
            return _respond(error)
        entry = bot.journal.begin(PUBLIC_NAMES.get(method, request.match_info["method"]), params)
        fault: Fault | None = None
        try:
            decode(params)
            if files:
                entry["params"] = {**params, **{name: file.described() for name, file in files.items()}}
            if bot.faults:
                fault = bot.faults.take(method, params.get("chat_id"))
                if fault is not None and fault.kind not in ("drop_after_accept", "late"):
                    return await self._suffer(request, fault, entry)
            result = await self.perform(bot, method, params, files, lambda: _is_heard(request))
        except ApiError as error:
            entry |= {"ok": False, "status": error.code, "description": error.description}
            return _respond(error) if fault is None or fault.kind == "late" else _hang_up(request)
        entry["ok"], entry["status"] = True, 200
        _note_result(entry, result)
        if fault is not None:
            entry["fault"] = fault.kind
            if fault.kind != "late":
                return _hang_up(request)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), fault.seconds)
        return _respond_ok(result)

    async def perform(
        self, bot: Bot, method: str, params: Json, files: dict[str, Upload], heard: Callable[[], bool] = always
    ) -> Any:
        """Carry out a decoded call. Raises ApiError."""
        function = METHODS.get(method)
        if function is None:
            raise _not_served(method)
        if self.world.options.validate:
            if not validation.are_loaded():
                await asyncio.to_thread(validation.models)
            validation.check(method, params, files)
        result = function(Call(bot, params, files, heard))
        return await result if inspect.isawaitable(result) else result

    async def _suffer(self, request: web.Request, fault: Fault, entry: Json) -> web.Response:
        entry |= {"ok": False, "fault": fault.kind}
        if fault.kind == "status":
            error = fault.error()
            entry |= {"status": error.code, "description": error.description}
            return _respond(error)
        if fault.kind == "garbage":
            return web.Response(body=b'{"ok":true,"result":[{"update_id":', content_type="application/json")
        if fault.kind == "timeout":
            try:
                await asyncio.wait_for(self._stopping.wait(), fault.seconds)
            except TimeoutError:
                return _hang_up(request)
        return _hang_up(request)

    async def follow_answer(self, bot: Bot, response: aiohttp.ClientResponse) -> None:
        """Carry out the method call in a webhook's answer, if there is one; nobody is told what comes of it."""
        try:
            params, files = await _read_body(response, response.headers.get("Content-Type", ""))
            method = str(params.pop("method", "")).lower()
            if not method or method in NOT_AS_ANSWER or method.startswith("get"):
                return
            entry = bot.journal.begin(PUBLIC_NAMES.get(method, method), params)
            entry["via"] = "webhook"
            decode(params)
            result = await self.perform(bot, method, params, files)
            entry["ok"], entry["status"] = True, 200
            _note_result(entry, result)
        except (ApiError, ValueError, aiohttp.ClientError):
            return

    async def download(self, request: web.Request) -> web.StreamResponse:
        try:
            bot = self.world.bot(request.match_info["token"])
        except ApiError as error:
            return _respond(error)
        fault = bot.faults.take(DOWNLOAD, None) if bot.faults else None
        file = bot.files.at_path(request.match_info["path"])
        if file is None:
            return _respond(ApiError(404, "Not Found"))
        if fault is None:
            return web.Response(body=file.data, content_type="application/octet-stream")
        if fault.kind in ("cut", "slow"):
            return await self._trickle(request, fault, file.data)
        return await self._suffer(request, fault, {})

    async def _trickle(self, request: web.Request, fault: Fault, data: bytes) -> web.StreamResponse:
        """Half of a file and then nothing, or all of it in a hundred pieces over the fault's seconds."""
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        response.content_length = len(data)
        await response.prepare(request)
        if fault.kind == "cut":
            await response.write(data[: len(data) // 2])
            return _hang_up(request)
        piece = max(1, len(data) // 100)
        for at in range(0, len(data), piece):
            await response.write(data[at : at + piece])
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), fault.seconds / 100)
                break
        return response


def _is_heard(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _not_served(method: str) -> ApiError:
    """A gap in the sandbox is told apart from a method that Telegram does not know either."""
    model = validation.models().get(method)
    if model is None:
        return ApiError(404, "Not Found: method not found")
    return ApiError(501, f"Not Implemented: the sandbox does not serve {model.__api_method__}")


async def _read_request(request: web.Request) -> tuple[Json, dict[str, Upload]]:
    """Parameters from the address and the body together. Raises ApiError."""
    params: Json = dict(parse_qsl(request.query_string, keep_blank_values=True)) if request.query_string else {}
    if not request.body_exists:
        return params, {}
    try:
        body, files = await _read_body(request, request.headers.get("Content-Type", ""))
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None
    except UnicodeDecodeError:
        raise bad_request("Strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    return (params | body if params else body), files


async def _read_body(source: Any, content_type: str) -> tuple[Json, dict[str, Upload]]:
    """Form, JSON or multipart, of a request or of a response. Raises ValueError."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_multipart(source)
    raw = await source.read()
    if kind == "application/json":
        body = json.loads(raw) if raw.strip() else {}
        if not isinstance(body, dict):
            raise ValueError("an object was expected")
        return body, {}
    if kind in ("application/x-www-form-urlencoded", "") and raw:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True)), {}
    return {}, {}


async def _read_multipart(source: Any) -> tuple[Json, dict[str, Upload]]:
    params: Json = {}
    files: dict[str, Upload] = {}
    reader = aiohttp.MultipartReader(source.headers, source.content)
    left = MAX_REQUEST_BYTES
    while (part := await reader.next()) is not None:
        if not isinstance(part, aiohttp.BodyPartReader) or not part.name:
            continue
        data = bytearray()
        while chunk := await part.read_chunk(1 << 16):
            left -= len(chunk)
            if left < 0:
                raise web.HTTPRequestEntityTooLarge(max_size=MAX_REQUEST_BYTES, actual_size=MAX_REQUEST_BYTES - left)
            data += chunk
        if part.filename is None:
            params[part.name] = data.decode()
        else:
            mime = part.headers.get("Content-Type", "").partition(";")[0].strip()
            files[part.name] = Upload(part.filename, mime if "/" in mime else "", bytes(data))
    return params, files


def decode(params: Json) -> None:
    """Turn strings into what they stand for, in place. Raises ApiError.

    Empty ones go: to Telegram they are absent. What is no text where text belongs becomes its JSON, as with Telegram.
    """
    for name, value in tuple(params.items()):
        if value is None or value == "":
            del params[name]
        elif name in JSON_FIELDS:
            if isinstance(value, str):
                _decode_json(params, name, value)
        elif name in FLAGS:
            params[name] = value is True or str(value).lower() in TRUE
        elif isinstance(value, str):
            if name in NUMBERS:
                params[name] = _number(value)
        elif name not in NUMBERS or isinstance(value, bool) or not _is_number(value):
            params[name] = to_json(value)


def _decode_json(params: Json, name: str, value: str) -> None:
    try:
        params[name] = json.loads(value)
    except ValueError:
        if JSON_FIELDS[name]:
            raise bad_request(JSON_FIELDS[name]) from None
        del params[name]


def _number(value: str) -> int | float | str:
    """A number if it is one; other text is left for the model to refuse, and an @name is a name."""
    try:
        return int(value)
    except ValueError:
        pass
    try:
        number = float(value)
    except ValueError:
        return value
    return number if math.isfinite(number) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _note_result(entry: Json, result: Any) -> None:
    if isinstance(result, dict) and "message_id" in result:
        entry["message_id"] = result["message_id"]
    elif isinstance(result, list) and result and "message_id" in result[0]:
        entry["message_id"] = result[0]["message_id"]
        entry["message_ids"] = [message["message_id"] for message in result]


def _respond_ok(result: Any) -> web.Response:
    text = result if isinstance(result, RawJson) else to_json(result)
    return web.Response(body=f'{{"ok":true,"result":{text}}}'.encode(), content_type="application/json")


def _respond(error: ApiError) -> web.Response:
    retry_after = error.parameters.get("retry_after")
    headers = {"Retry-After": str(retry_after)} if retry_after else None
    return web.Response(
        body=to_json(error.envelope()).encode(),
        status=error.code,
        reason=None if error.code != 413 else "Request Entity Too Large",
        headers=headers,
        content_type="application/json",
    )


def not_found(_: web.Request) -> web.Response:
    return _respond(ApiError(404, "Not Found"))


def _hang_up(request: web.Request) -> web.Response:
    """Close the connection; the response is made only because a handler has to return one."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
