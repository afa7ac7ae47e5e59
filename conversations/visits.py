"""The forms of visits: logging one, ending one that was begun on the spot, correcting one."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import driver, engine
from conversations.changes import Whose, changes
from conversations.company import own_fields
from conversations.contacts import CONTACT
from conversations.customers import CUSTOMER, NEW_CUSTOMER
from conversations.driver import Scene
from conversations.form import Amend, Answers, Facts, Field, Form, Own
from conversations.kinds.base import NOT_A_CHOICE, Chip, Given, Kind, Tapped
from conversations.kinds.choices import Choice
from conversations.kinds.files import Files
from conversations.kinds.media import Photos, Place, Voice
from conversations.kinds.plain import Money, Text
from conversations.kinds.reference import Picked
from conversations.kinds.times import Day, Moment
from crm_core.attachments import service as attachments
from crm_core.comments import queries as comments
from crm_core.contacts.queries import first_of
from crm_core.contacts.service import called
from crm_core.customers import queries as customers
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.inbox.lanes import open_draft
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.playbook.service import in_force
from crm_core.visits import queries, service, values
from crm_core.visits.commands import ChangeVisit, FinishVisit, LogVisit, StartVisit
from crm_core.visits.models import Away, Visit, VisitKind
from crm_core.visits.permissions import CHANGE, LOG
from screens.catalogue import LANGUAGES, say
from screens.custom_fields import lines
from screens.screen import N_, Button, Msg, Row, Screen, Titled, Words
from screens.visits import logged_screen, visit_screen
from screens.words.visits import AWAY, FIELDS, KINDS, away

_START_NEEDS_NO_MORE: Final = frozenset({"customer", "contact", "kind", "photos", "location", "met"})
_MET: Final = "met"  # the answer that says one was there
_FROM_AFAR: Final = frozenset({VisitKind.PHONE, VisitKind.MATERIAL})


@dataclass(frozen=True)
class Reason(Text):
    """Why a visit was logged far from the customer: one of the usual reasons, or own words."""

    most: int = values.LONGEST_REASON
    hint: ClassVar[Msg] = N_("Tap one, or say it in your own words.")

    def read(self, given: Given, facts: Facts, before: str | None = None) -> str:
        if isinstance(given, Tapped):
            if given.arg not in set(Away):
                raise DomainError(NOT_A_CHOICE, value=given.arg[:40])
            return given.arg
        text = super().read(given, facts, before)
        usual = {say(words, language).casefold(): one.value for one, words in AWAY.items() for language in LANGUAGES}
        return usual.get(text.casefold(), text)

    def show(self, value: str, facts: Facts) -> Words:
        return away(value)

    def write(self, value: str, facts: Facts) -> str:
        return say(away(value), facts.language)

    def chips(self, facts: Facts, held: str | None = None) -> tuple[Chip, ...]:
        return tuple(Chip(words, one.value) for one, words in AWAY.items())


def _kinds() -> dict[str, tuple[Kind[Any], Msg]]:
    """How each field of a visit is read, and the question for it."""
    return {
        "contact": (CONTACT, N_("Whom did you talk with?")),
        "voice": (Voice(), N_("Send the voice message.")),
        "files": (Files(at_most=5), N_("Send the files.")),
        "kind": (Choice(VisitKind, KINDS), N_("What kind of contact was it?")),
        "summary": (
            Text(most=values.LONGEST_SUMMARY, lines=True),
            N_("What did you talk about, and what came of it?"),
        ),
        "next_on": (Day(future=True), N_("When is the next step?")),
        "photos": (Photos(at_most=9), N_("Send the photos.")),
        "location": (Place(), N_("Where was it?")),
        "happened_at": (Moment(past=True), N_("When was it?")),
        "ended_at": (Moment(past=True), N_("When did it end?")),
        "cost": (Money(), N_("What did it cost the company?")),
        "place_reason": (Reason(), N_("Why was it logged away from the customer?")),
    }


KINDS_OF_FIELDS: Final = _kinds()


def _field(name: str, *, required: bool = False, from_line: bool = False) -> Field:
    kind, ask = KINDS_OF_FIELDS[name]
    return Field(name, kind, FIELDS[name], ask, required=required, from_line=from_line)


_TALK: Final = (
    _field("kind", required=True, from_line=True),
    replace(_field("summary", required=True, from_line=True), unless="voice"),
)
_SENT: Final = (
    _field("photos"),
    replace(_field("voice"), offered=False),
    replace(_field("files"), offered=False),
)


async def likely_kind(session: AsyncSession, actor: Actor, customer_id: int) -> str:
    """The kind of one's last visit; with a customer nobody has seen yet, a first visit."""
    customer = await customers.find(session, actor, customer_id)
    if customer.last_followup_at is None:
        return VisitKind.FIRST.value
    last = await queries.last_kind(session, actor)
    return VisitKind.RETURN.value if last in (None, VisitKind.FIRST) else str(last)


_VERBS: Final[dict[VisitKind | None, tuple[str, ...]]] = {
    None: ("拜访", "走访", "见了", "visited", "visit", "met with", "met", "saw", "dropped by"),
    VisitKind.RETURN: ("回访", "revisited", "followed up with"),
    VisitKind.FIRST: ("初访", "初次拜访", "首次拜访", "first visit to"),
    VisitKind.PHONE: (
        *("电话联系", "电话拜访", "打电话给", "打电话", "通了电话", "致电"),
        *("called", "called back", "phoned", "rang", "spoke to", "spoke with"),
    ),
    VisitKind.MATERIAL: ("寄资料给", "寄发资料", "发资料给", "mailed", "sent material to"),
    VisitKind.PRESENTATION: ("产品介绍", "演示给", "presented to", "demoed to"),
    VisitKind.NEGOTIATION: ("商务谈判", "谈判", "negotiated with"),
}


def _implied(kind: VisitKind | None) -> dict[str, Any]:
    """A verb names the kind; or it says that one was there (拜访, met), whatever the last contact was."""
    return {"kind": kind.value} if kind else {_MET: True}


async def _propose(session: AsyncSession, actor: Actor, answers: Answers) -> dict[str, Any]:
    """The kind of the last visit, and whom one calls first there."""
    if "customer" not in answers:
        return {}
    proposed: dict[str, Any] = {}
    if "kind" not in answers:
        likely = await likely_kind(session, actor, answers["customer"].id)
        proposed["kind"] = VisitKind.RETURN.value if _MET in answers and likely in _FROM_AFAR else likely
    if "contact" not in answers:
        first = (await first_of(session, actor, answers["customer"].id)).contact
        proposed["contact"] = CONTACT.dump(Picked(first.id, called(first))) if first else None
    return proposed


async def _own(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
    """What the company asks of a visit to such a customer, and what such a visit is for (VI02, VI04)."""
    if "customer" not in answers:
        return Own()
    return await _own_of_type(session, actor, await customers.type_of(session, actor, answers["customer"].id))


async def _own_of_open(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
    """Of the visit that is under way: the form says at which customer it ends."""
    visit = await queries.find(session, actor, answers["visit_id"])
    own = await _own_of_type(session, actor, visit.customer_type)
    return replace(own, brief=visit.customer)


async def _own_of_type(session: AsyncSession, actor: Actor, customer_type: str) -> Own:
    book = await in_force(session, actor.playbook_version)
    template = book.visit_template(customer_type)
    goals = template.goals if template else ()
    return Own(own_fields(book, "visit", customer_type), N_("🎯 %(goal)s")(goal=Titled(goals[0])) if goals else None)


async def _submit(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Visit:
    return await service.log_visit(session, actor, LogVisit(**given))


async def _amended(session: AsyncSession, actor: Actor, visit_id: int, field: str, value: Any) -> None:
    await service.change_visit(session, actor, ChangeVisit(visit_id=visit_id, field=field, value=value))


async def _held(session: AsyncSession, actor: Actor, visit_id: int) -> dict[str, Any]:
    row = await queries.find(session, actor, visit_id)
    plain = {name: getattr(row, name) for name in ("kind", "summary", "next_on", "happened_at", "cost")}
    contact = Picked(row.contact_id, row.contact) if row.contact_id is not None else None
    return {**plain, "customer": Picked(row.customer_id, row.customer), "contact": contact}


async def _done(session: AsyncSession, actor: Actor, visit: Visit) -> Screen:
    return logged_screen(await queries.find(session, actor, visit.id), actor)


def _beside(asked: Field, held: Answers, draft_id: int, revision: int) -> tuple[Row, ...]:
    """Where one stands a new customer can be made (BY04); with the customer known, one can check in at once (BY02)."""
    if asked.name == "customer" and "location" in held:
        return ((Button(N_("➕ New customer here"), "visit.new_here", draft_id, revision),),)
    if asked.name != "summary" or "customer" not in held:
        return ()
    manual = Button(N_("📖 Manual"), "visit.manual", held["customer"].id)
    if set(held) <= _START_NEEDS_NO_MORE:
        return ((Button(N_("▶ Check in, write later"), "visit.start", draft_id, revision), manual),)
    return ((manual,),)


LOG_VISIT: Final = Form(
    "visit.log",
    title=N_("Visit"),
    fields=(
        Field("customer", CUSTOMER, N_("Customer"), N_("Whom did you visit?"), from_line=True),
        replace(_field("contact", from_line=True), hangs_on="customer"),
        *_TALK,
        _field("next_on", from_line=True),
        *_SENT,
        _field("location"),
        _field("happened_at"),
        _field("cost"),
    ),
    command=LogVisit,
    submit=_submit,
    done=_done,
    permission=LOG,
    steers=(_MET,),
    prefill=_propose,
    verbs={verb: _implied(kind) for kind, verbs in _VERBS.items() for verb in verbs},
    when_said="happened_at",
    beside=_beside,
    more=_own,
    by=("customer", "kind", "contact", _MET),
    amend=Amend("visit", _amended, _held),
)


async def check_in(scene: Scene, draft: Draft) -> Visit | None:
    """Begin the visit that the draft was to log; the draft ends with it. None if no customer is chosen yet.

    Raises `visit.open_already` and what else `start_visit` refuses.
    """
    held = engine.values(LOG_VISIT, driver.state_of(draft))
    if "customer" not in held or not set(held) <= _START_NEEDS_NO_MORE:
        return None
    customer_id: int = held["customer"].id
    command = StartVisit(
        customer=customer_id,
        kind=VisitKind(held.get("kind") or await likely_kind(scene.session, scene.actor, customer_id)),
        contact=held["contact"].id if "contact" in held else None,
        photos=held.get("photos", ()),
        location=held.get("location"),
    )
    visit = await service.start_visit(scene.session, scene.actor, command)
    await drafts.end(scene.session, draft)
    await open_draft(scene.session, scene.reader.bot_id, scene.reader.chat_id, None)
    return visit


async def begin_new_here(scene: Scene, draft: Draft) -> None:
    """A new customer where one stands; then the visit goes on with it."""
    answers: dict[str, Any] = {driver.PARENT: [draft.id, "customer"]}
    if (place := draft.answers.get("location")) is not None:
        answers["location"] = place
    await driver.begin(scene, NEW_CUSTOMER, answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finish(FinishVisit):
    customer: Any  # whose contacts are offered


async def _finish(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Visit:
    given.pop("customer", None)
    return await service.finish_visit(session, actor, FinishVisit(**given))


FINISH_VISIT: Final = Form(
    "visit.finish",
    title=N_("End of the visit"),
    fields=(
        _field("contact", from_line=True),
        *_TALK,
        _field("ended_at"),
        _field("next_on", from_line=True),
        *_SENT,
        _field("cost"),
        _field("location"),
    ),
    command=_Finish,
    submit=_finish,
    done=_done,
    permission=LOG,
    hidden=("visit_id", "customer"),
    more=_own_of_open,
)


async def begin_finish(scene: Scene, visit: AnyRow, first: Given | None = None) -> None:
    """The form that ends an open visit: it ended just now, unless it was forgotten."""
    moment = now(scene.session)
    customer = CUSTOMER.dump(Picked(visit.customer_id, visit.customer))
    answers: dict[str, Any] = {"visit_id": visit.id, "customer": customer, "kind": visit.kind}
    if visit.contact_id is not None:
        answers["contact"] = CONTACT.dump(Picked(visit.contact_id, visit.contact))
    if moment - visit.started_at <= values.FORGOTTEN_AFTER:
        answers["ended_at"] = scene.actor.local(moment).isoformat()
    await driver.begin(scene, FINISH_VISIT, answers, first)


async def visit_card(session: AsyncSession, actor: Actor, visit_id: int, *, saved: bool = False) -> Screen:
    """A visit record, whole."""
    row = await queries.find(session, actor, visit_id)
    files, comment = await attachments.of(session, "visit", row.id), await comments.latest(session, "visit", row.id)
    book = await in_force(session, actor.playbook_version)
    own = lines(book, "visit", row.customer_type, row.extra, actor)
    return visit_screen(row, files, actor, now(session), comment=comment, saved=saved, own=own)


async def _changed(session: AsyncSession, actor: Actor, visit: Visit) -> Screen:
    return await visit_card(session, actor, visit.id, saved=True)


async def _whose(session: AsyncSession, actor: Actor, visit_id: int) -> Whose:
    row = await queries.find(session, actor, visit_id)
    return Whose(f"{row.customer} · {actor.local(row.happened_at):%m-%d %H:%M}", row.customer_type, row)


CHANGES: Final = changes(
    "visit",
    N_("Change visit"),
    {name: _field(name, required=True) for name in service.EDITABLE},
    command=ChangeVisit,
    operation=service.change_visit,
    find=_whose,
    permission=CHANGE,
    done=_changed,
    needs={"contact": ("customer",)},  # whose contacts are offered
    at_once=service.EDITABLE,
)
