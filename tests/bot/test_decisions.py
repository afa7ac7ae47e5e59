"""kill -9 around a decision: between the press and its commit, and between the commit and the applicant's phone.

Whenever it comes: decided once, its effects once, the applicant hears of it once, and every card comes to show it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text

from crm_core.budgets.service import MakeBudget, make_budget
from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.org import queries
from crm_core.org.models import Role
from sandbox.server import Sandbox, run_sandbox
from tests.support.crowd import Crew, Member, Program, at_rest, running, until

BOT: Final = 700005
TOKEN: Final = f"{BOT}:AA-rounds-test-token-for-the-decisions"
FAIR: Final = "深圳电子展"
YES: Final = "approval.yes:"
NEWS: Final = "✅ 已批准"

Shown = dict[str, Any]

WAITS_FOR_THE_REQUEST: Final = "a.query ILIKE 'SELECT approval.%FOR UPDATE%'"
WAITS_TO_TELL: Final = """a.query ILIKE '%INSERT INTO outbox%' AND a.pid <> pg_backend_pid() AND EXISTS (
    SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.relation = 'approval_effect'::regclass)"""


@dataclass
class Office:
    """李娜 asks for ¥4,000 of the department's ¥10,000, 王海燕 signs; all through the running program."""

    db: Database
    sandbox: Sandbox
    program: Program
    rep: Member
    boss: Member

    async def asks(self) -> None:
        """The request comes in as it does every day: by the rep's chat."""
        day = f"{self.db.clock.now() + timedelta(days=9):%Y-%m-%d}"
        for words in ("/apply 市场活动", FAIR, day, "4000", "两个展位，预期 60 家客户"):
            await self._answered(words)
        form = await until(lambda: self._see(self.rep, _ready), "the form ready to be sent")
        send = next(one for one in _data(form) if one.endswith(":save"))
        await self.sandbox.tap(TOKEN, self.rep.user_id, form["message_id"], data=send, wait_s=0)
        await until(lambda: self._see(self.boss, lambda one: _has(one, YES)), "the card with the signer")
        await self.at_rest()

    async def _answered(self, words: str) -> None:
        before = self._newest(self.rep)
        self.sandbox.say(TOKEN, self.rep.user_id, words)

        async def changed() -> bool:
            return self._newest(self.rep) != before

        await until(changed, f"an answer to {words}")
        await self.at_rest()

    async def press(self) -> None:
        card = await self._see(self.boss, lambda one: _has(one, YES))
        assert card is not None
        data = next(one for one in _data(card) if one.startswith(YES))
        await self.sandbox.tap(TOKEN, self.boss.user_id, card["message_id"], data=data, wait_s=0)

    async def rows(self, statement: str) -> list[tuple[Any, ...]]:
        async with self.db.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(statement))]

    async def value(self, statement: str) -> Any:
        return (await self.rows(statement))[0][0]

    async def at_rest(self) -> None:
        """Nothing waits, neither to take effect nor to be sent."""
        await at_rest(self.db)

        async def sent() -> bool:
            return await self.value("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')") == 0

        await until(sent, "all sent")

    def shown(self, who: Member) -> list[Shown]:
        return [one for one in self.sandbox.messages(TOKEN, who.user_id) if one["from"]["is_bot"]]

    def _newest(self, who: Member) -> Shown:
        return max(self.shown(who), key=lambda one: one["seq"], default={})

    async def _see(self, who: Member, what: Callable[[Shown], bool]) -> Shown | None:
        return next((one for one in reversed(self.shown(who)) if what(one)), None)

    async def is_decided_once(self) -> None:
        """Whatever was killed: in the tables, and on both phones."""
        await self.at_rest()
        assert await self.rows("SELECT status FROM approval") == [("approved",)]
        kinds = [kind for (kind,) in await self.rows("SELECT kind FROM approval_fact ORDER BY seq")]
        assert kinds == ["submitted", "opened", "approved", "passed", "ended"]
        assert await self.rows("SELECT name FROM approval_effect") == [("ended approved",)]
        assert await self.rows("SELECT state, amount FROM budget_entry") == [("committed", Decimal(4000))]
        assert await self.rows("SELECT held, committed FROM budget") == [(Decimal(0), Decimal(4000))]
        assert await self.rows("SELECT id, error FROM inbox WHERE state <> 'done' OR error IS NOT NULL") == []
        assert await self.rows("SELECT id, error FROM outbox WHERE state = 'dead'") == []
        told = [one["text"] for one in self.shown(self.rep) if NEWS in one.get("text", "")]
        assert len(told) == 1, told
        assert FAIR in told[0]
        for who in (self.rep, self.boss):
            cards = [one for one in self.shown(who) if FAIR in one.get("text", "")]
            assert cards
            assert not [one["text"] for one in cards if "⏳" in one["text"] or _has(one, YES)], "18: it converges"
        assert self.program.said("update.failed") == 0


def _data(message: Shown) -> list[str]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", ())
    return [one.get("callback_data", "") for row in rows for one in row]


def _has(message: Shown, key: str) -> bool:
    return any(one.startswith(key) for one in _data(message))


def _ready(message: Shown) -> bool:
    return any(one.endswith(":save") for one in _data(message))


@pytest.fixture
async def office(db: Database, tmp_path: Path) -> AsyncIterator[Office]:
    db.clock = SystemClock()
    crew = await Crew.found(db, BOT)
    finance = await crew.hire("赵敏", Role.FINANCE)
    boss = await crew.hire("王海燕", Role.MANAGER)
    rep = await crew.hire("李娜", manager=boss)
    today = db.clock.now().date()
    async with db.unit() as session:
        actor = await queries.actor(session, finance.id)
        assert actor is not None
        quarter = {"since": today - timedelta(days=30), "until": today + timedelta(days=60)}
        await make_budget(
            session, actor, MakeBudget(unit=crew.head.id, amount=Decimal(10_000), content="marketing", **quarter)
        )
    async with run_sandbox(tokens=[TOKEN]) as sandbox:
        for who in (rep, boss):
            sandbox.add_user(who.name, who.user_id, language_code="zh-hans")
            sandbox.start(TOKEN, who.user_id)
        settings = {"ROUNDS_BOT_TOKENS": TOKEN, "DATABASE_URL": db.url, "ROUNDS_API_URL": sandbox.url}
        program = Program(settings, tmp_path / "bot")
        async with running(program):
            made = Office(db, sandbox, program, rep, boss)
            await made.asks()
            yield made


@asynccontextmanager
async def held(db: Database, lock: str) -> AsyncIterator[None]:
    """Somebody else's transaction has this lock until the block ends."""
    async with db.engine.connect() as connection:
        await connection.execute(text(lock))
        yield
        await connection.rollback()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("hangs", "in_hand"),
    [
        pytest.param({}, "true", id="nothing of it got out"),
        pytest.param({"method": "sendMessage"}, "method = 'send_message'", id="the news was in the sender's hand"),
    ],
)
async def test_killed_between_the_commit_and_the_phone_the_applicant_hears_it_once(
    office: Office, hangs: dict[str, str], in_hand: str
) -> None:
    office.sandbox.fault(TOKEN, "timeout", times=100, seconds=300, **hangs)
    await office.press()

    async def on_its_way() -> bool:
        mine = f"chat_id = {office.rep.user_id} AND state = 'sending' AND {in_hand}"
        return await office.value(f"SELECT count(*) FROM outbox WHERE {mine}") == 1

    await until(on_its_way, "what is for the applicant on its way")
    assert office.program.alive()
    await office.program.end()
    assert await office.rows("SELECT status FROM approval") == [("approved",)], "it was committed"
    assert not [one for one in office.shown(office.rep) if NEWS in one.get("text", "")], "and nobody has heard"
    office.sandbox.clear_faults(TOKEN)
    await office.program.start()
    await office.is_decided_once()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("lock", "waits"),
    [
        pytest.param("SELECT id FROM approval FOR UPDATE", WAITS_FOR_THE_REQUEST, id="before it is decided"),
        pytest.param("LOCK TABLE outbox IN SHARE MODE", WAITS_TO_TELL, id="when all is written but the news"),
    ],
)
async def test_killed_between_the_press_and_its_commit_it_is_decided_once(
    office: Office, lock: str, waits: str
) -> None:
    async with held(office.db, lock):
        await office.press()

        async def in_the_middle() -> bool:
            waiting = f"SELECT count(*) FROM pg_stat_activity a WHERE a.wait_event_type = 'Lock' AND {waits}"
            return await office.value(waiting) == 1

        await until(in_the_middle, "the worker in the middle of it")
        assert office.program.alive()
        await office.program.end()
    pressed = "SELECT count(*) FROM inbox WHERE state = 'pending'"
    assert await office.value(pressed) == 1, "the press was accepted"
    assert await office.rows("SELECT status FROM approval") == [("running",)], "and has had no effect"
    assert await office.value("SELECT count(*) FROM approval_effect") == 0
    await office.program.start()
    await office.is_decided_once()
