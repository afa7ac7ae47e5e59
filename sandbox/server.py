"""The sandbox as a whole: one web application with the Bot API, the control API and the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox import people, validation, webhooks
from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.errors import Json
from sandbox.faults import fault_from
from sandbox.files import Upload
from sandbox.state import Options, World
from sandbox.transport import MAX_REQUEST_BYTES, BotApi, not_found

STATIC = Path(__file__).parent / "static"
SHUTDOWN_S = 1.0


class Sandbox:
    """A Telegram of one's own. Everything that the control API can do is also a method here, for tests in-process.

    `tokens` are registered at once; the keyword options are those of `Options`.
    """

    def __init__(self, tokens: Iterable[str] = (), **options: Any) -> None:
        self.world = World(Options(**options))
        self.host = ""
        self.port = 0
        self._api = BotApi(self.world)
        self._control = Control(self.world)
        self._loading: asyncio.Future[Any] | None = None
        for token in tokens:
            self.world.add_bot(token)

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def clock(self) -> Clock:
        return self.world.clock

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._api.call)
        app.router.add_get("/file/bot{token}/{path:.+}", self._api.download)
        app.add_routes(self._control.routes())
        app.router.add_get("/", _page)
        if STATIC.is_dir():
            app.router.add_static("/static", STATIC)
        app.router.add_route("*", "/{rest:.*}", _not_found)
        app.on_startup.append(self._start_up)
        app.on_shutdown.append(self._shutdown)
        return app

    async def _start_up(self, _: web.Application) -> None:
        """aiogram takes seconds to import: begin now, beside the loop, so that the first calls wait little."""
        if self.world.options.validate:
            self._loading = asyncio.get_running_loop().run_in_executor(None, validation.models)

    async def ready(self) -> None:
        """Return when no call has to wait for an import any more."""
        if self._loading is not None:
            await self._loading

    async def _shutdown(self, _: web.Application) -> None:
        """Let go of everyone who waits: polls, webhooks, readers of events, calls that hang on purpose."""
        self._api.stop()
        self.world.events.close()
        for bot in self.world.bots.values():
            await webhooks.remove(bot)
            bot.updates.close()
            for chat in bot.chats.values():
                chat.close()

    def add_bot(self, token: str, username: str | None = None, first_name: str | None = None) -> Json:
        return self.world.add_bot(token, username, first_name).body

    def add_user(self, first_name: str, user_id: int | None = None, **details: str) -> Json:
        return self.world.add_user({"first_name": first_name, **details}, user_id).body

    def start(self, token: str, user_id: int) -> None:
        """The person pressed Start long ago, which nobody remembers: the bot may write to them."""
        bot = self.world.bot(token)
        bot.private_chat(people.person(bot, user_id)).started = True

    def say(self, token: str, user_id: int, text: str, **given: Any) -> Json:
        """A person writes to the bot. `given` as in POST /sim/{token}/messages."""
        return self.send(token, user_id, text=text, **given)[0]

    def send(
        self, token: str, user_id: int, uploads: dict[str, list[Upload]] | None = None, **given: Any
    ) -> list[Json]:
        """A person sends anything; several uploads make an album."""
        return [message.body for message in people.send(self.world.bot(token), user_id, given, uploads)]

    def edit(self, token: str, user_id: int, message_id: int, text: str) -> Json:
        return people.edit(self.world.bot(token), user_id, message_id, text).body

    async def tap(
        self,
        token: str,
        user_id: int,
        message_id: int,
        button: str | None = None,
        *,
        data: str | None = None,
        wait_s: float = 5.0,
    ) -> Json:
        return await people.tap(self.world.bot(token), user_id, message_id, button=button, data=data, wait_s=wait_s)

    def view(self, token: str, user_id: int, after: int | None = None) -> Json:
        return people.view(self.world.bot(token), user_id, after)

    def messages(self, token: str, user_id: int) -> list[Json]:
        """What the person sees of the chat now."""
        return self.view(token, user_id)["messages"]

    def block(self, token: str, user_id: int) -> None:
        people.set_blocked(self.world.bot(token), user_id, blocked=True)

    def unblock(self, token: str, user_id: int) -> None:
        people.set_blocked(self.world.bot(token), user_id, blocked=False)

    def inject(self, token: str, update: Json) -> int:
        return people.inject(self.world.bot(token), update)

    def fault(self, token: str, kind: str, **details: Any) -> None:
        """Order a fault; `details` as in POST /sim/{token}/faults."""
        self.world.bot(token).faults.add(fault_from({"kind": kind, **details}))

    def expire_file(self, token: str, file_id: str) -> None:
        """Telegram has this file no more."""
        self.world.bot(token).files.expire(file_id)

    def clear_faults(self, token: str) -> None:
        self.world.bot(token).faults.clear()

    def log(self, token: str, after: int = 0) -> list[Json]:
        return self.world.bot(token).journal.after(after)


async def _page(_: web.Request) -> web.StreamResponse:
    page = STATIC / "index.html"
    if not page.is_file():
        return web.Response(text="The sandbox runs. Its page is not installed.")
    return web.FileResponse(page, headers={"Cache-Control": "no-cache"})


async def _not_found(request: web.Request) -> web.StreamResponse:
    return not_found(request)


@asynccontextmanager
async def run_sandbox(
    host: str = "127.0.0.1", port: int = 0, tokens: Iterable[str] = (), **options: Any
) -> AsyncIterator[Sandbox]:
    """A sandbox that listens, until the block ends. Port 0 takes a free one; `.url` tells which."""
    sandbox = Sandbox(tokens, **options)
    runner = web.AppRunner(sandbox.app(), access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        await site.start()
        sandbox.host = host
        sandbox.port = runner.addresses[0][1]
        yield sandbox
    finally:
        await runner.cleanup()
