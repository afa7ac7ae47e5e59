"""Plays people: say(), tap(), send_photo(), share_location(), over the real sandbox, intake, worker and delivery."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiogram import Bot
from sqlalchemy import select, text

from bot.client import make_bot
from bot.delivery.limits import UNLIMITED
from bot.delivery.loop import Delivery
from bot.exchange.loop import Exchanger
from bot.files.loop import Fetcher
from bot.files.storage import Directory
from bot.intake.door import Door
from bot.intake.polling import Poller
from bot.pace import Pace
from bot.worker import Worker
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.kit.signals import EXCHANGE, FILES, Signals
from crm_core.org import service as org
from crm_core.org.models import Company, Employee, Role, Unit, UnitKind
from reminders.clock import Ticker
from sandbox.files import Upload
from sandbox.server import Sandbox, run_sandbox

TOKEN = "700100200:AA-rounds-test-token-for-the-sandbox"
USERNAME = "huaning_rounds_bot"
SHENZHEN = "700100201:AA-rounds-test-token-of-another-bot"
BOTS = {TOKEN: USERNAME, SHENZHEN: "huaning_shenzhen_bot"}


def bot_of(token: str) -> int:
    return int(token.split(":", maxsplit=1)[0])


SETTLED_WITHIN_S = 20.0

_OPEN = text(
    "SELECT (SELECT count(*) FROM inbox WHERE state = 'pending') AS inbox,"
    " (SELECT count(*) FROM outbox WHERE state IN ('pending','sending')) AS outbox,"
    " (SELECT string_agg(error, '; ') FROM inbox WHERE error IS NOT NULL) AS error"
)


@dataclass
class House:
    """A running Rounds with a small company in it, and the sandbox that it takes for Telegram."""

    db: Database
    clock: FixedClock
    sandbox: Sandbox
    signals: Signals
    ticker: Ticker
    head: Unit
    storage: Directory
    exchanger: Exchanger
    people: dict[str, "Person"] = field(default_factory=dict)
    next_user: int = 8001
    tokens: tuple[str, ...] = (TOKEN,)
    forgives: bool = False  # a failing update is part of the test

    async def hire(
        self,
        name: str,
        *roles: Role,
        manager: "Person | None" = None,
        unit: Unit | None = None,
        language: str = "zh",
        joined: bool = True,
        token: str = TOKEN,
    ) -> "Person":
        """A new person of the company; one who has `joined` has a chat with the bot."""
        async with self.db.unit() as session:
            chief = await session.get_one(Employee, manager.employee_id) if manager else None
            employee = await org.add_employee(
                session, name=name, unit=unit or self.head, roles=roles or (Role.REP,), manager=chief
            )
            person = self.stranger(name, language)
            person.employee_id = employee.id
            person.token = token
            if joined:
                employee.telegram_id = person.user_id
                employee.bot_id = bot_of(token)
        self.people[name] = person
        return person

    def stranger(self, name: str, language: str = "zh") -> "Person":
        """Somebody with a Telegram account and no place in the company."""
        code = "zh-hans" if language == "zh" else language
        user = self.sandbox.add_user(name, self.next_user, language_code=code)
        self.next_user += 1
        return Person(self, name, user["id"])

    async def department(self, name: str, kind: UnitKind = UnitKind.DEPARTMENT, parent: Unit | None = None) -> Unit:
        async with self.db.unit() as session:
            return await org.add_unit(session, name=name, kind=kind, parent=parent or self.head)

    async def settle(self) -> None:
        """Wait until everything that came in took effect and everything that should go out has gone."""
        bots = [self.sandbox.world.bot(token) for token in self.tokens]
        for _ in range(int(SETTLED_WITHIN_S / 0.004)):
            if not any(bot.updates.pending for bot in bots):
                async with self.db.engine.connect() as connection:
                    left = (await connection.execute(_OPEN)).one()
                assert self.forgives or left.error is None, left.error
                if (left.inbox, left.outbox) == (0, 0):
                    return
            await asyncio.sleep(0.004)
        raise AssertionError("the house did not come to rest")

    async def fetched(self) -> None:
        """Wait until every file that is due has been fetched, or put off; and what that said has been sent."""
        due = text(
            "SELECT count(*) FROM file WHERE state = 'pending' AND bot_id = ANY(:bots)"
            " AND (due_at <= :now OR (error IS NULL AND attempts > 0))"
        )
        asked = {"bots": [*map(bot_of, self.tokens)], "now": self.clock.now()}
        for _ in range(int(SETTLED_WITHIN_S / 0.01)):
            self.signals.wake(FILES)
            async with self.db.engine.connect() as connection:
                if not (await connection.execute(due, asked)).scalar_one():
                    break
            await asyncio.sleep(0.01)
        else:
            raise AssertionError("files are still being fetched")
        await self.settle()

    async def exchanged(self) -> None:
        """Wait until imports and playbooks are where a person has to decide, and sheets are made."""
        await self.fetched()
        busy = text(
            "SELECT (SELECT count(*) FROM import_batch WHERE state IN ('reading','checking','writing','undoing'))"
            " + (SELECT count(*) FROM sheet_order WHERE ended_at IS NULL)"
            " + (SELECT count(*) FROM playbook_proposal WHERE state = 'reading')"
        )
        for _ in range(int(SETTLED_WITHIN_S / 0.02)):
            async with self.db.engine.connect() as connection:
                left = (await connection.execute(busy)).scalar_one()
            if not left and not self.exchanger.busy:
                break
            self.signals.wake(EXCHANGE)
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("an import is still being worked on")
        await self.settle()

    async def tick(self) -> None:
        """The clock strikes: rules note what is due, digests go out."""
        await self.ticker.tick()
        await self.settle()


@dataclass
class Person:
    """A person with a phone."""

    house: House
    name: str
    user_id: int
    employee_id: int = 0
    token: str = TOKEN  # of the bot whose chat is looked at
    actions: int = 0  # what the person did since `count_from_here`
    _seen: int = 0

    def count_from_here(self) -> None:
        """Start counting actions, and the bot's messages."""
        self.actions = 0
        self._seen = max((one["message_id"] for one in self.messages()), default=0)

    def new_cards(self) -> int:
        """How many messages the bot sent since `count_from_here`."""
        return sum(one["message_id"] > self._seen and one["from"]["is_bot"] for one in self.messages())

    async def say(self, words: str, **given: Any) -> str:
        """Type a line; answers what the bot shows last."""
        self.actions += 1
        self.house.sandbox.say(self.token, self.user_id, words, **given)
        await self.house.settle()
        return self.screen()

    async def tap(self, label: str) -> str:
        """Press the newest button of this label (or the only one containing it); answers what the bot shows last."""
        self.actions += 1
        message = self._with_button(label)
        return await self.tap_on(message["message_id"], button=label)

    async def tap_on(self, message_id: int, *, button: str | None = None, data: str | None = None) -> str:
        """Press a button of a certain message, or forge its data."""
        tapped = await self.house.sandbox.tap(self.token, self.user_id, message_id, button, data=data)
        await self.house.settle()
        self.toast: str | None = (tapped["answer"] or {}).get("text")
        self.answered: bool = tapped["answer"] is not None
        return self.screen()

    async def send_photo(self, *pictures: bytes, caption: str | None = None) -> str:
        """Send a photo; several make an album."""
        self.actions += 1
        uploads = {"photo": [Upload(f"{at}.jpg", "image/jpeg", body) for at, body in enumerate(pictures)]}
        given = {"caption": caption} if caption else {}
        self.house.sandbox.send(self.token, self.user_id, uploads, **given)
        await self.house.settle()
        return self.screen()

    async def share_location(self, latitude: float, longitude: float, **given: Any) -> str:
        """Send where one is; `given` may tell another `date`."""
        self.actions += 1
        place = {"latitude": latitude, "longitude": longitude}
        self.house.sandbox.send(self.token, self.user_id, location=place, **given)
        await self.house.settle()
        return self.screen()

    async def send_file(self, kind: str, body: bytes, name: str, mime: str, **given: Any) -> str:
        """Send a voice, document, video or audio."""
        self.actions += 1
        self.house.sandbox.send(self.token, self.user_id, {kind: [Upload(name, mime, body)]}, **given)
        await self.house.settle()
        return self.screen()

    async def send_contact(self, first_name: str, phone_number: str, **details: Any) -> str:
        """Share a contact card of the phone's address book."""
        self.actions += 1
        contact = {"first_name": first_name, "phone_number": phone_number, **details}
        self.house.sandbox.send(self.token, self.user_id, contact=contact)
        await self.house.settle()
        return self.screen()

    async def reply(self, message_id: int, words: str) -> str:
        """Type a line as the reply to a message."""
        return await self.say(words, reply_to=message_id)

    async def edit(self, message_id: int, words: str) -> str:
        self.house.sandbox.edit(self.token, self.user_id, message_id, words)
        await self.house.settle()
        return self.screen()

    def own(self) -> list[dict[str, Any]]:
        """What the person sent, oldest first."""
        return [one for one in self.messages() if not one["from"]["is_bot"]]

    def messages(self) -> list[dict[str, Any]]:
        """What the person sees now."""
        return self.house.sandbox.messages(self.token, self.user_id)

    def answers(self) -> list[dict[str, Any]]:
        return [one for one in self.messages() if one["from"]["is_bot"]]

    def screen(self) -> str:
        """The text of the bot's last message."""
        shown = self.answers()
        return (shown[-1].get("text") or shown[-1].get("caption") or "") if shown else ""

    def buttons(self) -> list[str]:
        """The labels under the bot's last message."""
        shown = self.answers()
        return labels(shown[-1]) if shown else []

    def _with_button(self, label: str) -> dict[str, Any]:
        for message in reversed(self.answers()):
            if any(label == one for one in labels(message)) or sum(label in one for one in labels(message)) == 1:
                return message
        raise AssertionError(f"{self.name} sees no button {label!r}; last card: {self.screen()!r} {self.buttons()}")


def labels(message: dict[str, Any]) -> list[str]:
    rows = (message.get("reply_markup") or {}).get("inline_keyboard", ())
    return [button["text"] for row in rows for button in row]


@asynccontextmanager
async def open_house(
    db: Database,
    clock: FixedClock,
    tokens: tuple[str, ...] = (TOKEN,),
    *,
    sandbox: Sandbox | None = None,
    files: Path | None = None,
    door: Door | None = None,
    strangers: Pace | None = None,
) -> AsyncIterator[House]:
    """Rounds with all its roles in this process, over a sandbox of its own, or over the phones of the house before.

    Without `door` and `strangers` people may send as fast as the test likes: the clock stands still there.
    """
    async with AsyncExitStack() as stack:
        if sandbox is None:
            sandbox = await stack.enter_async_context(run_sandbox(tokens=list(tokens)))
            for token in tokens:
                sandbox.add_bot(token, username=BOTS[token], first_name="华宁随访")
        bots: list[Bot] = []
        for token in tokens:
            bots.append(make_bot(token, sandbox.url))
            stack.push_async_callback(bots[-1].session.close)
        signals = Signals(db.url)
        worker = Worker(db, signals, at_once=4, calendars="https://crm.example.com", strangers=strangers)
        worker.know({bot_of(token): BOTS[token] for token in tokens})
        files = files or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rounds-files-")))
        storage = Directory(files)
        mouths = [
            Delivery(db, bot.id, bot.token, sandbox.url, signals, rates=UNLIMITED, storage=storage) for bot in bots
        ]
        fetchers = [Fetcher(db, bot.id, bot.token, sandbox.url, signals, storage) for bot in bots]
        exchanger = Exchanger(db, signals, storage, tell_every_s=0.0)
        stop = asyncio.Event()
        running = [
            asyncio.create_task(one)
            for one in (
                *(Poller(bot, db, door=door).run(stop) for bot in bots),
                worker.run(stop),
                *(one.run(stop) for one in (*mouths, *fetchers)),
                exchanger.run(stop),
                signals.run(),
            )
        ]
        async with db.unit() as session:
            head = await session.scalar(select(Unit).order_by(Unit.id).limit(1))
            if head is None:
                session.add(Company(id=1, name="华宁科技", zone="Asia/Shanghai", language="zh"))
                head = await org.add_unit(session, name="华宁科技", kind=UnitKind.BRANCH)
        try:
            yield House(db, clock, sandbox, signals, Ticker(db), head, storage, exchanger, tokens=tokens)
        finally:
            stop.set()
            running[-1].cancel()
            ended, late = await asyncio.wait(running, timeout=30)
            assert not late, f"does not end: {[one.get_coro() for one in late]}"
            broken = [one.exception() for one in ended if not one.cancelled() and one.exception() is not None]
            assert not broken, broken
