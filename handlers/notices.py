"""Notices: what was told me, reading it, telling others, and what became of it (BR03 BR10 KN11)."""

from typing import Any

from conversations import driver
from conversations.form import Form
from conversations.kinds.reference import Picked
from conversations.notices import (
    AUDIENCE,
    FIND,
    INSTRUCT,
    PERSON,
    PUBLISH,
    REPLACE,
    TELL_ALL,
    TELL_ONE,
    everybody,
    notice_card,
    read_it,
    shelf_screen,
)
from crm_core.attachments import service as attachments
from crm_core.kit.errors import NOT_ALLOWED, DomainError
from crm_core.notices import queries, service
from crm_core.notices.models import State
from crm_core.notices.permissions import TELL
from crm_core.notices.queries import Shelf
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import post
from screens.attachments import picture_of
from screens.lists import page_of
from screens.notices import (
    POLICIES,
    ROWS,
    SENT,
    SUBJECT,
    TOLD,
    UNREAD,
    sent_list_screen,
    unread_screen,
    withdraw_screen,
    write_screen,
)
from screens.screen import N_, Button, Place, Screen


@command(
    "notices",
    N_("Notices and policies told to me; /notices travel finds one"),
    permission=TELL,
    order=33,
    words=("公告", "通知", "制度", "政策", "我的通知", "公司制度", "notices", "policies", "announcements"),
)
async def notices(turn: Turn) -> None:
    """Unread first; with words behind the command, those that speak of them."""
    await _list(turn, Shelf.ALL, f"f {turn.text}", Place.NEW)


@button(TOLD.key)
async def page(turn: Turn) -> None:
    assert turn.tap is not None
    await _list(turn, Shelf.ALL, turn.tap.arg, Place.EDIT)


@button(POLICIES.key)
async def policies(turn: Turn) -> None:
    """What is in force for me, told or not: also for who has just come (KN11)."""
    assert turn.tap is not None
    await _list(turn, Shelf.POLICIES, turn.tap.arg, _place(turn))


async def _list(turn: Turn, shelf: Shelf, arg: str, place: Place) -> None:
    at, words = page_of(arg)
    found = await queries.told_to(turn.session, turn.actor, shelf, words, at, limit=ROWS)
    await turn.show(await shelf_screen(turn.session, turn.actor, shelf, words, page=found, place=place))


def _place(turn: Turn) -> Place:
    """From a digest it comes below; the digest stays."""
    return Place.NEW if turn.tap is not None and turn.tap.arg == "below" else Place.EDIT


@button("notice")
async def one(turn: Turn) -> None:
    await turn.show(await notice_card(turn.session, turn.actor, turn.id, place=_place(turn)))


@button("notice.whole")
async def whole(turn: Turn) -> None:
    await turn.show(await notice_card(turn.session, turn.actor, turn.id, whole=True))


@button("notice.read")
async def read(turn: Turn) -> None:
    """One tap; a second one says that it was read already."""
    if not await read_it(turn.session, turn.actor, turn.id):
        await turn.toast(N_("You have read it already."))
    await turn.show(await notice_card(turn.session, turn.actor, turn.id))


@button("notice.files")
async def files(turn: Turn) -> None:
    """What was sent along: photos as an album, each other file by itself."""
    row = await queries.find(turn.session, turn.actor, turn.id)
    if row.state == State.WITHDRAWN and row.by_id != turn.actor.id:
        raise DomainError(NOT_ALLOWED)
    held = [one for one in await attachments.of(turn.session, SUBJECT, turn.id) if not one.is_lost]
    shown = [(one, picture) for one in held if (picture := picture_of(one, turn.reader.bot_id)) is not None]
    facts = {"flow": row.by, "count": len(shown), "later": len(held) - len(shown)}
    caption = Screen("approvals/files.html", facts, place=Place.NEW)
    photos = [picture for one, picture in shown if one.kind == "photo"]
    if photos or not shown:
        await post.send_album(turn.session, turn.reader, photos, caption)
    for one, picture in shown:
        if one.kind != "photo":
            await post.send_document(turn.session, turn.reader, picture, caption)


# --- telling others


@button("notice.new")
async def new(turn: Turn) -> None:
    """What is to be told: to one (the button may name who), to many, to a unit, as a policy."""
    assert turn.tap is not None
    _refuse_who_has_nobody(turn)
    if turn.id:
        person = await PERSON.get(turn.session, turn.actor, turn.id)
        await driver.begin(turn.scene, TELL_ONE, {"employee": PERSON.dump(Picked(person.id, person.label))})
        return
    forms: dict[str, Form] = {"one": TELL_ONE, "all": TELL_ALL, "instruction": INSTRUCT, "policy": PUBLISH}
    if turn.tap.arg == "team":
        await driver.begin(turn.scene, TELL_ALL, _to_everybody(turn))
    elif turn.tap.arg in forms:
        await driver.begin(turn.scene, forms[turn.tap.arg])
    else:
        await turn.show(write_screen())


def _to_everybody(turn: Turn) -> dict[str, Any]:
    """The first answer: all whom one reaches."""
    chosen = everybody(turn.actor)
    return {"to": AUDIENCE.dump(Picked(chosen.id, chosen.label))}


def _refuse_who_has_nobody(turn: Turn) -> None:
    if not queries.tells(turn.actor):
        raise DomainError(NOT_ALLOWED)


@button("notice.pass")
async def pass_on(turn: Turn) -> None:
    """A superior tells the own people what was told from above (KN11)."""
    _refuse_who_has_nobody(turn)
    row = await queries.find(turn.session, turn.actor, turn.id)
    if row.state != State.ACTIVE:
        raise DomainError(NOT_ALLOWED)
    await driver.begin(turn.scene, TELL_ALL, {**_to_everybody(turn), "text": row.text})


@button(SENT.key)
async def sent(turn: Turn) -> None:
    assert turn.tap is not None
    at, _ = page_of(turn.tap.arg)
    await turn.show(sent_list_screen(await queries.written_by(turn.session, turn.actor, at), turn.actor))


@button(UNREAD.key)
async def unread(turn: Turn) -> None:
    """Who has not read what one told."""
    assert turn.tap is not None
    row = await _own(turn)
    at, _ = page_of(turn.tap.arg)
    await turn.show(unread_screen(await queries.unread_of(turn.session, turn.id, at), row))


async def _own(turn: Turn) -> Any:
    row = await queries.find(turn.session, turn.actor, turn.id)
    if not queries.may_change(turn.actor, row):
        raise DomainError(NOT_ALLOWED)
    return row


@button("notice.nudge")
async def nudge(turn: Turn) -> None:
    """Who has not read it gets it again; once a day."""
    told = await service.nudge_unread(turn.session, turn.actor, turn.id)
    await turn.toast(N_("👋 Told again: %(count)s")(count=told) if told else N_("Nudged today already."))
    await turn.show(await notice_card(turn.session, turn.actor, turn.id))


@button("notice.replace")
async def replace(turn: Turn) -> None:
    await _own(turn)
    await driver.begin(turn.scene, REPLACE, {"replaces": turn.id})


@button("notice.withdraw")
async def withdraw(turn: Turn) -> None:
    """Asked once more, then done."""
    assert turn.tap is not None
    row = await _own(turn)
    if turn.tap.arg != "yes":
        await turn.show(withdraw_screen(row, await queries.tally(turn.session, turn.id)))
        return
    await service.withdraw_notice(turn.session, turn.actor, turn.id)
    await turn.show(await notice_card(turn.session, turn.actor, turn.id, said=N_("✓ Withdrawn. Its copies say so.")))


@button("notice.find")
async def find(turn: Turn) -> None:
    await driver.begin(turn.scene, FIND)


@tile(Module.WORK, permission=TELL, order=20)
async def waiting(turn: Turn) -> Part:
    """How many are not read yet."""
    count = await queries.count_unread(turn.session, turn.actor)
    label = N_("📬 Notices (%(count)s)")(count=count) if count else TOLD.title
    return Part(rows=((Button(label, TOLD.key),),))


@tile(Module.KNOWLEDGE, permission=TELL, order=30)
async def in_force(_turn: Turn) -> Part:
    return Part(rows=((Button(POLICIES.title, POLICIES.key),),))
