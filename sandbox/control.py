"""The control API under /sim: how tests, the demo and the page play people and turn the clock. JSON, loopback only."""

from __future__ import annotations

import asyncio
import ipaddress
import json
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from sandbox import people
from sandbox.errors import ApiError, Json
from sandbox.faults import fault_from
from sandbox.files import Upload
from sandbox.people import PersonError
from sandbox.state import Bot, World
from sandbox.updates import to_json

KEEP_ALIVE_S = 15.0
MAX_WAIT_S = 60.0
USER_FIELDS = ("first_name", "last_name", "username", "language_code", "is_premium", "note")

Handler = Callable[["Control", web.Request], Awaitable[web.StreamResponse]]


def guarded(handler: Handler) -> Handler:
    """Let in only this machine, and no foreign web page; turn mistakes into 400 with an "error" that explains."""

    @wraps(handler)
    async def guard(self: Control, request: web.Request) -> web.StreamResponse:
        refusal = _refusal(request, remote_allowed=self.world.options.remote_control)
        if refusal:
            return _reply({"error": refusal}, 403)
        try:
            return await handler(self, request)
        except KeyError as missing:
            return _reply({"error": f"{missing.args[0]} is required"}, 400)
        except ApiError as error:
            return _reply({"error": error.description}, error.code)
        except (ValueError, TypeError) as error:
            return _reply({"error": str(error)}, 400)

    return guard


def _refusal(request: web.Request, *, remote_allowed: bool) -> str | None:
    origin = request.headers.get("Origin")
    if origin and origin != "null" and urlsplit(origin).netloc != request.host:
        return "the control API is not for other sites"
    peer = request.remote
    if remote_allowed or not peer:
        return None
    address = ipaddress.ip_address(peer.partition("%")[0])
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return None if (mapped or address).is_loopback else "the control API is for this machine only"


def _reply(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=to_json(body).encode(), status=status, content_type="application/json")


class Control:
    """The handlers. Their contract is the sandbox's public face; change it with care."""

    def __init__(self, world: World) -> None:
        self.world = world

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sim/bots", self.add_bot),
            web.get("/sim/bots", self.bots),
            web.post("/sim/users", self.add_user),
            web.get("/sim/users", self.users),
            web.get("/sim/clock", self.clock),
            web.post("/sim/clock", self.set_clock),
            web.get("/sim/events", self.events),
            web.get("/sim/files/{token}/{file_id}", self.file),
            web.post("/sim/{token}/messages", self.send),
            web.post("/sim/{token}/edits", self.edit),
            web.post("/sim/{token}/taps", self.tap),
            web.post("/sim/{token}/updates", self.inject),
            web.get("/sim/{token}/chats/{user_id}/messages", self.messages),
            web.post("/sim/{token}/block", self.block),
            web.post("/sim/{token}/unblock", self.unblock),
            web.post("/sim/{token}/files/expire", self.expire_file),
            web.post("/sim/{token}/faults", self.add_fault),
            web.delete("/sim/{token}/faults", self.clear_faults),
            web.get("/sim/{token}/log", self.log),
        ]

    def _bot(self, request: web.Request) -> Bot:
        bot = self.world.bots.get(request.match_info["token"])
        if bot is None:
            raise ApiError(404, "there is no such bot; register its token with POST /sim/bots")
        return bot

    @guarded
    async def add_bot(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        bot = self.world.add_bot(str(given["token"]), given.get("username"), given.get("first_name"))
        return _reply({**bot.body, "token": bot.token})

    @guarded
    async def bots(self, _: web.Request) -> web.StreamResponse:
        return _reply([{**bot.body, "token": bot.token} for bot in self.world.bots.values()])

    @guarded
    async def add_user(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        user_id = int(given["id"]) if given.get("id") is not None else None
        if user_id not in self.world.users and not given.get("first_name"):
            raise PersonError("first_name is required")
        details = {name: given[name] for name in USER_FIELDS if given.get(name)}
        return _reply(self.world.add_user(details, user_id).card)

    @guarded
    async def users(self, _: web.Request) -> web.StreamResponse:
        return _reply([user.card for user in self.world.users.values()])

    @guarded
    async def clock(self, _: web.Request) -> web.StreamResponse:
        return _reply(self.world.clock.reading())

    @guarded
    async def set_clock(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        if given.get("set") is not None:
            self.world.clock.set(given["set"])
        if given.get("advance_s") is not None:
            self.world.clock.advance(float(given["advance_s"]))
        reading = self.world.clock.reading()
        self.world.events.publish("clock", reading)
        return _reply(reading)

    @guarded
    async def send(self, request: web.Request) -> web.StreamResponse:
        given, uploads = await _body_and_files(request)
        sent = people.send(self._bot(request), int(given["user_id"]), given, uploads)
        shown = [{**message.body, "seq": message.seq} for message in sent]
        return _reply(shown if len(shown) > 1 else shown[0])

    @guarded
    async def edit(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        message = people.edit(
            self._bot(request),
            int(given["user_id"]),
            int(given["message_id"]),
            str(given["text"]),
            given.get("chat_id"),
        )
        return _reply({**message.body, "seq": message.seq})

    @guarded
    async def tap(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        if given.get("button") is None and given.get("data") is None:
            raise PersonError("give the button's label, or data to forge")
        return _reply(
            await people.tap(
                self._bot(request),
                int(given["user_id"]),
                int(given["message_id"]),
                button=given.get("button"),
                data=given.get("data"),
                wait_s=min(MAX_WAIT_S, float(given.get("wait_s", 5.0))),
                chat_id=given.get("chat_id"),
            )
        )

    @guarded
    async def inject(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        raw = given["update"] if isinstance(given.get("update"), dict) else given
        return _reply({"update_id": people.inject(self._bot(request), raw)})

    @guarded
    async def messages(self, request: web.Request) -> web.StreamResponse:
        bot = self._bot(request)
        user = people.person(bot, int(request.match_info["user_id"]))
        after = int(request.query["after"]) if request.query.get("after") else None
        chat_id = int(request.query["chat_id"]) if request.query.get("chat_id") else None
        wait_s = min(MAX_WAIT_S, float(request.query.get("wait_s") or 0))
        if wait_s > 0:
            chat = bot.chats.get(chat_id or user.id) or bot.private_chat(user)
            await chat.wait_for_change(after or 0, wait_s)
        return _reply(people.view(bot, user.id, after, chat_id))

    @guarded
    async def block(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        return _reply(people.set_blocked(self._bot(request), int(given["user_id"]), blocked=True))

    @guarded
    async def unblock(self, request: web.Request) -> web.StreamResponse:
        given = await _body(request)
        return _reply(people.set_blocked(self._bot(request), int(given["user_id"]), blocked=False))

    @guarded
    async def add_fault(self, request: web.Request) -> web.StreamResponse:
        fault = fault_from(await _body(request))
        self._bot(request).faults.add(fault)
        return _reply({"kind": fault.kind, "times": fault.times})

    @guarded
    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        self._bot(request).faults.clear()
        return _reply({})

    @guarded
    async def log(self, request: web.Request) -> web.StreamResponse:
        return _reply(self._bot(request).journal.after(int(request.query.get("after") or 0)))

    @guarded
    async def file(self, request: web.Request) -> web.StreamResponse:
        """Show a file in the page. The headers keep an uploaded page from running as one of ours."""
        file = self._bot(request).files.get(request.match_info["file_id"])
        if file is None:
            raise ApiError(404, "there is no such file")
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=file.data, content_type=file.mime, headers=headers)

    @guarded
    async def expire_file(self, request: web.Request) -> web.StreamResponse:
        file_id = str((await _body(request))["file_id"])
        self._bot(request).files.expire(file_id)
        return _reply({"file_id": file_id})

    @guarded
    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        reader = self.world.events.join()
        try:
            await response.write(b": hello\n\n")
            while True:
                try:
                    line = await asyncio.wait_for(reader.get(), KEEP_ALIVE_S)
                except TimeoutError:
                    line = b": still here\n\n"
                if line is None:
                    break
                await response.write(line)
        except ConnectionError:
            return response
        finally:
            self.world.events.leave(reader)
        return response


async def _body(request: web.Request) -> Json:
    return (await _body_and_files(request))[0]


async def _body_and_files(request: web.Request) -> tuple[Json, dict[str, list[Upload]]]:
    """A JSON object, or multipart with files; fields of the latter that look like JSON objects are read as such."""
    if request.content_type != "multipart/form-data":
        raw = await request.read()
        body = json.loads(raw) if raw else {}
        if not isinstance(body, dict):
            raise PersonError("send a JSON object")
        return body, {}
    form = await request.post()
    given: Json = {}
    uploads: dict[str, list[Upload]] = {}
    for name, value in form.items():
        if isinstance(value, web.FileField):
            uploads.setdefault(name, []).append(Upload(value.filename, value.content_type, value.file.read()))
        elif isinstance(value, str):
            given[name] = json.loads(value) if value.startswith("{") and name != "caption" else value
    return given, uploads
