"""What people do with requests: apply, decide, send back, hand on. Each command locks its request, writes its facts and
all that follows from them in one transaction; a command with a key that was seen before changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import errors
from crm_core.approvals.advance import advance, end, opening
from crm_core.approvals.case import LONGEST_WORDS, Case, note, open_case, settle
from crm_core.approvals.events import ApprovalReturned, ApprovalSubmitted
from crm_core.approvals.models import Approval, ApprovalSeat
from crm_core.approvals.permissions import APPLY
from crm_core.approvals.queries import Whole, may_read
from crm_core.approvals.state import Chair, Kind, Origin, Request, Seat, Status
from crm_core.custom_fields.service import PREFIX, fit
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Employee
from crm_core.org.rights import require
from crm_core.playbook.flows import Act, Flow
from crm_core.playbook.service import in_force

NUDGE_EVERY: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply:
    """A request to start. `key` makes it start once, however often it is sent."""

    flow: str
    title: str
    form: Mapping[str, Any] = field(default_factory=dict[str, Any])
    picks: Mapping[str, int] = field(default_factory=dict[str, int])
    key: str
    subject: tuple[str, int] | None = None
    about: int | None = None
    amount: Decimal | None = None


async def submit(session: AsyncSession, actor: Actor, command: Apply) -> Case:
    """Start a request. Raises `approval.unknown_flow`, `required`, `custom.unfit`, `approval.nobody_signs`,
    `approval.live_already`, and what a feature has against it.
    """
    await require(session, actor, APPLY)
    book = await in_force(session, actor.playbook_version)
    flow = book.flow_or_none(command.flow)
    if flow is None or flow.withdrawn:
        raise DomainError(errors.UNKNOWN_FLOW)
    form = checked(flow, command)
    await _refuse_second(session, command)
    moment = now(session)
    values = {
        "flow": flow.key,
        "kind": flow.kind.value,
        "playbook_version": actor.playbook_version,
        "subject_type": command.subject[0] if command.subject else None,
        "subject_id": command.subject[1] if command.subject else None,
        "about_id": command.about,
        "applicant_id": actor.id,
        "title": command.title[:200],
        "amount": amount_of(flow, form, command.amount),
        "form": form,
        "picks": dict(command.picks),
        "status": Status.RUNNING.value,
        "round": 1,
        "submit_key": command.key,
        "submitted_at": moment,
        "changed_at": moment,
    }
    made = insert(Approval).values(values).on_conflict_do_nothing(index_elements=["submit_key"]).returning(Approval.id)
    approval_id = await session.scalar(made)
    if approval_id is None:
        known = await session.scalar(select(Approval.id).where(Approval.submit_key == command.key))
        assert known is not None
        case = await open_case(session, known)
        case.again = True
        return case
    row = await session.get_one(Approval, approval_id)
    case = Case(row, flow, book, Request())
    await note(session, case, Kind.SUBMITTED, actor=actor.id, data={"form": form})
    await _told_to_features(session, case)
    await opening(session, case, flow.steps[0].id)
    await settle(session, case)
    return case


async def _refuse_second(session: AsyncSession, command: Apply) -> None:
    if command.subject is None:
        return
    kind, number = command.subject
    live = select(Approval.id).where(
        Approval.subject_type == kind,
        Approval.subject_id == number,
        Approval.ended_at.is_(None),
        Approval.submit_key != command.key,
    )
    if await session.scalar(live.limit(1)) is not None:
        raise DomainError(errors.LIVE_ALREADY)


async def _told_to_features(session: AsyncSession, case: Case) -> None:
    row = case.row
    told = ApprovalSubmitted(
        row.id, row.flow, row.subject_type, row.subject_id, row.applicant_id, case.request.round, case.request.form
    )
    await publish(session, told)


def checked(flow: Flow, command: Apply) -> dict[str, Any]:
    """The form's values as they are kept. Raises `required`, `custom.unfit`, `too_long`, `approval.pick_signer`."""
    given = {key: value for key, value in command.form.items() if value not in (None, "", [])}
    for one in flow.form:
        if one.required and one.key not in given:
            raise DomainError(REQUIRED, field=PREFIX + one.key)
        if one.key in given:
            fit(one, given[one.key])
    if flow.customer == "must" and command.about is None:
        raise DomainError(REQUIRED, field="customer")
    for step in flow.steps:
        if any(rule.applicant_pick for rule in step.approvers) and step.id not in command.picks:
            raise DomainError(errors.PICK_SIGNER, field=f"pick.{step.id}", step=step.id)
    return given


def amount_of(flow: Flow, form: Mapping[str, Any], said: Decimal | None) -> Decimal | None:
    if said is not None or flow.amount is None:
        return said
    value = form.get(flow.amount)
    return Decimal(str(value)) if value is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A command on a seat: which, in what words; `key` makes it count once."""

    seat: int
    words: str | None = None
    key: str | None = None


async def approve(session: AsyncSession, actor: Actor, command: Say) -> Case:
    """Sign. Raises `not_found`, `approval.decided`, `approval.not_your_turn`, `approval.ended`, `approval.not_yours`,
    `approval.own_request`.
    """
    case, chair, for_id = await _take(session, actor, command)
    if not case.again:
        words = _said(command.words)
        await note(session, case, Kind.APPROVED, actor=actor.id, for_id=for_id, seat=chair, words=words)
        await advance(session, case)
        await settle(session, case)
    return case


async def may_use(session: AsyncSession, actor: Actor, seat: int) -> None:
    """Whether the actor may sign on this seat now. Raises as `approve`; nothing is changed."""
    await _take(session, actor, Say(seat=seat))


async def reject(session: AsyncSession, actor: Actor, command: Say) -> Case:
    """Refuse, for a reason. Raises `required`, and as `approve`."""
    case, chair, for_id = await _take(session, actor, command)
    if not case.again:
        words = _said(command.words, required=True)
        await note(session, case, Kind.REJECTED, actor=actor.id, for_id=for_id, seat=chair, words=words)
        await advance(session, case)
        await settle(session, case)
    return case


async def send_back(session: AsyncSession, actor: Actor, command: Say, to: str | None = None) -> Case:
    """Return it for a reason: to the applicant, or to an earlier step that was passed in this round.

    Raises `required`, `approval.no_such_step`, `approval.not_allowed_here`, and as `approve`.
    """
    case, chair, for_id = await _take(session, actor, command, Act.RETURN)
    if case.again:
        return case
    words = _said(command.words, required=True)
    if to is not None and to not in earlier_steps(case):
        raise DomainError(errors.NO_SUCH_STEP)
    await note(session, case, Kind.RETURNED, actor=actor.id, for_id=for_id, seat=chair, words=words, data={"to": to})
    if to is not None:
        await opening(session, case, to)
    else:
        row = case.row
        told = ApprovalReturned(
            row.id, row.flow, row.subject_type, row.subject_id, row.applicant_id, case.request.round
        )
        await publish(session, told)
    await settle(session, case)
    return case


def earlier_steps(case: Case | Whole) -> list[str]:
    """The steps that were passed in this round before the active one, in the flow's order."""
    passed = {one.node for one in case.request.visits if one.round == case.request.round and not one.active}
    here = case.request.visit
    keys = [one.id for one in case.flow.steps]
    before = keys[: keys.index(here.node)] if here is not None and here.node in keys else keys
    return [one for one in before if one in passed]


async def resubmit(
    session: AsyncSession, actor: Actor, approval_id: int, form: Mapping[str, Any], *, key: str | None = None
) -> Case:
    """Send a returned request again, changed or not: the next round, from the start or, where nothing that decides
    the way was changed and the flow says so, from the step that returned it.

    Raises `not_found`, `approval.not_returned`, `required`, `custom.unfit`.
    """
    case = await _own(session, actor, approval_id, key)
    if case.again:
        return case
    if case.request.status is not Status.RETURNED:
        raise DomainError(errors.NOT_RETURNED)
    row, before = case.row, dict(case.request.form)
    command = Apply(flow=row.flow, title=row.title, form=form, picks=row.picks, key=row.submit_key, about=row.about_id)
    new = checked(case.flow, command)
    back = case.request.returned_from
    await note(session, case, Kind.RESUBMITTED, actor=actor.id, data={"form": new})
    row.amount = amount_of(case.flow, new, None if case.flow.amount else row.amount)
    await _told_to_features(session, case)
    again = back if case.flow.policy.resubmit == "from_rejecter" and _same_way(case.flow, before, new) else None
    await opening(session, case, again or case.flow.steps[0].id)
    await settle(session, case)
    return case


def _same_way(flow: Flow, before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether no field was changed that a condition or a rule for signers looks at."""
    looked = {test.field for step in flow.steps if step.when for test in (*step.when.all, *step.when.any)}
    looked |= {rule.form_user for step in flow.steps for rule in step.approvers if rule.form_user}
    looked |= {flow.amount} if flow.amount else set()
    return all(before.get(one) == after.get(one) for one in looked)


async def withdraw(session: AsyncSession, actor: Actor, approval_id: int, *, key: str | None = None) -> Case:
    """The applicant takes it back before its end.

    Raises `not_found`, `approval.ended`, `approval.withdraw_too_late`.
    """
    case = await _own(session, actor, approval_id, key)
    if case.again:
        return case
    if case.request.ended:
        raise _ended(case)
    policy = case.flow.policy.withdraw
    decided = any(one.by is not None for one in case.request.chairs.values())
    if policy == "never" or (policy == "until_first_decision" and decided):
        raise DomainError(errors.WITHDRAW_TOO_LATE)
    await note(session, case, Kind.WITHDRAWN, actor=actor.id)
    await end(session, case, Status.WITHDRAWN, by=actor.id)
    await settle(session, case)
    return case


async def ask_revoke(
    session: AsyncSession, actor: Actor, approval_id: int, reason: str | None, *, key: str | None = None
) -> Case:
    """The applicant wants an approved request undone: at once, or with the consent of who approved last.

    Raises `not_found`, `approval.revoke_too_late`, `approval.revoke_asked`, `required`.
    """
    case = await _own(session, actor, approval_id, key)
    if case.again:
        return case
    words = _said(reason, required=True)
    policy, request = case.flow.policy.revoke, case.request
    if request.status is not Status.APPROVED:
        raise _ended(case) if request.ended else DomainError(errors.NOT_ALLOWED_HERE)
    assert request.ended_at is not None
    if now(session) > request.ended_at + timedelta(days=policy.days):
        raise DomainError(errors.REVOKE_TOO_LATE, days=policy.days)
    if request.revoke_asked is not None:
        raise DomainError(errors.REVOKE_ASKED, name=await _name(session, request.revoke_asked))
    if policy.consent == "nobody":
        await note(session, case, Kind.REVOKED, actor=actor.id, words=words)
        await end(session, case, Status.REVOKED, by=actor.id)
    else:
        consents = await _consents(session, case)
        await note(session, case, Kind.REVOKE_ASKED, actor=actor.id, words=words, data={"of": consents})
    await settle(session, case)
    return case


async def _consents(session: AsyncSession, case: Case) -> int:
    """Who approved last and is still here; where none of them is, an admin."""
    for chair in reversed(case.request.approvals()):
        person = await session.get(Employee, chair.by)
        if person is not None and person.left_at is None and person.id != case.request.applicant:
            return person.id
    statement = select(Employee.id).where(
        Employee.roles.contains(["admin"]), Employee.left_at.is_(None), Employee.id != case.request.applicant
    )
    found = await session.scalar(statement.order_by(Employee.id).limit(1))
    if found is None:
        raise DomainError(errors.NOBODY_SIGNS)
    return found


async def answer_revoke(
    session: AsyncSession, actor: Actor, approval_id: int, *, agreed: bool, key: str | None = None
) -> Case:
    """Who approved last says yes or no to the revocation. Raises `not_found`, `approval.ended`."""
    case = await open_case(session, approval_id, key)
    if case.again:
        return case
    asked = case.request.revoke_asked
    if asked is None:
        raise _ended(case) if actor.id in case.request.signers() else DomainError(NOT_FOUND)
    for_id = _in_place_of(case, actor, asked)
    if agreed:
        await note(session, case, Kind.REVOKED, actor=actor.id, for_id=for_id)
        await end(session, case, Status.REVOKED, by=actor.id)
    else:
        await note(session, case, Kind.REVOKE_REFUSED, actor=actor.id, for_id=for_id)
    await settle(session, case)
    return case


async def transfer(session: AsyncSession, actor: Actor, command: Say, to: int) -> Case:
    """Somebody else signs in one's place; who was added to one's seat goes along.

    Raises `approval.signs_already`, `approval.own_request`, `employee.has_left`, `approval.not_allowed_here`, and as
    `approve`.
    """
    case, chair, for_id = await _take(session, actor, command, Act.TRANSFER)
    if case.again:
        return case
    await _may_sit(session, case, chair, to)
    words = _said(command.words)
    data = {"from": chair.holder, "to": to}
    await note(session, case, Kind.TRANSFERRED, actor=actor.id, for_id=for_id, seat=chair, words=words, data=data)
    await settle(session, case)
    return case


async def add_signer(session: AsyncSession, actor: Actor, command: Say, to: int, where: Origin) -> Case:
    """Somebody signs besides: before one's own seat, which waits for it, or after it. Raises as `transfer`."""
    act = Act.ADD_BEFORE if where is Origin.BEFORE else Act.ADD_AFTER
    case, chair, for_id = await _take(session, actor, command, act)
    if case.again:
        return case
    assert where in {Origin.BEFORE, Origin.AFTER}
    await _may_sit(session, case, chair, to)
    words = _said(command.words)
    data = {"to": to, "where": where.value}
    await note(session, case, Kind.ADDED, actor=actor.id, for_id=for_id, seat=chair, words=words, data=data)
    await settle(session, case)
    return case


async def remove_added(session: AsyncSession, actor: Actor, command: Say) -> Case:
    """Take away a signer one has added, who has not signed yet; whom that signer added goes, too.

    Raises `approval.not_added`, `approval.decided`, `approval.not_allowed_here`.
    """
    case, chair = await _seat(session, command)
    if case.again:
        return case
    request = case.request
    if chair.origin not in {Origin.BEFORE, Origin.AFTER} or chair.added_by is None:
        raise DomainError(errors.NOT_ADDED)
    parent = request.chairs[chair.parent or 0]
    if actor.id not in {chair.added_by, parent.holder}:
        raise DomainError(errors.NOT_ADDED)
    if not chair.pending or request.ended:
        raise await _too_late(session, case, chair)
    _may(case, chair, Act.REMOVE_ADDED)
    await note(session, case, Kind.REMOVED, actor=actor.id, seat=chair, words=_said(command.words))
    await advance(session, case)
    await settle(session, case)
    return case


async def comment(session: AsyncSession, actor: Actor, approval_id: int, words: str, *, key: str | None = None) -> Case:
    """Say something that everybody on the request reads. Raises `not_found`, `required`."""
    case = await open_case(session, approval_id, key)
    if not await may_read(session, actor, case.row):
        raise DomainError(NOT_FOUND)
    if not case.again:
        await note(session, case, Kind.COMMENTED, actor=actor.id, words=_said(words, required=True))
        await settle(session, case)
    return case


async def nudge(session: AsyncSession, actor: Actor, approval_id: int, *, key: str | None = None) -> Case:
    """The applicant asks whoever's turn it is to hurry; once in four hours.

    Raises `not_found`, `approval.ended`, `approval.nudged_just_now`.
    """
    case = await _own(session, actor, approval_id, key)
    if case.again:
        return case
    if case.request.status is not Status.RUNNING:
        raise _ended(case) if case.request.ended else DomainError(errors.NOT_ALLOWED_HERE)
    last = case.request.nudged_at
    if last is not None and now(session) < last + NUDGE_EVERY:
        raise DomainError(errors.NUDGED_JUST_NOW, at=last + NUDGE_EVERY)
    await note(session, case, Kind.NUDGED, actor=actor.id)
    await settle(session, case)
    return case


# --- who may


async def _seat(session: AsyncSession, command: Say) -> tuple[Case, Chair]:
    where = select(ApprovalSeat.approval_id, ApprovalSeat.no).where(ApprovalSeat.id == command.seat)
    found = (await session.execute(where)).one_or_none()
    if found is None:
        raise DomainError(NOT_FOUND)
    case = await open_case(session, found.approval_id, command.key)
    return case, case.request.chairs[found.no]


async def _take(
    session: AsyncSession, actor: Actor, command: Say, act: Act | None = None
) -> tuple[Case, Chair, int | None]:
    """The seat in hand, if it is the actor's and its turn; in whose place the actor acts."""
    case, chair = await _seat(session, command)
    if case.again:
        return case, chair, None
    if not _sees(case, actor):
        raise DomainError(NOT_FOUND)
    if case.request.ended or not chair.pending:
        raise await _too_late(session, case, chair)
    for_id = _in_place_of(case, actor, chair.holder)
    if not case.request.is_open(chair):
        raise DomainError(errors.NOT_YOUR_TURN, names=await _names_of_open(session, case))
    if act is not None:
        _may(case, chair, act)
    return case, chair, for_id


def _sees(case: Case, actor: Actor) -> bool:
    people = {case.request.applicant, *case.request.signers()}
    return bool(people & {actor.id, *actor.stands_for})


def _in_place_of(case: Case, actor: Actor, holder: int) -> int | None:
    """None for one's own seat, the holder for a deputy. Never the applicant's, by no way (invariant 6)."""
    applicant = case.request.applicant
    if actor.id == applicant:
        raise DomainError(errors.OWN_REQUEST)
    if actor.id == holder:
        return None
    if holder in actor.stands_for and applicant not in actor.stands_for:
        return holder
    raise DomainError(errors.NOT_YOURS)


def _may(case: Case, chair: Chair, act: Act) -> None:
    visit = case.request.visits[chair.visit - 1]
    known = next((one for one in case.flow.steps if one.id == visit.node), None)
    if known is not None and act not in known.allow:
        raise DomainError(errors.NOT_ALLOWED_HERE)


async def _may_sit(session: AsyncSession, case: Case, chair: Chair, to: int) -> None:
    """Whether this person may take a seat in the step of another seat."""
    person = await session.get(Employee, to, with_for_update={"key_share": True}, populate_existing=True)
    if person is None:
        raise DomainError(NOT_FOUND, field="to")
    if person.left_at is not None:
        raise DomainError(HAS_LEFT, field="to", name=person.name)
    if to == case.request.applicant:
        raise DomainError(errors.OWN_REQUEST, field="to")
    if case.request.live_of(to, case.request.visits[chair.visit - 1]) is not None:
        raise DomainError(errors.SIGNS_ALREADY, field="to", name=person.name)


async def _own(session: AsyncSession, actor: Actor, approval_id: int, key: str | None) -> Case:
    case = await open_case(session, approval_id, key)
    if case.request.applicant != actor.id:
        raise DomainError(NOT_ALLOWED if _sees(case, actor) else NOT_FOUND)
    return case


# --- words and failures


def _said(words: str | None, *, required: bool = False) -> str | None:
    text = (words or "").strip() or None
    if text is None and required:
        raise DomainError(REQUIRED, field="words")
    if text is not None and len(text) > LONGEST_WORDS:
        raise DomainError(TOO_LONG, field="words", max=LONGEST_WORDS)
    return text


def _ended(case: Case) -> DomainError:
    return DomainError(errors.ENDED, status=case.request.status.value, at=case.request.ended_at)


async def _too_late(session: AsyncSession, case: Case, chair: Chair) -> DomainError:
    """Who was quicker: the one who decided this seat, or the one whose decision made it needless."""
    request = case.request
    decided = chair if chair.by is not None else _decisive(request, chair)
    if decided is None or decided.by is None:
        return _ended(case) if request.ended else DomainError(errors.DECIDED, name=None, at=None, how=chair.state.value)
    return DomainError(
        errors.DECIDED, name=await _name(session, decided.by), at=decided.decided_at, how=decided.state.value
    )


def _decisive(request: Request, chair: Chair) -> Chair | None:
    those = (one for one in request.chairs.values() if one.visit == chair.visit and one.by is not None)
    deciding = {Seat.REJECTED: 0, Seat.RETURNED: 1, Seat.APPROVED: 2}
    found = sorted(those, key=lambda one: (deciding[one.state], -one.no))
    return found[0] if found else None


async def _name(session: AsyncSession, employee_id: int) -> str:
    return await session.scalar(select(Employee.name).where(Employee.id == employee_id)) or "Rounds"


async def _names_of_open(session: AsyncSession, case: Case) -> tuple[str, ...]:
    ids = [one.holder for one in case.request.open_chairs()]
    names = {
        row.id: row.name
        for row in await session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(ids)))
    }
    return tuple(names[one] for one in ids)
