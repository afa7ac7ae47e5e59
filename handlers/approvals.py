"""The card of a request: deciding with one tap, everything else behind More (CD04, BY14, BY18)."""

from collections.abc import Awaitable, Callable
from typing import Final

from conversations import driver
from conversations.approvals import announce, card, goes_on, see, spoken
from conversations.approvals_acts import AFTER, ANSWER, BEFORE, COMMENT, REASSIGN, REJECT, RETURN, REVOKE, TRANSFER
from conversations.approvals_apply import sends_again
from conversations.form import Form
from conversations.kinds.base import Sent, Typed
from conversations.kinds.files import file_ref
from conversations.kinds.media import refuse_large, refuse_program
from conversations.pressed import plain
from crm_core.approvals import errors, queries, service, signing
from crm_core.approvals.authority import Say
from crm_core.approvals.case import LONGEST_WORDS, Case
from crm_core.approvals.facts import Status
from crm_core.approvals.models import ApprovalSeat
from crm_core.approvals.outlook import turn_of
from crm_core.approvals.permissions import REASSIGN as MAY_REASSIGN
from crm_core.attachments import service as attachments
from crm_core.attachments.models import FileKind
from crm_core.kit.behind import nested
from crm_core.kit.db import now, operation
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.outbox import service as outbox
from handlers.routing import button
from handlers.turn import Turn
from screens import post
from screens.approvals import DETAILS, OPEN, SUBJECT, card_screen, details_screen, return_screen, withdraw_screen
from screens.approvals_route import Seen, route
from screens.approvals_trace import PICTURE, TRACE, flow_screen, trace_screen
from screens.attachments import picture_of
from screens.screen import N_, Msg, Place, Screen, Titled, page_number
from screens.wording import words_of
from screens.words.approvals import local

_YES: Final = frozenset(
    {
        "同意",
        "批准",
        "通过",
        "可以",
        "好",
        "好的",
        "行",
        "ok",
        "okay",
        "yes",
        "approve",
        "approved",
        "fine",
        "agreed",
        "👍",
    }
)
_NO: Final = frozenset({"不同意", "不批", "不行", "驳回", "拒绝", "no", "decline", "declined", "reject", "rejected"})


async def seen_by(turn: Turn, approval_id: int) -> Seen:
    """The request, for who may read it. Raises `not_found`."""
    return await see(turn.session, await queries.whole(turn.session, turn.actor, approval_id))


async def of_seat(turn: Turn, seat_id: int) -> int:
    """The request that a seat is of. Raises `not_found`, for whoever may not read it too."""
    seat = await turn.session.get(ApprovalSeat, seat_id)
    if seat is None:
        raise DomainError(NOT_FOUND)
    return seat.approval_id


def key_of(turn: Turn, what: int) -> str | None:
    """By which the command counts once, however often this tap comes."""
    number = operation(turn.session)
    return None if number is None else f"{number}:{what}"


async def do(turn: Turn, approval_id: int, act: Callable[[], Awaitable[Case]], toast: Msg) -> None:
    """Carry a command out, tell everybody, draw the card. Pressed too late: say so, and draw how it stands."""
    try:
        async with nested(turn.session):
            with spoken(turn.session, turn.actor):
                case = await act()
    except DomainError as error:
        if error.code == NOT_FOUND:
            raise
        await turn.toast(words_of(error), alert=True)
        await turn.show(await card(turn.session, turn.actor, approval_id))
        return
    seen = await announce(turn.session, case, turn.actor, but=_here(turn))
    await turn.toast(toast)
    await turn.show(card_screen(seen or await seen_by(turn, approval_id), turn.actor))


def _here(turn: Turn) -> tuple[int, int] | None:
    return (turn.reader.chat_id, turn.message_id) if turn.message_id is not None else None


@button(OPEN)
async def open_(turn: Turn) -> None:
    """The request with everything one may do with it."""
    seen = await seen_by(turn, turn.id)
    await turn.show(card_screen(seen, turn.actor, opened=True))


@button("approval.yes")
async def approve(turn: Turn) -> None:
    """One tap decides."""
    approval_id = await of_seat(turn, turn.id)
    say = Say(seat=turn.id, key=key_of(turn, turn.id))
    await do(turn, approval_id, lambda: signing.approve(turn.session, turn.actor, say), N_("✅ Approved"))


async def _begin(turn: Turn, form: Form, **given: object) -> None:
    """A short form about the seat that was tapped, if it is still the actor's turn; else the card as it stands."""
    approval_id = await of_seat(turn, turn.id)
    seen = await seen_by(turn, approval_id)
    if await _is_late(turn, seen):
        return
    await driver.begin(turn.scene, form, {"approval_id": approval_id, "seat": turn.id, **given})


async def _is_late(turn: Turn, seen: Seen) -> bool:
    """Told why, and shown how it stands, when the tapped seat is not the actor's to use."""
    try:
        await signing.may_use(turn.session, turn.actor, turn.id)
    except DomainError as error:
        if error.code == NOT_FOUND:
            raise
        await turn.toast(words_of(local(error, turn.actor, now(turn.session))), alert=True)
        await turn.show(card_screen(seen, turn.actor))
        return True
    return False


@button("approval.no")
async def reject(turn: Turn) -> None:
    """For a reason."""
    await _begin(turn, REJECT)


@button("approval.transfer")
async def transfer(turn: Turn) -> None:
    await _begin(turn, TRANSFER)


@button("approval.before")
async def before(turn: Turn) -> None:
    await _begin(turn, BEFORE)


@button("approval.after")
async def after(turn: Turn) -> None:
    await _begin(turn, AFTER)


@button("approval.return")
async def send_back(turn: Turn) -> None:
    """To the applicant, or to an earlier step where there is one."""
    assert turn.tap is not None
    if turn.tap.arg:
        await _begin(turn, RETURN, step=turn.tap.arg)
        return
    approval_id = await of_seat(turn, turn.id)
    seen = await seen_by(turn, approval_id)
    if await _is_late(turn, seen):
        return
    earlier = signing.earlier_steps(seen.whole)
    if earlier:
        await turn.show(return_screen(seen, turn.id, earlier, turn.actor))
    else:
        await _begin(turn, RETURN, step="-")


@button("approval.remove")
async def remove(turn: Turn) -> None:
    """Take away a signer one has added."""
    approval_id = await of_seat(turn, turn.id)
    say = Say(seat=turn.id, key=key_of(turn, turn.id))
    await do(turn, approval_id, lambda: signing.remove_added(turn.session, turn.actor, say), N_("Taken away."))


@button("approval.reassign")
async def reassign(turn: Turn) -> None:
    """An admin puts somebody else on the seat of who is ill, or away without a deputy."""
    await require(turn.session, turn.actor, MAY_REASSIGN)
    approval_id = await of_seat(turn, turn.id)
    await seen_by(turn, approval_id)
    await driver.begin(turn.scene, REASSIGN, {"approval_id": approval_id, "seat": turn.id})


@button("approval.comment")
async def comment(turn: Turn) -> None:
    await seen_by(turn, turn.id)
    await driver.begin(turn.scene, COMMENT, {"approval_id": turn.id})


@button("approval.files")
async def files(turn: Turn) -> None:
    """What was sent along: photos as an album, each other file by itself."""
    seen = await seen_by(turn, turn.id)
    held = [one for one in await attachments.of(turn.session, SUBJECT, seen.id) if not one.is_lost]
    shown = [(one, picture) for one in held if (picture := picture_of(one, turn.reader.bot_id)) is not None]
    facts = {"flow": Titled(seen.whole.flow.title), "count": len(shown), "later": len(held) - len(shown)}
    caption = Screen("approvals/files.html", facts, place=Place.NEW)
    photos = [picture for one, picture in shown if one.kind == "photo"]
    if photos or not shown:
        await post.send_album(turn.session, turn.reader, photos, caption)
    for one, picture in shown:
        if one.kind != "photo":
            await post.send_document(turn.session, turn.reader, picture, caption)


# --- the applicant's


@button("approval.nudge")
async def nudge(turn: Turn) -> None:
    """Whoever's turn it is hears that it is waited for."""
    await _own(turn, lambda: service.nudge(turn.session, turn.actor, turn.id, key=key_of(turn, turn.id)), N_("Told."))


@button("approval.withdraw")
async def withdraw(turn: Turn) -> None:
    """Asked once more, then done."""
    assert turn.tap is not None
    seen = await seen_by(turn, turn.id)
    if turn.tap.arg == "yes" or seen.request.ended or seen.request.applicant != turn.actor.id:
        key = key_of(turn, turn.id)
        await _own(turn, lambda: service.withdraw(turn.session, turn.actor, turn.id, key=key), N_("Withdrawn."))
        return
    await turn.show(withdraw_screen(seen))


async def _own(turn: Turn, act: Callable[[], Awaitable[Case]], toast: Msg) -> None:
    await seen_by(turn, turn.id)
    await do(turn, turn.id, act, toast)


@button("approval.again")
async def again(turn: Turn) -> None:
    """A returned request, its form filled as it was."""
    seen = await seen_by(turn, turn.id)
    _must_be_own(seen, turn.actor)
    if seen.request.status is not Status.RETURNED:
        await turn.toast(words_of(DomainError(errors.NOT_RETURNED)), alert=True)
        await turn.show(card_screen(seen, turn.actor))
        return
    form, known = await sends_again(turn.session, turn.actor, seen.whole)
    await driver.begin(turn.scene, form, known)


@button("approval.revoke")
async def revoke(turn: Turn) -> None:
    """Ask to undo what was approved, for a reason."""
    seen = await seen_by(turn, turn.id)
    _must_be_own(seen, turn.actor)
    await driver.begin(turn.scene, REVOKE, {"approval_id": turn.id})


def _must_be_own(seen: Seen, actor: Actor) -> None:
    if seen.request.applicant != actor.id:
        raise DomainError(errors.NOT_YOURS)


@button("approval.agree")
async def agree(turn: Turn) -> None:
    """The last approver undoes the approval."""
    await _answer_revoke(turn, agreed=True)


@button("approval.refuse")
async def refuse(turn: Turn) -> None:
    await _answer_revoke(turn, agreed=False)


async def _answer_revoke(turn: Turn, *, agreed: bool) -> None:
    key = key_of(turn, turn.id)
    toast = N_("Undone.") if agreed else N_("It stands.")
    await _own(turn, lambda: service.answer_revoke(turn.session, turn.actor, turn.id, agreed=agreed, key=key), toast)


# --- a line that answers a card


async def _answers(turn: Turn) -> int | None:
    """The request whose card the message answers."""
    if turn.reply_to is None:
        return None
    subject = await outbox.subject_at(
        turn.session, bot_id=turn.reader.bot_id, chat_id=turn.reader.chat_id, message_id=turn.reply_to
    )
    return subject[1] if subject is not None and subject[0] == SUBJECT else None


async def attached(turn: Turn, thing: Sent) -> bool:
    """Whether a file answered a request's card: it is added to the request, and who is concerned hears it."""
    approval_id = await _answers(turn) if thing.what in set(FileKind) else None
    if approval_id is None:
        return False
    refuse_program(thing.data)
    refuse_large(thing.data)
    words = str(thing.data.get("caption") or "")[:LONGEST_WORDS]
    with spoken(turn.session, turn.actor):
        case = await signing.attach(
            turn.session, turn.actor, approval_id, [file_ref(thing)], words=words, key=key_of(turn, approval_id)
        )
    seen = await announce(turn.session, case, turn.actor)
    if seen is not None and not goes_on(seen, seen.whole.facts[-1]):
        await turn.show(card_screen(seen, turn.actor, said=N_("📎 Added to this request"), place=Place.NEW))
    return True


async def replied(turn: Turn) -> bool:
    """Whether the line answered a request's card: it is offered as the words of the decision, which is still a tap."""
    approval_id = await _answers(turn)
    if approval_id is None:
        return False
    seen = await seen_by(turn, approval_id)
    mine = turn_of(seen.request, turn.actor)
    if mine is None:
        await driver.begin(turn.scene, COMMENT, {"approval_id": seen.id}, first=Typed(turn.text, turn.said_in))
        return True
    known = {"approval_id": seen.id, "seat": seen.whole.seats[mine.no]}
    said = plain(turn.text)
    if said in _NO:
        await driver.begin(turn.scene, REJECT, known)
    else:
        await driver.begin(turn.scene, ANSWER, {**known, "said": "" if said in _YES else turn.text})
    return True


# --- told whole


@button(DETAILS)
async def details(turn: Turn) -> None:
    """What the record that asks has to say: the lines of a claim, what was checked."""
    assert turn.tap is not None
    await turn.show(details_screen(await seen_by(turn, turn.id), turn.actor, page_number(turn.tap.arg)))


@button(TRACE)
async def trace(turn: Turn) -> None:
    """Everything that happened to it (AP06)."""
    assert turn.tap is not None
    seen = await seen_by(turn, turn.id)
    await turn.show(trace_screen(seen, turn.actor, page_number(turn.tap.arg)))


@button(PICTURE)
async def picture(turn: Turn) -> None:
    """The flow with its state in colour (AP04)."""
    seen = await seen_by(turn, turn.id)
    await turn.show(flow_screen(seen, turn.actor, route(seen, turn.actor)))
