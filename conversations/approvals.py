"""Telling people of requests: whose turn it is, how it ended, and every copy of the card as it stands (BY18)."""

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.telling import tell
from crm_core.approvals import lists, queries
from crm_core.approvals.case import Case
from crm_core.approvals.events import SeatsReplaced
from crm_core.approvals.facts import Fact, Kind, Status
from crm_core.approvals.moot import RequestsClosed
from crm_core.approvals.outlook import ahead
from crm_core.approvals.queries import Whole
from crm_core.attachments import service as attachments
from crm_core.audit.service import acting
from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.kit.events import subscribe
from crm_core.org.actor import Actor
from crm_core.org.queries import actor as actor_of
from crm_core.org.queries import in_chat
from crm_core.outbox import service as outbox
from screens import post
from screens.approvals import SUBJECT, card_screen, elsewhere_screen
from screens.approvals_route import Line, Seen
from screens.post import Reader
from screens.screen import N_, Place, Screen, Titled, Words, fit
from screens.words.approvals import local

_TOGETHER: Final = timedelta(minutes=2)


@contextmanager
def spoken(session: AsyncSession, actor: Actor) -> Generator[None]:
    """Refusals carry their facts as this person reads them: times by the own clock."""
    try:
        yield
    except DomainError as error:
        raise local(error, actor, now(session)) from error


Tell = Callable[[AsyncSession, Actor, Whole], Awaitable[Sequence[Line]]]
"""Given the applicant, by whose rights the record is read: whoever may read a request may know what it is about."""

_TELLS: Final[list[tuple[str | None, Tell]]] = []


def beside_request(subject: str | None = None) -> Callable[[Tell], Tell]:
    """The decorated function answers what the card of a request shows besides its form: of requests about records of
    this kind, or of all (the budget left, what was checked, the lines of a claim).
    """

    def add(tell_: Tell) -> Tell:
        _TELLS.append((subject, tell_))
        return tell_

    return add


async def _besides(session: AsyncSession, whole: Whole) -> tuple[Line, ...]:
    """What features say of it, the weighty first."""
    of = whole.row.subject_type if whole.row.subject_id is not None else None
    tells = [one for subject, one in _TELLS if subject is None or subject == of]
    applicant = await actor_of(session, whole.row.applicant_id)
    if applicant is None:
        return ()  # has left
    lines = [line for one in tells for line in await one(session, applicant, whole)]
    return tuple(sorted(lines, key=lambda one: not one.heavy))


async def see(session: AsyncSession, whole: Whole) -> Seen:
    """The request with all that its card shows."""
    row, moment = whole.row, now(session)
    colleagues = {whole.request.form.get(one.key) for one in whole.flow.form if one.colleague}
    whole.names.update(await queries.names_of(session, {one for one in colleagues if isinstance(one, int)}))
    customer = select(Customer.name).where(Customer.id == row.about_id)
    return Seen(
        whole=whole,
        ahead=await ahead(session, whole),
        past=await lists.past(session, row, datetime(moment.year, 1, 1, tzinfo=UTC)),
        files=len(await attachments.of(session, SUBJECT, row.id)),
        now=moment,
        besides=await _besides(session, whole),
        customer=await session.scalar(customer) if row.about_id is not None else None,
    )


async def card(
    session: AsyncSession, actor: Actor, approval_id: int, *, said: Words | None = None, opened: bool = False
) -> Screen:
    """The card as the actor sees it. Raises `not_found`."""
    whole = await queries.whole(session, actor, approval_id)
    return card_screen(await see(session, whole), actor, said=said, opened=opened)


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is to hear of something now, each with the line above the card."""

    said: dict[int, Words | None] = field(default_factory=dict[int, Words | None])

    def add(self, employee_id: int | None, words: Words | None = None) -> None:
        """Whoever hears already hears that."""
        if employee_id is not None:
            self.said.setdefault(employee_id, words)


async def announce(
    session: AsyncSession, case: Case, by: Actor | None = None, *, but: tuple[int, int] | None = None
) -> Seen | None:
    """Tell everybody whom it concerns what a command on a request has come to, and redraw every copy of its card but
    the one in chat and message `but`, which the caller draws.

    `by` did it, and is told nothing. Nothing for a command that was done before.
    """
    if case.again:
        return None
    seen = await see(session, await queries.unchecked(session, case.row))
    await redraw(session, seen, but=but)
    audience = await _audience(session, case, seen)
    for employee_id, words in audience.said.items():
        if by is None or employee_id != by.id:
            await tell(session, employee_id, partial(_pushed, seen, words))
    return seen


async def remind(session: AsyncSession, case: Case, said: Mapping[int, Callable[[Actor], Words]]) -> None:
    """The card anew to each of these, with a line above it as they read it; every copy shows how it stands."""
    seen = await see(session, await queries.unchecked(session, case.row))
    await redraw(session, seen)
    for employee_id, words in said.items():
        await tell(session, employee_id, partial(_reminded, seen, words), by_day=True)


async def _reminded(seen: Seen, words: Callable[[Actor], Words], who: Actor) -> Screen:
    return card_screen(seen, who, said=words(who), place=Place.NEW)


@subscribe(SeatsReplaced)
async def tell_successors(session: AsyncSession, event: SeatsReplaced) -> None:
    """Whoever signs for somebody who left gets the card."""
    await announce(session, event.case)


@subscribe(RequestsClosed)
async def tell_of_the_end(session: AsyncSession, event: RequestsClosed) -> None:
    """Nobody has to decide any more; the applicant hears it, unless that came of the applicant's own deed."""
    did = acting(session)
    by = await actor_of(session, did) if did is not None else None
    for case in event.cases:
        await announce(session, case, by)


async def _pushed(seen: Seen, said: Words | None, who: Actor) -> Screen:
    return card_screen(seen, who, said=said, place=Place.NEW)


async def redraw(session: AsyncSession, seen: Seen, *, but: tuple[int, int] | None = None) -> None:
    """Every copy of the card, as whoever has it sees the request now; who may read it no longer is told so."""
    drawn: dict[tuple[int, int], tuple[Reader, Screen] | None] = {}
    for one in await outbox.cards_of(session, f"{SUBJECT}:{seen.id}"):
        if (one.chat_id, one.message_id) == but:
            continue
        chat = (one.bot_id, one.chat_id)
        if chat not in drawn:
            drawn[chat] = await _drawn(session, seen, chat)
        if (there := drawn[chat]) is not None:
            await post.edit(session, *there, card_id=one.id)


async def _drawn(session: AsyncSession, seen: Seen, chat: tuple[int, int]) -> tuple[Reader, Screen] | None:
    who = await in_chat(session, chat[1])
    if who is None:
        return None
    reads = await queries.may_read(session, who, seen.whole.row)
    return Reader(*chat, who.language, who.zone), card_screen(seen, who) if reads else elsewhere_screen(seen)


async def _audience(session: AsyncSession, case: Case, seen: Seen) -> Audience:
    audience = Audience()
    fresh = seen.whole.facts[len(seen.whole.facts) - len(case.fresh) :]
    for fact in fresh:
        if (tell_ := _TOLD.get(fact.kind)) is not None:
            tell_(audience, fact, seen)
    turns = [one.holder for one in case.opened]
    turns += [one.data["to"] for one in fresh if one.kind in {Kind.TRANSFERRED, Kind.REASSIGNED}]
    if any(one.kind is Kind.NUDGED for one in fresh):
        turns += [one.holder for one in seen.request.open_chairs()]
    for holder in turns:
        audience.add(holder)
    nudged = next((one for one in fresh if one.kind is Kind.NUDGED), None)
    words = N_("⏰ %(name)s asks you to hurry")(name=seen.name(nudged.actor)) if nudged else None
    for deputy in await lists.deputies(session, turns, seen.request.applicant) if turns else ():
        audience.add(deputy, words)
    return audience


def _with_words(words: Words, fact: Fact) -> Words:
    said = " ".join(str(fact.data.get("words") or "").split())
    return N_("%(what)s: “%(words)s”")(what=words, words=fit(said, 90)) if said else words


def _flow(seen: Seen) -> Titled:
    return Titled(seen.whole.flow.title)


def _returned(audience: Audience, fact: Fact, seen: Seen) -> None:
    """The applicant hears it, to whomever it goes back."""
    who = seen.name(fact.actor)
    audience.add(seen.request.applicant, _with_words(N_("↩ %(name)s returned it")(name=who), fact))


def _ended(audience: Audience, fact: Fact, seen: Seen) -> None:
    """The applicant hears how it ended, by whom and why."""
    status = Status(fact.data["as"])
    if any(one.kind is Kind.WITHDRAWN and one.actor is None for one in seen.whole.facts):
        audience.add(seen.request.applicant, N_("🚫 Closed, as the matter has changed: %(flow)s")(flow=_flow(seen)))
    decided = _TELLS_THE_END.get(status)
    if decided is None:
        return
    kind, words = decided
    last = next((one for one in reversed(seen.whole.facts) if one.kind is kind), fact)
    audience.add(seen.request.applicant, _with_words(words(name=seen.name(last.actor), flow=_flow(seen)), last))


_TELLS_THE_END: Final = {
    Status.APPROVED: (Kind.APPROVED, N_("✅ Approved: %(flow)s, last by %(name)s")),
    Status.REJECTED: (Kind.REJECTED, N_("❌ %(name)s declined: %(flow)s")),
}


def _asked_to_undo(audience: Audience, fact: Fact, seen: Seen) -> None:
    words = N_("⤺ %(name)s asks to undo what you approved")(name=seen.name(seen.request.applicant))
    audience.add(fact.data["of"], _with_words(words, fact))


def _undone(audience: Audience, fact: Fact, seen: Seen) -> None:
    """The applicant, if somebody else agreed to it; those who approved, whoever did."""
    if fact.actor != seen.request.applicant:
        audience.add(seen.request.applicant, N_("⤺ %(name)s agreed: it is undone")(name=seen.name(fact.actor)))
    for chair in seen.request.approvals():
        audience.add(chair.by, N_("⤺ What you approved was undone"))


def _stands(audience: Audience, fact: Fact, seen: Seen) -> None:
    audience.add(seen.request.applicant, N_("❌ %(name)s lets the approval stand")(name=seen.name(fact.actor)))


def _passed_on(audience: Audience, fact: Fact, seen: Seen) -> None:
    words = N_("➡ %(name)s passes this on to you")(name=seen.name(fact.actor))
    audience.add(fact.data["to"], _with_words(words, fact))


def _added(audience: Audience, fact: Fact, seen: Seen) -> None:
    """Whoever signs before hears it at once; who signs after, when the turn comes."""
    if any(one.holder == fact.data["to"] for one in seen.request.open_chairs()):
        words = N_("➕ %(name)s asks you to sign this too")(name=seen.name(fact.actor))
        audience.add(fact.data["to"], _with_words(words, fact))


def _late(audience: Audience, fact: Fact, seen: Seen) -> None:
    audience.add(fact.data["to"], N_("⏰ It is overdue: you may sign as well"))


def _nudged(audience: Audience, fact: Fact, seen: Seen) -> None:
    for chair in seen.request.open_chairs():
        audience.add(chair.holder, N_("⏰ %(name)s asks you to hurry")(name=seen.name(fact.actor)))


def _commented(audience: Audience, fact: Fact, seen: Seen) -> None:
    """The applicant, those whose turn it is, and those who signed in this round."""
    _to_all(audience, fact, seen, N_("💬 %(name)s says")(name=seen.name(fact.actor)))


def _attached(audience: Audience, fact: Fact, seen: Seen) -> None:
    """As of a comment; of photos that come one after the other only the first is told, the card counts them."""
    if not goes_on(seen, fact):
        _to_all(audience, fact, seen, N_("📎 %(name)s added a file")(name=seen.name(fact.actor)))


def goes_on(seen: Seen, fact: Fact) -> bool:
    """Whether the same person added something just before."""
    facts = seen.whole.facts
    at = next((at for at, one in enumerate(facts) if one is fact), len(facts) - 1)
    before = facts[at - 1] if at else None
    same = before is not None and before.kind is Kind.ATTACHED and before.actor == fact.actor
    return same and before is not None and fact.at - before.at <= _TOGETHER


def _to_all(audience: Audience, fact: Fact, seen: Seen, words: Words) -> None:
    request = seen.request
    here = {visit.seq for visit in request.visits if visit.round == request.round}
    signed = [one.by for one in request.chairs.values() if one.visit in here and one.by is not None]
    for who in (request.applicant, *(one.holder for one in request.open_chairs()), *signed):
        if who != fact.actor:
            audience.add(who, _with_words(words, fact))


def _copied(audience: Audience, fact: Fact, seen: Seen) -> None:
    for who in fact.data["to"]:
        audience.add(who, N_("👀 For you to know: %(flow)s was approved")(flow=_flow(seen)))


_TOLD: Final[dict[Kind, Callable[[Audience, Fact, Seen], None]]] = {
    Kind.RETURNED: _returned,
    Kind.ENDED: _ended,
    Kind.REVOKE_ASKED: _asked_to_undo,
    Kind.REVOKED: _undone,
    Kind.REVOKE_REFUSED: _stands,
    Kind.TRANSFERRED: _passed_on,
    Kind.REASSIGNED: lambda audience, fact, _: audience.add(fact.data["to"]),
    Kind.ADDED: _added,
    Kind.ESCALATED: _late,
    Kind.NUDGED: _nudged,
    Kind.COMMENTED: _commented,
    Kind.ATTACHED: _attached,
    Kind.COPIED: _copied,
}
