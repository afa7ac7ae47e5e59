"""People at work while something breaks, and what must be true afterwards.

The whole program runs in this process, over a sandbox; the fault comes from outside, by way of the server, the line or
the Bot API. Whoever plays does one thing after the other, waits for what the phone shows, and never repeats anything.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import text

from bot import app
from bot.roles import Role
from bot.settings import Settings
from crm_core.kit.clock import Clock
from crm_core.kit.db import Database
from sandbox.server import Sandbox, run_sandbox
from tests.bot.test_chaos import BOT, TOKEN, Player, recruited
from tests.support.crowd import Crew, at_rest, until

LONG: Final = bool(os.environ.get("ROUNDS_CHAOS_LONG"))
"""Whether there is time: `make chaos` takes its own, the suite has seconds."""

WORKED_OFF_S: Final = 60.0

Fault = Callable[[], Awaitable[None]]


@dataclass
class Scene:
    """People, their phones, and a way to the database that no fault touches (but the server's own)."""

    db: Database
    sandbox: Sandbox
    players: list[Player]
    watcher: Player
    told: list[Any]  # what the program logged
    dead: int = 0  # so many updates are to be put aside
    wound: bool = False  # the clock was set, and what it said tells nothing of an order
    back_s: float = 0.0
    sent_within_s: float = WORKED_OFF_S  # once nobody writes any more
    doubled: Counter[int] = field(default_factory=Counter)

    async def endure(self, fault: Fault, *, back_s: float, before_s: float = 2.0 if LONG else 0.3) -> None:
        """All are at work, the fault comes and goes. It must be answered again within `back_s`, and all be well."""
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            for player in self.players:
                tasks.create_task(player.live(enough))
            await until(self._all_have_begun, "everybody at work")
            await asyncio.sleep(before_s)
            try:
                await fault()
                self.watcher.patience_s = back_s
                self.back_s = await self.watcher.last_word()
            finally:
                enough.set()
        await self.db.engine.dispose()  # our connections may be of a server that was
        for player in self.players:
            await player.last_word()
        await self.at_rest()
        await self.verify()

    async def _all_have_begun(self) -> bool:
        return all(player.shown() for player in self.players)

    async def at_rest(self) -> None:
        await at_rest(self.db, WORKED_OFF_S)

        async def nothing_open() -> bool:
            return not await self.count("outbox WHERE state IN ('pending', 'sending')")

        await until(nothing_open, "the outbox sent", self.sent_within_s)

    async def count(self, what: str) -> int:
        async with self.db.engine.connect() as connection:
            return await connection.scalar(text(f"SELECT count(*) FROM {what}")) or 0

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.db.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def verify(self) -> None:
        """No update lost, effects once, in order in each chat, every message there and twice only where unsure."""
        accepted = {summary for player in (*self.players, self.watcher) for summary in player.accepted}
        visits = Counter(summary for (summary,) in await self.rows("SELECT summary FROM visit"))
        assert {summary: count for summary, count in visits.items() if count > 1} == {}, "logged twice"
        assert visits.keys() == accepted, "lost, or logged though nobody saved it"
        made = "SELECT subject_id FROM audit WHERE subject_type = 'visit' AND verb = 'create'"
        assert len(await self.rows(made)) == len(visits), "audited more or less than once"
        ill = await self.rows("SELECT id, state, error FROM inbox WHERE state <> 'done'")
        assert [state for _, state, _ in ill] == ["dead"] * self.dead, ill
        assert await self.rows("SELECT id, method, error FROM outbox WHERE state = 'dead'") == []
        assert self.wound or await self.rows(_OVERTAKEN) == [], "updates of a chat that overtook each other"
        for chat_id, doubled in (await self._doubled()).items():
            assert doubled <= self.doubled[chat_id], f"{chat_id} got {doubled} messages twice"
        for player in self.players:
            said = [message.get("text", "") for message in player.shown()]
            assert any(f"查无此人{player.user_id}终" in text for text in said), (
                f"{player.member.name} had no answer to the last line"
            )

    async def _doubled(self) -> Counter[int]:
        """By chat: messages beyond those that were to be sent. One that was tried n times may be there n times."""
        said = "SELECT chat_id, count(*), sum(attempts - 1) FROM outbox WHERE state = 'sent' AND method LIKE 'send%'"
        sent = {chat: (meant, again) for chat, meant, again in await self.rows(f"{said} GROUP BY 1")}
        doubled: Counter[int] = Counter()
        for player in (*self.players, self.watcher):
            meant, again = sent.get(player.user_id, (0, 0))
            doubled[player.user_id] = len(player.shown()) - meant
            assert doubled[player.user_id] >= 0, f"{player.member.name} misses a message"
            self.doubled[player.user_id] = int(again)
        return +doubled

    def logged(self, event: str) -> int:
        return sum(line["event"] == event for line in self.told)

    def crashes(self) -> list[str]:
        """Loops that fell over what they should know: a database that is away is told without a traceback."""
        return [f"{line['loop']}: {line['exc_info']!r}" for line in self.told if line["event"] == "loop.crashed"]


_OVERTAKEN: Final = (
    "SELECT id FROM (SELECT id, ended_at, lag(ended_at) OVER (PARTITION BY chat_id ORDER BY id) AS before"
    " FROM inbox) ordered WHERE ended_at < before"
)


def made(url: str, api_url: str, **more: Any) -> Settings:
    given: dict[str, Any] = {"bot_tokens": TOKEN, "api_url": api_url, "database_url": url, **more}
    return Settings(_env_file=None, **given)  # pyright: ignore[reportCallIssue]


@asynccontextmanager
async def serving(settings: Settings, clock: Clock | None = None, *, tick_s: float = 1.0) -> AsyncIterator[None]:
    """The whole program, all roles, until the block ends; it has to end in order."""
    stop = asyncio.Event()
    task = asyncio.create_task(app.serve(settings, frozenset(Role), stop, clock, tick_s=tick_s))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(task, 30)


@asynccontextmanager
async def scene(
    db: Database, told: list[Any], *, people: int = 12 if LONG else 4, seed: int = 7, **options: Any
) -> AsyncIterator[Scene]:
    """A company of representatives with customers each, over a sandbox; nothing runs yet."""
    rng = random.Random(seed)
    crew = await Crew.found(db, BOT)
    async with run_sandbox(tokens=[TOKEN], **options) as sandbox:
        await sandbox.ready()
        players = await recruited(crew, sandbox, rng, people + 1, Player)
        for player in players:
            sandbox.start(TOKEN, player.user_id)
        yield Scene(db, sandbox, players[:-1], players[-1], told)
