"""What applicants do with their requests: apply, send again, take back, hurry. Each command locks its request, writes
its facts and all that follows from them in one transaction; a command with a key that was seen before changes nothing.
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
from crm_core.approvals.advance import end, opening
from crm_core.approvals.authority import ended, in_place_of, name_of, own, said
from crm_core.approvals.case import Case, note, open_case, settle
from crm_core.approvals.events import ApprovalSubmitted
from crm_core.approvals.facts import Kind, Status
from crm_core.approvals.models import Approval
from crm_core.approvals.permissions import APPLY
from crm_core.approvals.state import Request
from crm_core.custom_fields.service import PREFIX, fit
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, REQUIRED, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require
from crm_core.playbook.flows import Flow
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
    made = insert(Approval).values(values).on_conflict_do_nothing().returning(Approval.id)
    approval_id = await session.scalar(made)
    if approval_id is None:
        known = await session.scalar(select(Approval.id).where(Approval.submit_key == command.key))
        if known is None:  # its record's other request came in at the same moment
            raise DomainError(errors.LIVE_ALREADY)
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


async def resubmit(
    session: AsyncSession, actor: Actor, approval_id: int, form: Mapping[str, Any], *, key: str | None = None
) -> Case:
    """Send a returned request again, changed or not: the next round, from the start or, where nothing that decides
    the way was changed and the flow says so, from the step that returned it.

    Raises `not_found`, `approval.not_returned`, `required`, `custom.unfit`.
    """
    case = await own(session, actor, approval_id, key)
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
    case = await own(session, actor, approval_id, key)
    if case.again:
        return case
    if case.request.ended:
        raise ended(case)
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
    case = await own(session, actor, approval_id, key)
    if case.again:
        return case
    words = said(reason, required=True)
    policy, request = case.flow.policy.revoke, case.request
    if request.status is not Status.APPROVED:
        raise ended(case) if request.ended else DomainError(errors.NOT_ALLOWED_HERE)
    assert request.ended_at is not None
    if now(session) > request.ended_at + timedelta(days=policy.days):
        raise DomainError(errors.REVOKE_TOO_LATE, days=policy.days)
    if request.revoke_asked is not None:
        raise DomainError(errors.REVOKE_ASKED, name=await name_of(session, request.revoke_asked))
    if policy.consent == "nobody":
        await note(session, case, Kind.REVOKED, actor=actor.id, words=words)
        await end(session, case, Status.REVOKED, by=actor.id)
    else:
        asked = await consents(session, case)
        await note(session, case, Kind.REVOKE_ASKED, actor=actor.id, words=words, data={"of": asked})
    await settle(session, case)
    return case


async def consents(session: AsyncSession, case: Case) -> int:
    """Who approved last and is still here; where none of them is, an admin."""
    for chair in reversed(case.request.approvals()):
        person = await session.get(
            Employee, chair.by, with_for_update={"key_share": True, "read": True}, populate_existing=True
        )
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
        raise ended(case) if actor.id in case.request.signers() else DomainError(NOT_FOUND)
    for_id = in_place_of(case, actor, asked)
    if agreed:
        await note(session, case, Kind.REVOKED, actor=actor.id, for_id=for_id)
        await end(session, case, Status.REVOKED, by=actor.id)
    else:
        await note(session, case, Kind.REVOKE_REFUSED, actor=actor.id, for_id=for_id)
    await settle(session, case)
    return case


async def nudge(session: AsyncSession, actor: Actor, approval_id: int, *, key: str | None = None) -> Case:
    """The applicant asks whoever's turn it is to hurry; once in four hours.

    Raises `not_found`, `approval.ended`, `approval.nudged_just_now`.
    """
    case = await own(session, actor, approval_id, key)
    if case.again:
        return case
    if case.request.status is not Status.RUNNING:
        raise ended(case) if case.request.ended else DomainError(errors.NOT_ALLOWED_HERE)
    last = case.request.nudged_at
    if last is not None and now(session) < last + NUDGE_EVERY:
        raise DomainError(errors.NUDGED_JUST_NOW, at=last + NUDGE_EVERY)
    await note(session, case, Kind.NUDGED, actor=actor.id)
    await settle(session, case)
    return case
