"""A crowd: people and customers straight in the database, what they say as updates, and the program as a process.

For tests that care about what happens when much happens at once, and not about the way each person came in.
"""

import asyncio
import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import text

from crm_core.customers import errors as customer_errors
from crm_core.customers.commands import NewCustomer
from crm_core.customers.service import create_customer
from crm_core.inbox.service import Incoming, store
from crm_core.kit.db import Database
from crm_core.org import queries
from crm_core.org import service as org
from crm_core.org.models import Company, Employee, Role, Unit, UnitKind

ROOT = Path(__file__).parents[2]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the company, by both of their numbers."""

    name: str
    id: int
    user_id: int


class Crew:
    """A company that has just what a test needs."""

    def __init__(self, db: Database, bot_id: int, head: Unit) -> None:
        self.db = db
        self.bot_id = bot_id
        self.head = head
        self._users = itertools.count(810_001)

    @classmethod
    async def found(cls, db: Database, bot_id: int) -> "Crew":
        async with db.unit() as session:
            session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
            head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
        return cls(db, bot_id, head)

    async def hire(self, name: str, *roles: Role, manager: Member | None = None) -> Member:
        """Somebody who is in already."""
        user_id = next(self._users)
        async with self.db.unit() as session:
            chief = await session.get_one(Employee, manager.id) if manager else None
            employee = await org.add_employee(
                session, name=name, unit=self.head, roles=roles or (Role.REP,), manager=chief, language="zh"
            )
            employee.telegram_id = user_id
            employee.bot_id = self.bot_id
        return Member(name, employee.id, user_id)

    async def give(self, owner: Member, *names: str, **more: Any) -> list[int]:
        """New customers of this person."""
        sure = frozenset({customer_errors.SIMILAR, customer_errors.SIMILAR_HIDDEN})
        async with self.db.unit() as session:
            actor = await queries.actor(session, owner.id)
            assert actor is not None
            made = [
                await create_customer(session, actor, NewCustomer(name=name, confirmed=sure, **_LIKE_ANY, **more))
                for name in names
            ]
        return [customer.id for customer in made]


_LIKE_ANY = {"type": "c", "category": "prospect", "industry": "machinery", "source": "referral"}


class Talk:
    """Updates as Telegram would number them."""

    def __init__(self, bot_id: int) -> None:
        self.bot_id = bot_id
        self._numbers = itertools.count(1)

    def say(self, user_id: int, words: str) -> Incoming:
        number = next(self._numbers)
        body = {"message_id": number, "date": 1_770_000_000, **_between(user_id), "text": words}
        return Incoming(number, user_id, {"update_id": number, "message": body})

    def tap(self, user_id: int, message_id: int, data: str) -> Incoming:
        number = next(self._numbers)
        card = {"message_id": message_id, "date": 1_770_000_000, "text": "…", **_between(user_id)}
        query = {"id": str(number), "from": card["from"], "chat_instance": "1", "message": card, "data": data}
        return Incoming(number, user_id, {"update_id": number, "callback_query": query})

    async def send(self, db: Database, updates: Sequence[Incoming]) -> None:
        """What the intake does with a batch."""
        async with db.unit() as session:
            await store(session, self.bot_id, updates)


def _between(user_id: int) -> dict[str, Any]:
    name = {"id": user_id, "first_name": f"U{user_id}"}
    return {"from": name | {"is_bot": False, "language_code": "zh-hans"}, "chat": name | {"type": "private"}}


async def until(condition: Callable[[], Awaitable[T]], what: str, within_s: float = 90) -> T:
    """What `condition` gives once it gives something; looks again and again, since it watches from outside."""
    deadline = time.monotonic() + within_s
    while not (found := await condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"in {within_s:.0f} s not: {what}")
        await asyncio.sleep(0.02)
    return found


async def at_rest(db: Database, within_s: float = 90) -> None:
    """Wait until no update waits any more."""

    async def nothing_waits() -> bool:
        async with db.engine.connect() as connection:
            return not await connection.scalar(text("SELECT count(*) FROM inbox WHERE state = 'pending'"))

    await until(nothing_waits, "the inbox worked off", within_s)


@dataclass
class Program:
    """`rounds run` as a process of its own, with these settings and no others. Always ended by its own pid."""

    settings: Mapping[str, str]
    folder: Path
    roles: Iterable[str] = ()
    module: str = "bot.cli"
    process: asyncio.subprocess.Process | None = field(default=None, init=False)

    async def start(self) -> None:
        assert self.process is None
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        roles = [part for role in self.roles for part in ("--role", role)]
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", self.module, "run", *roles),
                cwd=self.folder,
                env=kept | {"PYTHONPATH": path, "ROUNDS_LOG_FORMAT": "json", "ROUNDS_PACE": "0", **self.settings},
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> Path:
        return self.folder / "rounds.log"

    def said(self, event: str) -> int:
        """How many lines of its log, over all its lives, tell of this."""
        return self.log.read_text(errors="replace").count(f'"event": "{event}"') if self.log.exists() else 0

    async def end(self, number: signal.Signals = signal.SIGKILL) -> int | None:
        """End it with this signal and wait until it is gone; its exit code."""
        process, self.process = self.process, None
        if process is None:
            return None
        if process.returncode is None:
            process.send_signal(number)
        return await process.wait()

    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None


@asynccontextmanager
async def running(*programs: Program) -> AsyncIterator[None]:
    """The programs run while the block does; whatever happens, none is left behind."""
    try:
        for program in programs:
            program.folder.mkdir(parents=True, exist_ok=True)
            await program.start()
        yield
    finally:
        for program in programs:
            await program.end()
