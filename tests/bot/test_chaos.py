"""kill -9 at random moments under twenty people who chat: what was accepted is there once, and nobody is left waiting.

Five kills in `make test`; `make chaos` sets ROUNDS_CHAOS_KILLS to 30. ROUNDS_CHAOS_SEED repeats a run's choices.
"""

import asyncio
import html
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from sqlalchemy import text

from crm_core.kit.clock import SystemClock
from crm_core.kit.db import Database
from crm_core.outbox.models import Priority
from sandbox.server import Sandbox, run_sandbox
from tests.support.crowd import Crew, Member, Program, at_rest, running, until

TOKEN: Final = "700003:AA-rounds-test-token-for-the-chaos"
BOT: Final = 700003
PEOPLE: Final = 20
KILLS: Final = int(os.environ.get("ROUNDS_CHAOS_KILLS") or 5)
SEED: Final = int(os.environ.get("ROUNDS_CHAOS_SEED") or random.SystemRandom().randrange(10**6))
PATIENCE_S: Final = 120.0
"""How long a person waits for an answer through kills, restarts and a slow machine before we call the chat stuck."""
MOST_PRESSES: Final = 8
"""Of one button that comes back; more means that the card goes round in circles."""
CLOSING_S: Final = 60.0
"""The same when nothing is killed any more."""

BRANDS: Final = (
    "锐驰恒晟博锐联拓启源众诚鼎新瑞丰嘉禾明泰安捷卓远天朗云峰海纳旭升铭扬凯旋金石泰和"  # two characters each
)
TRADES: Final = ("机械", "电子", "食品", "物流")

_OPENS_FORM: Final = r"^visit\.log:[1-9]"
_NOW: Final = r"^form:[0-9]+:[0-9]+:v\.0$"
_SAVED_CARD: Final = r"^visit\.field:[0-9]+:[0-9]+:photos$"  # a button that only a saved visit has

Shown = dict[str, Any]
Goal = Callable[["Player"], Shown | None]


class StuckError(AssertionError):
    """Somebody waits for an answer that does not come."""


@dataclass
class Player:
    """A person who does one thing after the other, looks at the phone, and waits. Never sends anything twice."""

    sandbox: Sandbox
    member: Member
    brand: str
    rng: random.Random
    patience_s: float = PATIENCE_S
    accepted: set[str] = field(default_factory=set)  # summaries whose Save was pressed and seen to be saved
    discarded: set[str] = field(default_factory=set)
    longest_wait_s: float = 0.0
    doing: str = "nothing yet"
    pressed_on: int = 0  # the message of the button pressed last
    _count: int = 0

    @property
    def user_id(self) -> int:
        return self.member.user_id

    def shown(self) -> list[Shown]:
        """The bot's messages as they stand, the one that changed last at the end."""
        messages = (m for m in self.sandbox.messages(TOKEN, self.user_id) if m["from"]["is_bot"])
        return sorted(messages, key=lambda message: message["seq"])

    def say(self, words: str) -> int:
        self.doing = f"said {words!r}"
        return self.sandbox.say(TOKEN, self.user_id, words)["message_id"]

    async def see(self, goal: Goal, what: str) -> Shown:
        """Look at the phone until it shows that."""
        chat = self.sandbox.world.bot(TOKEN).chats[self.user_id]
        began = time.monotonic()
        while True:
            seq = chat.seq
            if (found := goal(self)) is not None:
                self.longest_wait_s = max(self.longest_wait_s, time.monotonic() - began)
                return found
            left = began + self.patience_s - time.monotonic()
            if left <= 0:
                waited = f"saw no {what} within {self.patience_s:.0f} s"
                raise StuckError(f"{self.member.name} {self.doing} and {waited}: {self._last()}")
            await chat.wait_for_change(seq, min(left, 5.0))

    def _last(self) -> list[tuple[Any, ...]]:
        return [(m["message_id"], _text(m), list(_data(m))) for m in self.shown()[-4:]]

    async def press(self, words: str, key: str, goal: Goal, what: str, *, twice: bool = False) -> Shown:
        """Press this button of the card with these words; again if the card comes back, having been out of date."""
        pressed: set[str] = set()
        while True:
            card = await self.see(lambda me: me.card(words, key, besides=pressed), f"button {key}")
            data = button(card, key)
            assert data is not None
            pressed.add(data)
            if len(pressed) > MOST_PRESSES:
                raise StuckError(f"{self.member.name} pressed {sorted(pressed)} and saw no {what}: {self._last()}")
            self.doing, self.pressed_on = f"pressed {data}", card["message_id"]
            for _ in range(2 if twice else 1):
                await self.sandbox.tap(TOKEN, self.user_id, card["message_id"], data=data, wait_s=0)
            found = await self.see(lambda me: goal(me) or me.card(words, key, besides=pressed), what)
            if goal(self) is not None:
                return found

    def card(self, words: str, key: str, besides: Collection[str] = ()) -> Shown | None:
        """The card that changed last among those with these words and such a button."""
        for message in reversed(self.shown()):
            if words in _text(message) and (data := button(message, key)) and data not in besides:
                return message
        return None

    # --- what people do all day

    async def live(self, enough: asyncio.Event) -> None:
        """Until it is enough; what is begun is brought to its end."""
        deeds = [self.log_visit] * 6 + [self.look_up, self.look_at_the_day]
        while not enough.is_set():
            await self.rng.choice(deeds)()
            await asyncio.sleep(self.rng.random() * 0.3)

    async def last_word(self) -> float:
        """Says something at the end; the seconds until the answer to it is the last thing on the phone."""
        words = f"查无此人{self.user_id}终"
        began = time.monotonic()
        mine = self.say(words)
        await self.see(lambda me: said_after(me, mine, words), "answer to the last words")
        return time.monotonic() - began

    async def look_up(self) -> None:
        words = f"查无此人{self.user_id}第{self._next()}次"
        mine = self.say(words)
        await self.see(lambda me: said_after(me, mine, words), "answer to a search")

    async def look_at_the_day(self) -> None:
        mine = self.say("/today")
        await self.see(lambda me: said_after(me, mine, "", "today:0:0"), "day")

    async def log_visit(self) -> None:
        customer = f"{self.brand}{self.rng.choice(TRADES)}"
        summary = f"与{customer}谈了第{self._next()}次，编号{self.user_id}-{self._count:03}"
        await self._open_form(customer)
        mine = self.say(summary)
        await self.see(lambda me: said_after(me, mine, summary, ":save$"), "card with what was said")
        for change in self.rng.sample([self._change_kind, self._add_next_step], self.rng.choice((0, 0, 1, 2))):
            await change(summary)
        if self.rng.random() < 0.15:
            await self.press(summary, ":cancel$", lambda me: me.closed(), "cancelled form")
            self.discarded.add(summary)
            return
        self.accepted.add(summary)
        goal: Goal = lambda me: me.saved(summary) or me.card(summary, _NOW)  # noqa: E731 - read beside what it waits for
        await self.press(summary, ":save$", goal, "✓ saved", twice=self.rng.random() < 0.2)
        while self.saved(summary) is None:  # the clock was set back, perhaps again: the visit would be one of tomorrow
            await self.press(summary, _NOW, lambda me: me.card(summary, ":save$"), "card with the time of now")
            await self.press(summary, ":save$", goal, "✓ saved")

    async def _open_form(self, customer: str) -> None:
        if self.rng.random() < 0.5:
            mine = self.say(f"/visit {customer}")
            await self.see(lambda me: said_after(me, mine, customer, ":cancel$"), "form")
            return
        mine = self.say(customer)
        archive = await self.see(lambda me: said_after(me, mine, customer, _OPENS_FORM), "archive")
        goal: Goal = lambda me: me.in_place(archive, customer, ":cancel$")  # noqa: E731 - read beside what it waits for
        await self.press(customer, _OPENS_FORM, goal, "form in the archive's place")

    async def _change_kind(self, summary: str) -> None:
        await self.press(summary, ":edit$", lambda me: me.card(summary, ":open.kind"), "menu of fields")
        await self.press(summary, ":open.kind", lambda me: me.card(summary, ":v.phone"), "kinds")
        await self.press(summary, ":v.phone", lambda me: me.card(summary, ":save$"), "card with the kind changed")

    async def _add_next_step(self, summary: str) -> None:
        await self.press(summary, ":open.next_on", lambda me: me.card(summary, ":v.20"), "days")
        await self.press(summary, ":v.20", lambda me: me.card(summary, ":save$"), "card with the day")

    def _next(self) -> int:
        self._count += 1
        return self._count

    # --- what they look for on the phone

    def in_place(self, card: Shown, words: str, key: str) -> Shown | None:
        found = self.card(words, key)
        return found if found and found["message_id"] == card["message_id"] else None

    def saved(self, summary: str) -> Shown | None:
        """The words that tell of the saved visit."""
        return self.card(summary, _SAVED_CARD)

    def closed(self) -> Shown | None:
        """The card that was pressed has no button of its form any more."""
        return next((m for m in self.shown() if m["message_id"] == self.pressed_on and not button(m, "^form:")), None)


def _text(message: Shown) -> str:
    return message.get("text", "")


def _plain(markup: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", markup))


def _data(message: Shown) -> Iterator[str]:
    for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
        for one in row:
            yield one.get("callback_data", "")


def button(message: Shown, key: str) -> str | None:
    """The data of the button that matches: `:save` and the like stand at its end, `visit.log:12` at its beginning."""
    return next((data for data in _data(message) if re.search(key, data)), None)


def said_after(player: Player, mine: int, words: str, key: str = "") -> Shown | None:
    """An answer below what the person said that holds these words, and this button."""
    for message in player.shown():
        if message["message_id"] > mine and words in _text(message) and (not key or button(message, key)):
            return message
    return None


# --- the killer


@dataclass
class Killer:
    """Kills the program again and again, and notes what was on its way each time."""

    program: Program
    db: Database
    sandbox: Sandbox
    rng: random.Random
    in_flight: Counter[int] = field(default_factory=Counter)  # by chat: at how many kills a message was on its way
    moments: Counter[str] = field(default_factory=Counter)

    async def kill(self) -> None:
        moment = self.rng.choice(("any", "any", "sending", "sending", "starting"))
        self.moments[moment] += 1
        if moment != "starting":
            await self.until_up()
            await asyncio.sleep(self.rng.uniform(0.2, 4.0))
        if moment == "starting":
            await asyncio.sleep(self.rng.uniform(0.0, 3.0))
        if moment == "sending":
            await self._until_it_sends()
        assert self.program.alive(), "the bot ended by itself"
        await self.program.end()
        async with self.db.engine.connect() as connection:
            statement = "SELECT DISTINCT chat_id FROM outbox WHERE state = 'sending' AND method LIKE 'send%'"
            self.in_flight.update(await connection.scalars(text(statement)))
        await self.program.start()

    async def until_up(self) -> None:
        """The bot asks for updates: it has come up this time."""
        before = self._last_call()

        async def asks() -> bool:
            assert self.program.alive(), "the bot did not come up"
            return any(call["method"].lower() == "getupdates" for call in self.sandbox.log(TOKEN, before))

        await until(asks, "the bot asking for updates", 120)

    async def _until_it_sends(self) -> None:
        """Somebody gets a message right now. Polls without a pause: the moment does not last."""
        deadline = time.monotonic() + 5
        after = self._last_call()
        while time.monotonic() < deadline:
            if any(call["method"].lower() == "sendmessage" for call in self.sandbox.log(TOKEN, after)):
                return
            await asyncio.sleep(0)

    def _last_call(self) -> int:
        calls = self.sandbox.log(TOKEN, 0)
        return calls[-1]["seq"] if calls else 0


# --- the run


@pytest.mark.chaos
@pytest.mark.timeout(180 + 60 * KILLS)
async def test_nothing_accepted_is_lost_or_doubled_and_nobody_is_left_waiting_when_the_bot_is_killed(
    db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    db.clock = SystemClock()
    rng = random.Random(SEED)
    try:
        async with run_sandbox(tokens=[TOKEN]) as sandbox:
            players = await recruited(await Crew.found(db, BOT), sandbox, rng, PEOPLE, Player)
            settings = {"ROUNDS_BOT_TOKENS": TOKEN, "DATABASE_URL": db.url, "ROUNDS_API_URL": sandbox.url}
            program = Program(settings, tmp_path / "bot")
            async with running(program):
                killer = Killer(program, db, sandbox, rng)
                answered_s = await _play(players, killer)
                await at_rest(db, CLOSING_S)
                await _all_is_sent(db)
                await _verify(db, sandbox, players, killer)
            report = _report(players, killer, await _doubled(db, sandbox, players), answered_s)
            assert program.said("update.failed") == 0
            assert program.said("loop.crashed") == 0
    except BaseException:
        log = "\n".join(_log(tmp_path / "bot" / "rounds.log"))
        sys.stdout.write(f"ROUNDS_CHAOS_SEED={SEED} ROUNDS_CHAOS_KILLS={KILLS}; the bot's log ends:\n{log}\n")
        raise
    with capsys.disabled():
        sys.stdout.write(f"\nchaos: {report}\n")


P = TypeVar("P", bound=Player)


async def recruited(crew: Crew, sandbox: Sandbox, rng: random.Random, many: int, kind: Callable[..., P]) -> list[P]:
    """So many representatives with phones and customers of their own."""
    players: list[P] = []
    for at in range(many):
        member = await crew.hire(f"代表{at}")
        brand = BRANDS[2 * at : 2 * at + 2]
        await crew.give(member, *(f"{brand}{trade}有限公司" for trade in TRADES))
        sandbox.add_user(member.name, member.user_id, language_code="zh-hans")
        players.append(kind(sandbox, member, brand, random.Random(rng.random())))
    return players


async def _play(players: list[Player], killer: Killer) -> float:
    """All chat while the bot is killed; afterwards everybody says a last word. The longest wait for its answer."""
    enough = asyncio.Event()

    async def kill_all() -> None:
        try:
            for _ in range(KILLS):
                await killer.kill()
            await killer.until_up()
        finally:
            enough.set()

    async with asyncio.TaskGroup() as tasks:
        for player in players:
            tasks.create_task(player.live(enough))
        tasks.create_task(kill_all())
    for player in players:
        player.patience_s = CLOSING_S
    return max(await asyncio.gather(*(player.last_word() for player in players)))


async def _all_is_sent(db: Database) -> None:
    async def nothing_open() -> bool:
        async with db.engine.connect() as connection:
            return not await connection.scalar(
                text("SELECT count(*) FROM outbox WHERE state IN ('pending', 'sending')")
            )

    await until(nothing_open, "the outbox sent", CLOSING_S)


async def _verify(db: Database, sandbox: Sandbox, players: list[Player], killer: Killer) -> None:
    accepted = {summary for player in players for summary in player.accepted}
    async with db.engine.connect() as connection:

        async def rows(statement: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in await connection.execute(text(statement))]

        visits = Counter(summary for (summary,) in await rows("SELECT summary FROM visit"))
        assert {summary: count for summary, count in visits.items() if count > 1} == {}, "logged twice"
        assert accepted - visits.keys() == set(), "accepted and lost"
        assert visits.keys() - accepted == set(), "logged though nobody saved it"
        made = "SELECT subject_id, count(*) FROM audit WHERE subject_type = 'visit' AND verb = 'create' GROUP BY 1"
        audited = dict(await rows(made))
        assert set(audited.values()) <= {1}
        assert len(audited) == len(visits)
        assert await rows("SELECT id, state, error FROM inbox WHERE state <> 'done' OR error IS NOT NULL") == []
        assert await rows("SELECT id, method, error FROM outbox WHERE state = 'dead' OR error LIKE 'sent plain%'") == []
        order = (
            "SELECT id FROM (SELECT id, ended_at, lag(ended_at) OVER (PARTITION BY chat_id ORDER BY id) AS before"
            " FROM inbox) ordered WHERE ended_at < before"
        )
        assert await rows(order) == [], "updates of a chat that overtook each other"
        pushed = f"SELECT card_id FROM outbox WHERE priority = {Priority.PUSH}"
        reminders = await rows(f"SELECT chat_id, payload ->> 'text' FROM outbox WHERE card_id IN ({pushed})")
        unasked = {(chat_id, _plain(words)) for chat_id, words in reminders}  # they come when they are due
    for player in players:
        answers = [message for message in player.shown() if (player.user_id, _text(message)) not in unasked]
        last = max(answers, key=lambda message: message["message_id"])
        assert f"查无此人{player.user_id}终" in _text(last), f"{player.member.name} ends with something else"
    for chat_id, count in (await _doubled(db, sandbox, players)).items():
        assert count <= killer.in_flight[chat_id] <= KILLS, f"chat {chat_id} got {count} messages twice"


async def _doubled(db: Database, sandbox: Sandbox, players: list[Player]) -> Counter[int]:
    """By chat: how many messages the phone shows beyond those that were to be sent."""
    async with db.engine.connect() as connection:
        statement = "SELECT chat_id, count(*) FROM outbox WHERE state = 'sent' AND method LIKE 'send%' GROUP BY 1"
        meant = Counter({row.chat_id: row.count for row in await connection.execute(text(statement))})
    doubled: Counter[int] = Counter()
    for player in players:
        came = len(player.shown())
        assert came >= meant[player.user_id], f"{player.member.name} misses a message"
        doubled[player.user_id] = came - meant[player.user_id]
    return +doubled


def _report(players: list[Player], killer: Killer, doubled: Counter[int], answered_s: float) -> str:
    accepted = sum(len(player.accepted) for player in players)
    discarded = sum(len(player.discarded) for player in players)
    longest = max(player.longest_wait_s for player in players)
    return (
        f"{KILLS} kills {dict(killer.moments)}, {accepted} visits accepted and found once each, {discarded} cancelled; "
        f"{doubled.total()} messages doubled of {killer.in_flight.total()} on their way at a kill; longest wait "
        f"{longest:.1f} s, last words answered within {answered_s:.1f} s; seed {SEED}"
    )


def _log(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines()[-60:] if path.exists() else []
