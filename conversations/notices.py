"""Notices in the chat: the forms that write them, the cards of who tells and who is told, and how these get there."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.away import FromDay
from conversations.form import Answers, Field, Foresee, Form, Option, Own
from conversations.kinds.files import Files
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from crm_core.attachments import service as attachments
from crm_core.attachments.service import FileRef
from crm_core.kit.db import AnyRow
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.notices import drawing, queries, service
from crm_core.notices.models import Kind, Notice
from crm_core.notices.permissions import TELL
from crm_core.notices.queries import Shelf
from crm_core.notices.service import EVERYBODY, LONGEST_TEXT, ReplacePolicy, TellNotice
from crm_core.org import queries as org
from crm_core.org.actor import Actor
from crm_core.org.rights import Scope, scope_of
from crm_core.outbox import service as outbox
from screens import post
from screens.catalogue import say
from screens.notices import COPY, SUBJECT, notices_screen, sent_screen, told_screen
from screens.post import Message, Reader
from screens.screen import N_, Msg, Place, Screen, Words

_MOST_OPTIONS: Final = 5
_LATEST_CARDS: Final = 3  # of the writer's: further up nobody looks
_AT_ONCE: Final = 50  # people whose cards go out with the writer's own turn; the clock sees to the others
_NAMES: Final = 3
_SENT: Final = N_("✓ Sent. You see here who has read it.")
_COMPANY: Final = N_("The whole company")
_MINE: Final = N_("All my people")


async def notice_card(
    session: AsyncSession,
    actor: Actor,
    notice_id: int,
    *,
    whole: bool = False,
    said: Msg | None = None,
    place: Place = Place.EDIT,
) -> Screen:
    """A notice as it stands: with who has read it for who told it, with [✓ Read] for the others.

    Raises `not_found`.
    """
    row = await queries.find(session, actor, notice_id)
    files = len(await attachments.of(session, SUBJECT, notice_id))
    if queries.may_change(actor, row):
        tally = await queries.tally(session, notice_id)
        unread = await queries.unread_of(session, notice_id, limit=_NAMES)
        return sent_screen(row, tally, unread.rows, actor, files=files, whole=whole, said=said, place=place)
    return told_screen(
        row,
        files=files,
        read_at=row.read_at,
        passes_on=actor.has_reports and queries.tells(actor),
        whole=whole,
        newer=await queries.replaced_by(session, notice_id),
        said=said,
        place=place,
        subject=f"{COPY}:{row.receipt}" if row.receipt is not None else None,
    )


async def shelf_screen(
    session: AsyncSession, actor: Actor, shelf: Shelf, text: str = "", *, page: Any, place: Place = Place.EDIT
) -> Screen:
    """What was told the actor, or the policies in force."""
    unread = await queries.count_unread(session, actor)
    return notices_screen(page, shelf, unread, actor, searched=text, place=place)


async def read_it(session: AsyncSession, actor: Actor, notice_id: int) -> bool:
    """As `service.read_notice`; who told it sees the count at once, or a few seconds later where many read.

    The notice's row is taken before the receipt's, as by who withdraws it: two never wait for each other.
    """
    draws = await service.take_turn(session, notice_id)
    first = await service.read_notice(session, actor, notice_id)
    if draws:
        await redraw_writer(session, notice_id)
    return first


async def redraw_writer(session: AsyncSession, notice_id: int) -> None:
    """The cards on which its writer sees who has read it."""
    for card in (await outbox.cards_of(session, f"{SUBJECT}:{notice_id}"))[-_LATEST_CARDS:]:
        who = await org.in_chat(session, card.chat_id)
        if who is not None:
            screen = await notice_card(session, who, notice_id)
            await post.edit(session, Reader(card.bot_id, card.chat_id, who.language, who.zone), screen, card_id=card.id)


async def deliver(session: AsyncSession, notice_id: int | None = None, most: int = drawing.AT_ONCE) -> int:
    """Put the next copies that are due into the outbox; answers how many receipts were looked at."""
    due = await drawing.take(session, notice_id, most)
    if due.send or due.edit:
        screens = _Screens(session)
        messages = [Message(_reader(one), await screens.of(one), f"{COPY}:{one.receipt_id}") for one in due.send]
        about = {f"{COPY}:{one.receipt_id}": one for one in due.edit}
        for card in await outbox.cards_of_all(session, about.keys()) if about else ():
            copy = about[card.subject]
            messages.append(Message(_reader(copy), await screens.of(copy), card.subject, card.id))
        await post.put_all(session, messages)
    return due.looked


def _reader(copy: drawing.Copy) -> Reader:
    return Reader(copy.bot_id, copy.chat_id, copy.language, copy.zone)


class _Screens:
    """The screens of a batch: of each notice one for who gets it first, for who is asked again, for who leads."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._made: dict[tuple[int, bool, bool], Screen] = {}

    async def of(self, copy: drawing.Copy) -> Screen:
        key = (copy.notice_id, copy.again, copy.leads)
        if key not in self._made:
            row = await queries.unchecked(self._session, copy.notice_id)
            files = len(await attachments.of(self._session, SUBJECT, copy.notice_id))
            newer = await queries.replaced_by(self._session, copy.notice_id)
            self._made[key] = told_screen(
                row, files=files, hurry=copy.again, passes_on=copy.leads, newer=newer, place=Place.NEW
            )
        return self._made[key]


# --- the forms


def _found(rows: list[Option]) -> Found:
    return Found(tuple(rows[:_MOST_OPTIONS]), len(rows) > _MOST_OPTIONS)


async def _people(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    rows = await queries.people(session, actor, text, _MOST_OPTIONS + 1)
    return _found([Option(row.id, row.name, row.unit) for row in rows])


async def _person(session: AsyncSession, actor: Actor, employee_id: int) -> Option:
    rows = await queries.people(session, actor, "", 1, only=employee_id)
    if not rows:
        raise DomainError(NOT_FOUND)
    return Option(rows[0].id, rows[0].name, rows[0].unit)


def everybody(actor: Actor) -> Option:
    """All whom the actor reaches."""
    words = _COMPANY if scope_of(actor, TELL) == Scope.ALL else _MINE
    return Option(EVERYBODY, say(words, actor.language))


async def _audiences(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    """Everybody first, then the units."""
    all_ = everybody(actor)
    rows = await queries.units(session, actor, text, _MOST_OPTIONS + 1)
    first = [all_] if not text or text.casefold() in all_.label.casefold() else []
    return _found([*first, *(_as_unit(row) for row in rows)])


async def _audience(session: AsyncSession, actor: Actor, unit_id: int) -> Option:
    if unit_id == EVERYBODY:
        return everybody(actor)
    rows = await queries.units(session, actor, "", 1, only=unit_id)
    if not rows:
        raise DomainError(NOT_FOUND)
    return _as_unit(rows[0])


def _as_unit(row: AnyRow) -> Option:
    return Option(row.id, row.name, row.parent or "")


AUDIENCE: Final = NamedRef(find=_audiences, get=_audience)
PERSON: Final = NamedRef(find=_people, get=_person)

_TEXT: Final = Field(
    "text",
    Text(most=LONGEST_TEXT, lines=True),
    N_("Text"),
    N_("What do you want to tell? Up to 2,000 characters, in several lines if you like."),
)
_TO: Final = Field("to", AUDIENCE, N_("For"), N_("Who is to read it? A unit includes all below it."))
_SINCE: Final = Field("since", FromDay(), N_("In force from"), N_("From which day is it in force?"), required=False)
_FILES: Final = Field(
    "files", Files(), N_("Files"), N_("Send what belongs to it, one by one or as an album."), required=False
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOne:
    """A note to one person."""

    employee: int
    text: str
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TellAll:
    """A note or an instruction to many."""

    to: int
    text: str
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """A policy."""

    to: int
    text: str
    since: date | None = None
    files: tuple[FileRef, ...] = ()


async def _preview(session: AsyncSession, actor: Actor, _answers: Answers) -> Own:
    """The ready card says how many will read it."""

    async def foresee(held: Answers) -> tuple[Words, ...]:
        one, to = held.get("employee"), held.get("to")
        chosen = {"employee": one.id if one is not None else None, "to": to.id if to is not None else None}
        return (N_("👁 %(count)s will read it")(count=await service.count_meant(session, actor, **chosen)),)

    made: Foresee = foresee
    return Own(foresee=made)


def _teller(kind: Kind) -> Any:
    async def submit(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Notice:
        notice = await service.tell_notice(session, actor, TellNotice(kind=kind, **values))
        await deliver(session, notice.id, _AT_ONCE)
        return notice

    return submit


async def _replace(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Notice:
    notice = await service.replace_policy(session, actor, ReplacePolicy(**values))
    await deliver(session, notice.id, _AT_ONCE)
    return notice


async def _sent(session: AsyncSession, actor: Actor, notice: Notice) -> Screen:
    return await notice_card(session, actor, notice.id, said=_SENT)


def _form(key: str, title: Msg, fields: tuple[Field, ...], command: type[Any], submit: Any, **more: Any) -> Form:
    return Form(
        key,
        title=title,
        fields=fields,
        command=command,
        submit=submit,
        done=_sent,
        permission=TELL,
        save=N_("📨 Send"),
        **more,
    )


_ONE: Final = Field("employee", PERSON, N_("For"), N_("Whom do you want to tell?"))
TELL_ONE: Final = _form(
    "notice.one", N_("Tell one person"), (_ONE, _TEXT, _FILES), TellOne, _teller(Kind.NOTE), more=_preview
)
TELL_ALL: Final = _form(
    "notice.all", N_("Tell several"), (_TO, _TEXT, _FILES), TellAll, _teller(Kind.NOTE), more=_preview
)
INSTRUCT: Final = _form(
    "notice.instruction", N_("Instruction"), (_TO, _TEXT, _FILES), TellAll, _teller(Kind.INSTRUCTION), more=_preview
)
PUBLISH: Final = _form(
    "notice.policy", N_("Policy"), (_TO, _TEXT, _SINCE, _FILES), Publish, _teller(Kind.POLICY), more=_preview
)
REPLACE: Final = _form(
    "notice.replace", N_("New policy"), (_TEXT, _SINCE, _FILES), ReplacePolicy, _replace, hidden=("replaces",)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindNotice:
    """Words of a notice."""

    words: str


async def _look(_session: AsyncSession, _actor: Actor, values: dict[str, Any]) -> str:
    return FindNotice(**values).words


async def _seen(session: AsyncSession, actor: Actor, text: str) -> Screen:
    page = await queries.told_to(session, actor, Shelf.ALL, text, limit=5)
    return await shelf_screen(session, actor, Shelf.ALL, text, page=page)


FIND: Final = Form(
    "notice.find",
    title=N_("Find a notice"),
    fields=(Field("words", Text(most=60), N_("Words"), N_("Which words are in it?")),),
    command=FindNotice,
    submit=_look,
    done=_seen,
    permission=TELL,
    at_once=True,
)
