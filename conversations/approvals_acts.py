"""The short forms of a request: why not, back to whom, who else, what one says (BY14)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import announce, card, spoken
from conversations.approvals_apply import colleague, found_colleagues
from conversations.form import Answers, Field, Form, Own
from conversations.kinds.choices import Choice
from conversations.kinds.plain import Text
from conversations.kinds.reference import Found, NamedRef
from conversations.pool import Usual
from crm_core.approvals import queries, service, signing, timers
from crm_core.approvals.authority import Say
from crm_core.approvals.case import LONGEST_WORDS, Case
from crm_core.approvals.facts import Origin
from crm_core.approvals.permissions import APPLY
from crm_core.approvals.permissions import REASSIGN as MAY_REASSIGN
from crm_core.org.actor import Actor
from crm_core.org.rights import Permission
from screens.catalogue import say
from screens.screen import N_, Msg, Screen, fit
from screens.words.approvals import ANSWERS, REASONS, Answer

Act = Callable[[AsyncSession, Actor, dict[str, Any]], Awaitable[Case]]


def _submit(act: Act) -> Act:
    """The act, and everybody told of it."""

    async def submit(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
        with spoken(session, actor):
            case = await act(session, actor, values)
        await announce(session, case, actor)
        return case

    return submit


def _done(said: Msg) -> Callable[[AsyncSession, Actor, Case], Awaitable[Screen]]:
    async def done(session: AsyncSession, actor: Actor, case: Case) -> Screen:
        return await card(session, actor, case.id, said=said)

    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class InWords:
    """Something done to a seat, in words."""

    approval_id: int
    seat: int
    words: str


async def _reject(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    given = InWords(**values)
    usual = REASONS.get(given.words)
    words = say(usual, actor.language) if usual is not None else given.words
    return await signing.reject(session, actor, Say(seat=given.seat, words=words))


REJECT: Final = Form(
    "approval.reject",
    title=N_("Decline"),
    fields=(Field("words", Usual(most=LONGEST_WORDS, words=REASONS), N_("Reason"), N_("Why not?")),),
    command=InWords,
    submit=_submit(_reject),
    done=_done(N_("✓ Saved. The applicant reads your words.")),
    permission=APPLY,
    hidden=("approval_id", "seat"),
    at_once=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """Returned: to the applicant ("-") or an earlier step."""

    approval_id: int
    seat: int
    step: str
    words: str


async def _return(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    given = Back(**values)
    to = None if given.step == "-" else given.step
    return await signing.send_back(session, actor, Say(seat=given.seat, words=given.words), to)


RETURN: Final = Form(
    "approval.return",
    title=N_("Return it"),
    fields=(Field("words", Text(most=LONGEST_WORDS, lines=True), N_("Reason"), N_("What is to be changed?")),),
    command=Back,
    submit=_submit(_return),
    done=_done(N_("✓ Saved. It has gone back.")),
    permission=APPLY,
    hidden=("approval_id", "seat", "step"),
    at_once=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSomebody:
    """A colleague takes a seat, or one beside it."""

    approval_id: int
    seat: int
    to: int


async def _transfer(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    given = ToSomebody(**values)
    return await signing.transfer(session, actor, Say(seat=given.seat), given.to)


def _adding(where: Origin) -> Act:
    async def add(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
        given = ToSomebody(**values)
        return await signing.add_signer(session, actor, Say(seat=given.seat), given.to, where)

    return add


async def _signers(session: AsyncSession, actor: Actor, text: str, held: Answers) -> Found:
    """Who can be asked to sign: nobody who does already, nor the applicant."""
    whole = await queries.whole(session, actor, held["approval_id"])
    there = {one.holder for one in whole.request.chairs.values() if one.pending}
    without = {actor.id, whole.request.applicant, *there}
    return await found_colleagues(session, actor, text, without)


SIGNER: Final = NamedRef(find=_signers, get=colleague)


def _who(key: str, title: Msg, ask: Msg, act: Act, done: Msg, permission: Permission = APPLY) -> Form:
    return Form(
        key,
        title=title,
        fields=(Field("to", SIGNER, N_("Colleague"), ask),),
        command=ToSomebody,
        submit=_submit(act),
        done=_done(done),
        permission=permission,
        hidden=("approval_id", "seat"),
        at_once=True,
    )


TRANSFER: Final = _who(
    "approval.transfer",
    N_("Pass it on"),
    N_("Who is to sign in your place?"),
    _transfer,
    N_("✓ Saved. Your colleague has it now."),
)
BEFORE: Final = _who(
    "approval.before",
    N_("Signer before me"),
    N_("Who is to sign before you?"),
    _adding(Origin.BEFORE),
    N_("✓ Saved. You are asked when your colleague has signed."),
)
AFTER: Final = _who(
    "approval.after",
    N_("Signer after me"),
    N_("Who is to sign after you?"),
    _adding(Origin.AFTER),
    N_("✓ Saved. Your colleague signs after you."),
)


async def _reassign(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    given = ToSomebody(**values)
    return await timers.reassign(session, actor, given.seat, given.to)


REASSIGN: Final = _who(
    "approval.reassign",
    N_("Somebody else signs"),
    N_("Who is to sign instead?"),
    _reassign,
    N_("✓ Saved. Your colleague has it now."),
    MAY_REASSIGN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfRequest:
    """Something said of a request."""

    approval_id: int
    words: str


async def _comment(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    given = OfRequest(**values)
    return await signing.comment(session, actor, given.approval_id, given.words)


async def _revoke(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    given = OfRequest(**values)
    return await service.ask_revoke(session, actor, given.approval_id, given.words)


def _saying(key: str, title: Msg, label: Msg, ask: Msg, act: Act, done: Msg) -> Form:
    return Form(
        key,
        title=title,
        fields=(Field("words", Text(most=LONGEST_WORDS, lines=True), label, ask),),
        command=OfRequest,
        submit=_submit(act),
        done=_done(done),
        permission=APPLY,
        hidden=("approval_id",),
        at_once=True,
    )


COMMENT: Final = _saying(
    "approval.comment",
    N_("Comment"),
    N_("Comment"),
    N_("What do you want to say? All who sign and the applicant read it."),
    _comment,
    N_("✓ Saved. They have been told."),
)
REVOKE: Final = _saying(
    "approval.revoke",
    N_("Undo approval"),
    N_("Reason"),
    N_("Why is the approval to be undone?"),
    _revoke,
    N_("✓ Saved."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A line that answered the card: it goes with the decision."""

    approval_id: int
    seat: int
    said: str
    answer: str
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


async def _answer(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    given = Reply(**values)
    verb = signing.approve if given.answer == Answer.YES else signing.reject
    return await verb(session, actor, Say(seat=given.seat, words=given.said or None))


async def _said(_session: AsyncSession, _actor: Actor, held: Answers) -> Own:
    said = " ".join(str(held.get("said", "")).split())
    return Own(brief=N_("Your words: “%(words)s”")(words=fit(said, 90)) if said else None)


ANSWER: Final = Form(
    "approval.answer",
    title=N_("Decide"),
    fields=(Field("answer", Choice(Answer, ANSWERS), N_("Decision"), N_("Do you approve it?")),),
    command=Reply,
    submit=_submit(_answer),
    done=_done(N_("✓ Saved.")),
    permission=APPLY,
    hidden=("approval_id", "seat", "said"),
    at_once=True,
    more=_said,
)
