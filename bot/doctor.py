"""`rounds doctor`: looks at everything that Rounds stands on, and says what to do about what is wrong."""

import asyncio
import difflib
import os
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

import aiohttp
import typer
from sqlalchemy import text

from bot import logs, settings
from bot.database import UNREACHABLE, opened, reason, standing
from bot.errors import OperatorError
from bot.files.opened import storage_of
from bot.files.storage import StorageError
from bot.intake import path_of
from bot.proxy import proxy_for
from bot.settings import EXAMPLES, Settings, SettingsError
from crm_core import migrations
from crm_core.bots import service as bots
from crm_core.inbox.deadletters import list_dead
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.org.models import Company

OLDEST_POSTGRES: Final = 15
SKEW_S: Final = 5.0
"""Clocks that differ by more make reminders early or late, and Telegram's dates look like the future."""

_TIMEOUT: Final = aiohttp.ClientTimeout(total=15)
_MOST_DEAD: Final = 100
_SET_CLOCK: Final = "let both machines keep the time by NTP (timedatectl set-ntp true)"
_INIT: Final = "rounds init --company NAME --admin NAME"


class Finding(NamedTuple):
    """One line. `do` says how to mend what is not well."""

    well: bool
    what: str
    do: str = ""

    def __str__(self) -> str:
        return f"{'✓' if self.well else '✗'} {self.what}" + (f"\n  → {self.do}" if self.do else "")


def main() -> int:
    """Print the findings as they come; 1 if anything is not well."""
    logs.configure("error", "console")
    return asyncio.run(_print_all())


async def _print_all() -> int:
    well = True
    async for finding in findings():
        typer.echo(finding)
        well = well and finding.well
    return 0 if well else 1


async def findings() -> AsyncIterator[Finding]:
    for finding in _misspelt():
        yield finding
    try:
        chosen = settings.load(with_bots=True)
    except SettingsError as error:
        for line in error.lines:
            yield Finding(False, line, "set it in the environment or in .env")
        return
    yield Finding(True, f"settings: {len(chosen.bots)} bot(s), {chosen.intake}, {chosen.zone}, {chosen.language}")
    async for finding in _database(chosen):
        yield finding
    if chosen.files or _writable(chosen).well:  # else it is said already
        yield await _files(chosen)
    yield await _health(chosen)
    async with aiohttp.ClientSession(timeout=_TIMEOUT, proxy=proxy_for(chosen.api_url)) as http:
        for bot_id, token in chosen.bots.items():
            async for finding in _bot(chosen, http, bot_id, token):
                yield finding


def _misspelt() -> Iterator[Finding]:
    """Variables that look like one of ours and are none: they would be passed over in silence."""
    for name in sorted(os.environ):
        if name.startswith("ROUNDS_") and name not in EXAMPLES:
            near = difflib.get_close_matches(name, EXAMPLES, 1, 0.85)
            if near:
                yield Finding(False, f"{name} is no setting", f"did you mean {near[0]}?")


async def _database(chosen: Settings) -> AsyncIterator[Finding]:
    if not chosen.database_url:
        writable = _writable(chosen)
        yield writable
        if not writable.well:
            return
    try:
        async with opened(chosen, SystemClock(), migrating=None) as db:
            async for finding in _inside(db, chosen.bots):
                yield finding
    except OperatorError as error:
        for line in error.lines:
            yield Finding(False, line)
    except UNREACHABLE as error:
        yield Finding(False, f"database: {reason(error)}", "look into its log")


def _writable(chosen: Settings) -> Finding:
    where = chosen.data_dir.resolve()
    try:
        where.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=where):
            return Finding(True, f"data directory {where}")
    except OSError as error:
        do = "make it a folder that this user may write, or set ROUNDS_DATA_DIR or DATABASE_URL"
        return Finding(False, f"data directory {where}: {error.strerror}", do)


async def _files(chosen: Settings) -> Finding:
    """Whether what people send can be kept."""
    try:
        storage = storage_of(chosen)
    except OperatorError as error:
        return Finding(False, "files: a bucket is named, but the library for it is missing", error.lines[0])
    try:
        await storage.check()
    except StorageError as error:
        return Finding(False, f"files: {error}", "make it writable and leave room, or set ROUNDS_FILES")
    return Finding(True, f"files: kept in {storage.where}")


async def _health(chosen: Settings) -> Finding:
    """What the process says of itself that serves where the settings say, if one runs."""
    listen = chosen.health_listen
    if listen is None:
        return Finding(True, "health: /healthz and /metrics are off (ROUNDS_HEALTH_LISTEN)")
    host = "127.0.0.1" if listen.host in {"", "0.0.0.0", "::", "[::]"} else listen.host  # noqa: S104 - compared
    url = f"http://{host}:{listen.port}/healthz"
    try:
        async with aiohttp.ClientSession(timeout=_TIMEOUT) as http:
            status, told, _ = await _call(http, url)
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return Finding(True, f"health: nobody answers at {url}: Rounds is not running here")
    if status == 200:
        return Finding(True, f"health: {url} says {told['status']}; /metrics beside it")
    bad = ", ".join(f"{name} {state}" for name, state in told.get("loops", {}).items() if state != "running")
    return Finding(False, f"health: {url} says {told.get('status')} ({bad or 'database'})", "look into the log")


async def _inside(db: Database, running: Collection[int]) -> AsyncIterator[Finding]:
    async with db.engine.connect() as connection:
        before = datetime.now(UTC)
        row = (await connection.execute(text("SELECT current_setting('server_version'), clock_timestamp()"))).one()
        after = datetime.now(UTC)
    version, at = row
    major = int(version.split(".")[0].split(" ")[0])
    old = f"use PostgreSQL {OLDEST_POSTGRES} or newer" if major < OLDEST_POSTGRES else ""
    yield Finding(not old, f"database: PostgreSQL {version}", old)
    yield _skew("database", before, at, after)
    stands, head = await standing(db), migrations.head()
    if not stands.serves:
        mend = "install the newer Rounds" if stands.is_newer else "rounds migrate"
        yield Finding(False, f"migrations: at {stands.revision or 'none'}, this program needs {head}", mend)
        return
    also = f", which serves this program ({head}) too" if stands.is_newer else ""
    yield Finding(True, f"migrations: at {stands.revision}{also}")
    async with db.unit() as session:
        company = await session.get(Company, 1)
        dead = len(await list_dead(session, _MOST_DEAD))
        orphans = await bots.orphans(session, running)
    yield Finding(True, f"company: {company.name}") if company else Finding(False, "company: none yet", _INIT)
    if dead:
        many = f"{dead}" if dead < _MOST_DEAD else f"{dead} or more"
        yield Finding(False, f"dead letters: {many}", "rounds deadletters list, then retry or drop")
    for bot in orphans:
        what = f"bot {bot.id}{f' (@{bot.username})' if bot.username else ''}: {bot.people} who belong to it are cut off"
        yield Finding(False, f"{what}: its token is not here", "put it into ROUNDS_BOT_TOKENS, or see /bots")


def _skew(whose: str, before: datetime, at: datetime, after: datetime) -> Finding:
    """How far a clock that was read between two looks at ours is from ours."""
    skew_s = max((before - at).total_seconds(), (at - after).total_seconds(), 0.0)
    if skew_s > SKEW_S:
        return Finding(False, f"clock: {skew_s:.0f} s apart from the {whose}'s", _SET_CLOCK)
    return Finding(True, f"clock: agrees with the {whose}'s")


async def _bot(chosen: Settings, http: aiohttp.ClientSession, bot_id: int, token: str) -> AsyncIterator[Finding]:
    url = f"{chosen.api_url}/bot{token}"
    try:
        before = datetime.now(UTC)
        status, me, date = await _call(http, f"{url}/getMe")
        after = datetime.now(UTC)
        if status in {401, 404}:
            do = "copy the token from @BotFather once more, or make a new one there (/revoke)"
            yield Finding(False, f"bot {bot_id}: {chosen.api_url} does not know its token", do)
            return
        yield Finding(status == 200, f"bot {bot_id}: {_name(me) if status == 200 else f'getMe gave {status}'}")
        if date:
            yield _skew("Bot API", before, parsedate_to_datetime(date), after)
        status, info, _ = await _call(http, f"{url}/getWebhookInfo")
        if status == 200:
            yield _webhook(chosen, bot_id, info["result"])
    except (aiohttp.ClientError, TimeoutError, ValueError, TypeError, KeyError) as error:
        what = f"bot {bot_id}: {chosen.api_url} cannot be reached ({type(error).__name__})"
        yield Finding(False, what, "mend the network or ROUNDS_API_URL; behind a proxy, set HTTPS_PROXY")


async def _call(http: aiohttp.ClientSession, url: str) -> tuple[int, Any, str | None]:
    async with http.get(url) as answer:
        return answer.status, await answer.json(content_type=None), answer.headers.get("Date")


def _name(me: Any) -> str:
    return f"@{me['result']['username']}"


def _webhook(chosen: Settings, bot_id: int, info: dict[str, Any]) -> Finding:
    url, fault = info.get("url", ""), info.get("last_error_message")
    if chosen.intake == "polling":
        if url:
            do = "`rounds run` takes it away; to keep it, set ROUNDS_INTAKE=webhook"
            return Finding(False, f"intake: polling, but a webhook is set ({url})", do)
        return Finding(True, "intake: polling, no webhook in the way")
    ours = f"{chosen.webhook_url}{path_of(bot_id)}"
    if not url:
        return Finding(True, f"intake: webhook, not set yet; `rounds run` sets {ours}")
    if url != ours:
        return Finding(False, f"intake: the webhook is set to {url}, not {ours}", "`rounds run` sets ours")
    if fault:
        do = f"Telegram must reach {ours}; it listens on ROUNDS_WEBHOOK_LISTEN"
        return Finding(False, f"intake: Telegram's last call of the webhook failed ({fault})", do)
    return Finding(True, f"intake: webhook {ours}")
