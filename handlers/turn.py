"""One turn of a conversation: who did what in which chat, and the ways to answer."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.driver import Scene
from conversations.form import forms
from conversations.onwards import way_back
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.kit.db import now
from crm_core.kit.languages import Language
from crm_core.org.actor import Actor
from screens import post
from screens.post import Reader
from screens.screen import Msg, Place, Screen, Tap
from screens.undo import with_undo

LATE: Final = timedelta(minutes=2)


@dataclass(slots=True)
class Turn:
    """What a handler gets. It answers through this object; what it writes goes into the update's transaction."""

    session: AsyncSession
    actor: Actor
    reader: Reader
    username: str  # the bot's, for links
    happened_at: datetime  # when the person did it, by the messenger's clock
    draft: Draft | None = None  # the open one of this chat
    text: str = ""  # after the command's name, or all that was typed
    tap: Tap | None = None
    query_id: str | None = None
    message_id: int | None = None  # of the tapped message
    said_in: int | None = None  # the person's own message
    keyboard: list[list[dict[str, str]]] | None = None  # the tapped message's, as the messenger wrote it
    reply_to: int | None = None  # the message that what was typed answers
    calendars: str = ""  # the public address of calendar feeds, where they are served
    toasted: bool = field(default=False, init=False)

    @property
    def scene(self) -> Scene:
        interrupts = self.draft.id if self.draft else None
        return Scene(self.session, self.actor, self.reader, self.message_id, self.said_at, interrupts)

    @property
    def said_at(self) -> datetime | None:
        """When the message was written, if it arrived late (typed where there was no network)."""
        return self.happened_at if now(self.session) - self.happened_at > LATE else None

    @property
    def id(self) -> int:
        """The tapped button's object."""
        assert self.tap is not None
        return self.tap.id

    async def tapped_draft(self) -> Draft | None:
        """The person's own draft that the tapped button is about; the open one was read with the update."""
        if self.draft is not None and self.draft.id == self.id:
            return self.draft
        return await drafts.find(self.session, self.actor.id, self.id)

    def speak(self, language: Language) -> None:
        """Answer in this language from here on."""
        self.reader = replace(self.reader, language=language)

    async def show(self, screen: Screen) -> int | None:
        """In the tapped message's place if the screen wants that and there is one; else as a new message, of which a
        screen with a subject makes a card: answers its id.
        """
        screen = self._with_way_back(with_undo(self.session, screen))
        if self.message_id is not None and screen.place == Place.EDIT and (screen.drawn or not screen.photo):
            await post.edit_message(self.session, self.reader, screen, self.message_id)
            return None
        return await post.send(self.session, self.reader, screen)

    def _with_way_back(self, screen: Screen) -> Screen:
        """Whatever interrupted an open form ends with the way back into it."""
        if self.draft is None or self.draft.form not in forms():
            return screen
        return replace(screen, rows=(*screen.rows, (way_back(self.draft),)))

    async def drop_button(self) -> None:
        """Take the tapped button away from its message; the others stay."""
        if self.keyboard is None or self.tap is None or self.message_id is None:
            return
        key = f"{self.tap.key}:{self.tap.id}:"
        left = [[one for one in row if not one.get("callback_data", "").startswith(key)] for row in self.keyboard]
        await post.edit_keyboard(self.session, self.reader, self.message_id, [row for row in left if row])

    async def toast(self, words: Msg, *, alert: bool = False) -> None:
        """A few words over the chat, as the answer to a tap."""
        if self.query_id is not None and not self.toasted:
            self.toasted = True
            await post.answer_tap(self.session, self.reader, self.query_id, words, alert=alert)

    async def settle(self) -> None:
        """Stop the tap's spinner if nothing has yet."""
        if self.query_id is not None and not self.toasted:
            self.toasted = True
            await post.answer_tap(self.session, self.reader, self.query_id)
