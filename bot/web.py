"""What listens: the webhook's route, the health endpoint and calendar feeds, on one address or several."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web
from sqlalchemy import text

from bot.database import UNREACHABLE
from bot.errors import OperatorError
from bot.intake.webhook import BODY_LIMIT
from bot.metrics import Scrapes
from bot.settings import Listen
from bot.supervision import Nursery
from crm_core.kit.db import Database
from crm_core.plans.feed import read_feed

_DATABASE_S: Final = 3.0


@asynccontextmanager
async def serving(routes: Mapping[Listen, Iterable[web.RouteDef]]) -> AsyncIterator[None]:
    """Serve while the block runs. Raises OperatorError when an address cannot be listened on."""
    runners: list[web.AppRunner] = []
    try:
        for listen, here in routes.items():
            app = web.Application(client_max_size=BODY_LIMIT)
            app.add_routes(here)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
            runners.append(runner)
            await runner.setup()
            try:
                await web.TCPSite(runner, listen.host, listen.port).start()
            except OSError as error:
                where = f"{listen.host}:{listen.port}"
                raise OperatorError(f"Cannot listen on {where} ({error.strerror}): choose another port.") from error
        yield
    finally:
        for runner in runners:
            await runner.cleanup()


def health(db: Database, nursery: Nursery, stop: asyncio.Event) -> list[web.RouteDef]:
    """`GET /healthz` (and `/health`): 200 while the database answers and the loops are alive, else 503; which is not.

    `GET /metrics` beside it.
    """

    async def answer(_: web.Request) -> web.Response:
        database = await _answers(db)
        well = database and nursery.healthy and not stop.is_set()
        loops = {loop.name: loop.state.value for loop in nursery.loops}
        status = "stopping" if stop.is_set() else "ok" if well else "failing"
        return web.json_response({"status": status, "database": database, "loops": loops}, status=200 if well else 503)

    return [web.get("/healthz", answer), web.get("/health", answer), Scrapes(db, nursery).route()]


def calendar(db: Database) -> web.RouteDef:
    """`GET /calendar/SECRET.ics`: somebody's schedule (BY27), read only; 404 for a secret that opens nothing."""

    async def answer(request: web.Request) -> web.Response:
        async with db.unit() as session:
            told = await read_feed(session, request.match_info["token"])
        if told is None:
            return web.Response(status=404)
        given = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
        return web.Response(text=told, content_type="text/calendar", charset="utf-8", headers=given)

    return web.get("/calendar/{token:[A-Za-z0-9_-]+}.ics", answer)


async def _answers(db: Database) -> bool:
    try:
        async with asyncio.timeout(_DATABASE_S), db.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except UNREACHABLE:
        return False
    return True
