"""Starting a request: the flow's own form out of the playbook (AP01, AP03), and sending a returned one again."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.approvals import announce, card
from conversations.company import own_field
from conversations.customers import CUSTOMER
from conversations.form import Answers, Field, Form, Option, Own
from conversations.kinds.files import Files
from conversations.kinds.reference import Found, NamedRef, Picked
from crm_core.approvals import errors, lists, queries, service
from crm_core.approvals.case import Case
from crm_core.approvals.outlook import Stop, outlook
from crm_core.approvals.permissions import APPLY
from crm_core.approvals.queries import Whole
from crm_core.approvals.service import Apply
from crm_core.attachments import service as attachments
from crm_core.attachments.service import FileRef
from crm_core.budgets import matching
from crm_core.budgets.ledger import knowing
from crm_core.budgets.matching import Prospect
from crm_core.custom_fields.service import PREFIX
from crm_core.customers import queries as customers
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.languages import Language
from crm_core.org.actor import Actor
from crm_core.org.queries import actor as actor_of
from crm_core.playbook.fields import FieldKind
from crm_core.playbook.flows import Flow, FlowField
from crm_core.playbook.service import in_force
from screens.approvals import SUBJECT
from screens.approvals_route import step_words
from screens.budgets import prospect_words
from screens.catalogue import say
from screens.custom_fields import shown
from screens.screen import N_, Screen, Titled, Words, fit

PICK: Final = "pick."  # begins the names of fields that ask who is to sign a step
_MOST_OPTIONS: Final = 6
_MOST_SIGNERS: Final = 2

Again = Callable[[AsyncSession, Actor, int], Awaitable[tuple[Form, dict[str, Any]]]]
"""Given the record's id: the form by which a returned request is corrected, and what stands in it."""

_FORMS: Final[dict[str, tuple[Form, Again | None]]] = {}


def starts(subject: str, form: Form, again: Again | None = None) -> None:
    """Flows about this subject are started by a form of their feature's own; its answer `flow` is given. What comes
    back is corrected in the flow's form, unless `again` has another one.
    """
    assert subject not in _FORMS, f"flows about {subject} have their form already"
    _FORMS[subject] = form, again


Send = Callable[[AsyncSession, Actor, Apply], Awaitable[Case]]
"""Starts a request of a flow's own form; the feature that it is about says what else must hold."""

_SENDS: Final[dict[str, Send]] = {}


def sends(subject: str, send: Send) -> None:
    """Requests about this subject have the flow's form, and are started by their feature."""
    assert subject not in _SENDS, f"requests about {subject} are started already"
    _SENDS[subject] = send


def form_of(flow: Flow) -> Form:
    return _FORMS[flow.subject][0] if flow.subject in _FORMS else NEW_REQUEST


def begins_with(flow: Flow, customer: Picked | None = None) -> dict[str, Any]:
    """The answers that a request of this flow begins with."""
    form = form_of(flow)
    fields = {one.name for one in form.fields}
    known: dict[str, Any] = {}
    if customer is not None and "customers" in fields:
        lines = [{"customer": CUSTOMER.dump(customer)}]
        known = {"customers": {"lines": lines, "at": None, "asking": None}}
    elif customer is not None and ("customer" in fields or (form is NEW_REQUEST and flow.customer != "no")):
        known = {"customer": CUSTOMER.dump(customer)}
    return {"flow": flow.key, **({"key": secrets.token_hex(8)} if "key" in form.hidden else {}), **known}


# --- colleagues


async def _colleagues(session: AsyncSession, actor: Actor, text: str, _held: Answers) -> Found:
    """Anybody but oneself."""
    return await found_colleagues(session, actor, text, {actor.id})


async def found_colleagues(session: AsyncSession, actor: Actor, text: str, without: set[int]) -> Found:
    """Colleagues by a part of the name; those of one's own department first."""
    rows = await lists.colleagues(session, text, without=without, near=actor.unit_id, limit=_MOST_OPTIONS + 1)
    return Found(tuple(Option(row.id, row.name) for row in rows[:_MOST_OPTIONS]), len(rows) > _MOST_OPTIONS)


async def colleague(session: AsyncSession, _actor: Actor, employee_id: int) -> Option:
    person = await actor_of(session, employee_id)
    if person is None:
        raise DomainError(NOT_FOUND)
    return Option(person.id, person.name)


COLLEAGUE: Final = NamedRef(find=_colleagues, get=colleague)


# --- the flow's form


def _field(one: FlowField) -> Field:
    made = own_field(one)
    if not one.colleague:
        return made
    ask = Titled(one.ask) if one.ask else N_("Please choose: %(field)s")(field=made.label)
    return Field(made.name, COLLEAGUE, made.label, ask, required=one.required, extra=True)


def _fields(flow: Flow, actor: Actor, *, anew: bool) -> tuple[Field, ...]:
    """The customer, the form's fields, and who is to sign where the applicant chooses."""
    if not anew:
        return tuple(_field(one) for one in flow.form)
    made: list[Field] = []
    if flow.customer != "no":
        ask = N_("Which customer is it about?")
        made.append(Field("customer", CUSTOMER, N_("Customer"), ask, required=flow.customer == "must"))
    made += [_field(one) for one in flow.form]
    for step in flow.steps:
        if any(rule.applicant_pick for rule in step.approvers):
            made.append(Field(PICK + step.id, COLLEAGUE, step_words(step, actor), N_("Who is to sign it?")))
    return tuple(made)


def _form_of(flow: Flow, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as the request keeps them: a colleague by number; the days from one date to the other."""
    colleagues = {one.key for one in flow.form if one.colleague}
    made = {key: value["id"] if key in colleagues and value else value for key, value in extra.items()}
    days = {one.key for one in flow.form if one.kind is FieldKind.DAY}
    if {"since", "until"} <= days and "days" not in {one.key for one in flow.form}:
        since, until = made.get("since"), made.get("until")
        if since and until:
            length = (date.fromisoformat(until) - date.fromisoformat(since)).days + 1
            if length < 1:
                raise DomainError(errors.UNTIL_BEFORE_SINCE, field=f"{PREFIX}until")
            made["days"] = length
    return made


def _foresee(
    session: AsyncSession, actor: Actor, flow: Flow, fields: tuple[Field, ...], picks: Mapping[str, int]
) -> Callable[[Answers], Awaitable[tuple[Words, ...]]]:
    """Who would sign what is answered."""

    async def words(held: Answers) -> tuple[Words, ...]:
        given = [one for one in fields if one.name in held]
        extra = {one.name.removeprefix(PREFIX): one.kind.dump(held[one.name]) for one in given if one.extra}
        chosen = {one.name.removeprefix(PICK): held[one.name].id for one in given if one.name.startswith(PICK)}
        try:
            form = _form_of(flow, extra)
        except DomainError:
            return ()  # sending it says so
        about = held.get("customer")
        spent = await matching.outlook(session, actor, flow, form, about=about.id if about is not None else None)
        return await foreseen(session, actor, flow, form, spent, {**picks, **chosen})

    return words


async def foreseen(
    session: AsyncSession,
    actor: Actor,
    flow: Flow,
    form: Mapping[str, Any],
    spent: Sequence[Prospect],
    picks: Mapping[str, int] | None = None,
) -> tuple[Words, ...]:
    """What will come of a request, told before it is sent: the budget that it goes over or leaves, then who signs."""
    stops = await outlook(session, actor.id, flow, form, picks or {})
    signs = outlook_words(stops, actor)
    return (*prospect_words(spent)[:1], *((signs,) if signs is not None else ()))


def outlook_words(stops: list[Stop], actor: Actor) -> Words | None:
    """Signs: 直接主管 王海燕 → 财务（赵敏、沈岚）."""
    if not stops:
        return None
    return N_("Who signs: %(route)s")(route=" → ".join(_stop_words(one, actor.language, actor) for one in stops))


def _stop_words(stop: Stop, language: Language, actor: Actor) -> str:
    between = "、" if language == "zh" else ", "
    more = f" +{len(stop.names) - _MOST_SIGNERS}" if len(stop.names) > _MOST_SIGNERS else ""
    names = between.join(fit(one, 16) for one in stop.names[:_MOST_SIGNERS]) + more
    return f"{fit(step_words(stop.step, actor), 16)} {names}".strip()


async def _flow(session: AsyncSession, actor: Actor, key: str) -> Flow:
    flow = (await in_force(session, actor.playbook_version)).flow_or_none(key)
    if flow is None or flow.withdrawn:
        raise DomainError(errors.UNKNOWN_FLOW)
    return flow


async def _more(session: AsyncSession, actor: Actor, held: Answers) -> Own:
    if "flow" not in held:
        return Own()
    flow = await _flow(session, actor, held["flow"])
    fields = _fields(flow, actor, anew=True)
    brief = Titled(flow.about) if flow.about is not None else None
    return Own(fields, brief, Titled(flow.title), _foresee(session, actor, flow, fields, {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequest:
    """A request of a flow; the customer and who was chosen to sign come besides, as the flow asks."""

    flow: str
    key: str
    files: tuple[FileRef, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    confirmed: frozenset[str] = frozenset()


async def _submit(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    flow = await _flow(session, actor, values["flow"])
    about: int | None = values.get("customer")
    customer = await customers.find(session, actor, about) if about is not None else None
    form = knowing(_form_of(flow, values.get("extra", {})), values["confirmed"])
    command = Apply(
        flow=flow.key,
        title=customer.name if customer is not None else _gist(flow, form, actor),
        form=form,
        picks={name.removeprefix(PICK): value for name, value in values.items() if name.startswith(PICK)},
        key=f"{actor.id}.{values['key']}",
        about=about,
    )
    case = await _SENDS.get(flow.subject, service.submit)(session, actor, command)
    await _attach(session, actor, case, values)
    await announce(session, case, actor)
    return case


def _gist(flow: Flow, form: Mapping[str, Any], actor: Actor) -> str:
    """What the request is called in lists: its first words."""
    said = (one for one in flow.form if one.key in form and one.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT})
    first = next(said, None) or next((one for one in flow.form if one.key in form and not one.colleague), None)
    return shown(first, form[first.key], actor)[:200] if first is not None else say(Titled(flow.title), actor.language)


async def _attach(session: AsyncSession, actor: Actor, case: Case, values: dict[str, Any]) -> None:
    if not case.again:
        await attachments.attach(session, actor, SUBJECT, case.id, values.get("files", ()))


async def sent(session: AsyncSession, actor: Actor, case: Case) -> Screen:
    """What the applicant sees of it: the request, which is true wherever it is read. It is withdrawn, not undone."""
    shown = await card(session, actor, case.id, said=N_("✓ Sent. You will hear every step here."))
    return replace(shown, own_undo=True)


_FILES: Final = Field("files", Files(at_most=9), N_("Files"), N_("Send the files."), required=False)
NEW_REQUEST: Final = Form(
    "approval.new",
    title=N_("Request"),
    fields=(_FILES,),
    command=StartRequest,
    submit=_submit,
    done=sent,
    permission=APPLY,
    hidden=("flow", "key"),
    save=N_("📤 Send"),
    more=_more,
)


# --- a returned one again


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAgain:
    """A returned request, changed or not."""

    approval_id: int
    files: tuple[FileRef, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    confirmed: frozenset[str] = frozenset()


async def sends_again(session: AsyncSession, actor: Actor, whole: Whole) -> tuple[Form, dict[str, Any]]:
    """The form by which a returned request goes on its way again, filled as it stands."""
    row = whole.row
    _form, again = _FORMS.get(row.subject_type or "", (None, None))
    if again is not None and row.subject_id is not None:
        return await again(session, actor, row.subject_id)
    return SEND_AGAIN, await _again_with(session, whole)


async def _again_with(session: AsyncSession, whole: Whole) -> dict[str, Any]:
    """The answers of the request as it stands."""
    form = whole.request.form
    names = await queries.names_of(
        session, {form[one.key] for one in whole.flow.form if one.colleague and one.key in form}
    )
    said = {
        PREFIX + one.key: {"id": form[one.key], "label": names.get(form[one.key], "?")}
        if one.colleague
        else form[one.key]
        for one in whole.flow.form
        if one.key in form
    }
    return {"approval_id": whole.row.id, **said}


async def _more_again(session: AsyncSession, actor: Actor, held: Answers) -> Own:
    if "approval_id" not in held:
        return Own()
    whole = await queries.whole(session, actor, held["approval_id"])
    fields = _fields(whole.flow, actor, anew=False)
    picks = {key: int(value) for key, value in whole.row.picks.items()}
    return Own(fields, None, Titled(whole.flow.title), _foresee(session, actor, whole.flow, fields, picks))


async def _send_again(session: AsyncSession, actor: Actor, values: dict[str, Any]) -> Case:
    whole = await queries.whole(session, actor, values["approval_id"])
    form = knowing(_form_of(whole.flow, values.get("extra", {})), values["confirmed"])
    case = await service.resubmit(session, actor, whole.row.id, form)
    await _attach(session, actor, case, values)
    await announce(session, case, actor)
    return case


SEND_AGAIN: Final = Form(
    "approval.again",
    title=N_("Request"),
    fields=(_FILES,),
    command=SendAgain,
    submit=_send_again,
    done=sent,
    permission=APPLY,
    hidden=("approval_id",),
    save=N_("📤 Send"),
    more=_more_again,
)
