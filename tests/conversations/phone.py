"""A phone without a network: what a person does goes straight into the inbox, a fresh worker takes it from there, and
what it wrote into the outbox is what the person sees. Each step is a restart of the whole program but the database.
"""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from sqlalchemy import select, text

from bot.worker import Worker
from conversations.engine import State
from conversations.form import Form, forms
from crm_core.drafts.models import Draft
from crm_core.inbox.models import Update
from crm_core.inbox.service import Incoming, store
from crm_core.kit.db import Database
from crm_core.kit.signals import Signals
from crm_core.outbox.models import Card, Outgoing

BOT = 700100200
_numbers = count(1)


@dataclass
class Phone:
    """One person's chat with the bot."""

    db: Database
    user_id: int
    employee_id: int
    language: str = "zh"
    shown: dict[int, dict[str, Any]] = field(default_factory=dict)  # message id → text and buttons
    toast: str | None = None
    answered: bool = False
    worker: Worker | None = None  # one that goes on running; else a fresh one each time

    async def say(self, words: str) -> str:
        return await self._message(text=words)

    async def send(self, **content: Any) -> str:
        """Send anything else: `sticker={…}`, `location={…}`."""
        return await self._message(**content)

    async def send_photo(self, name: str) -> str:
        size = {"file_id": f"id-{name}", "file_unique_id": name, "width": 800, "height": 600}
        return await self.send(photo=[size])

    async def tap(self, label: str) -> str:
        """Press the newest button of this label, or that begins so."""
        for message_id in sorted(self.shown, reverse=True):
            there = self.buttons(message_id)
            exact = [data for text_, data in there if text_ == label]
            if found := exact or [data for text_, data in there if text_.startswith(label)]:
                return await self.press(found[0], message_id)
        raise AssertionError(f"no button {label!r}; the last card: {self.text!r} {self.labels}")

    async def press(self, data: str, message_id: int | None = None) -> str:
        """Press a button with this data, which may be forged or old."""
        query = {
            "id": str(next(_numbers)),
            "from": self._user,
            "chat_instance": "1",
            "data": data,
            "message": {**self._envelope, "message_id": message_id or self.last, "text": "…"},
        }
        self.toast, self.answered = None, False
        return await self._feed("callback_query", query)

    @property
    def last(self) -> int:
        return max(self.shown, default=0)

    @property
    def text(self) -> str:
        """What the last message says."""
        return self.shown[self.last]["text"] if self.shown else ""

    @property
    def labels(self) -> list[str]:
        return [label for label, _ in self.buttons(self.last)]

    def buttons(self, message_id: int) -> list[tuple[str, str]]:
        markup = self.shown.get(message_id, {}).get("reply_markup") or {}
        return [(b["text"], b["callback_data"]) for row in markup.get("inline_keyboard", ()) for b in row]

    def all_buttons(self) -> list[tuple[int, str]]:
        """Every button in sight: the message it is on, and its data."""
        return [(message_id, data) for message_id in self.shown for _, data in self.buttons(message_id)]

    async def draft(self) -> Draft | None:
        """The draft that was touched last."""
        async with self.db.unit() as session:
            mine = select(Draft).where(Draft.employee_id == self.employee_id)
            return await session.scalar(mine.order_by(Draft.updated_at.desc(), Draft.id.desc()).limit(1))

    async def standing(self) -> tuple[Form, State]:
        draft = await self.draft()
        assert draft is not None
        return forms()[draft.form], State(draft.answers, draft.asking)

    async def answers(self) -> dict[str, Any]:
        """What the draft holds of the form's own fields."""
        form, state = await self.standing()
        return {one.name: state.answers[one.name] for one in form.fields if one.name in state.answers}

    @property
    def _user(self) -> dict[str, Any]:
        code = "zh-hans" if self.language == "zh" else self.language
        return {"id": self.user_id, "is_bot": False, "first_name": "李娜", "language_code": code}

    @property
    def _envelope(self) -> dict[str, Any]:
        at = int(self.db.clock.now().timestamp())
        return {"date": at, "chat": {"id": self.user_id, "type": "private", "first_name": "李娜"}}

    async def _message(self, **content: Any) -> str:
        message = {**self._envelope, "message_id": self._next_message(), "from": self._user, **content}
        return await self._feed("message", message)

    def _next_message(self) -> int:
        return next(_numbers)

    async def _feed(self, kind: str, body: dict[str, Any]) -> str:
        number = next(_numbers)
        async with self.db.unit() as session:
            await store(session, BOT, [Incoming(number, self.user_id, {"update_id": number, kind: body})])
        worker = self.worker or Worker(self.db, Signals(self.db.url))
        await worker.drain()
        await self._receive()
        return self.text

    async def _receive(self) -> None:
        """Take what waits in the outbox, as delivery would."""
        async with self.db.unit() as session:
            failed = select(Update.error).where(Update.error.is_not(None))
            assert not (errors := (await session.scalars(failed)).all()), errors
            waiting = select(Outgoing).where(Outgoing.state == "pending", Outgoing.chat_id == self.user_id)
            for row in (await session.scalars(waiting.order_by(Outgoing.id))).all():
                card = await session.get(Card, row.card_id) if row.card_id else None
                self._show(row, card)
                row.state, row.ended_at = "sent", self.db.clock.now()

    def _show(self, row: Outgoing, card: Card | None) -> None:
        body = row.payload
        if row.method == "answer_callback_query":
            self.answered, self.toast = True, body.get("text")
            return
        if row.method.startswith("send_"):
            message_id = self._next_message()
            if card is not None:
                card.message_id = message_id
            self.shown[message_id] = {"text": body.get("text") or body.get("caption") or "", **body}
            return
        message_id = card.message_id if card else body["message_id"]
        assert message_id is not None, row.method
        if row.method == "edit_message_text":
            self.shown[message_id] = dict(body)
        elif row.method == "edit_message_reply_markup":
            self.shown[message_id] = {**self.shown.get(message_id, {"text": ""}), "reply_markup": None}
        else:
            raise AssertionError(row.method)


async def business(db: Database) -> int:
    """How many changes of business records there were: the audit knows, and the facts of requests."""
    counted = text("SELECT (SELECT count(*) FROM audit) + (SELECT count(*) FROM approval_fact)")
    async with db.engine.connect() as connection:
        return (await connection.execute(counted)).scalar_one()
