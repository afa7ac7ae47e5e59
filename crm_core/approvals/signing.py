"""What signers do: decide, return, hand on, add somebody. Each command locks its request, writes its facts and all that
follows from them in one transaction; a command with a key that was seen before changes nothing.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import errors
from crm_core.approvals.advance import advance, opening
from crm_core.approvals.authority import Say, ended, in_place_of, may, may_sit, said, seat_of, take, too_late
from crm_core.approvals.case import Case, note, open_case, settle
from crm_core.approvals.events import ApprovalReturned
from crm_core.approvals.facts import Kind, Origin
from crm_core.approvals.outlook import turn_of
from crm_core.approvals.queries import Whole, may_read
from crm_core.attachments import service as attachments
from crm_core.attachments.service import FileRef
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.playbook.flows import Act


async def approve(session: AsyncSession, actor: Actor, command: Say) -> Case:
    """Sign. Raises `not_found`, `approval.decided`, `approval.not_your_turn`, `approval.ended`, `approval.not_yours`,
    `approval.own_request`.
    """
    case, chair, for_id = await take(session, actor, command)
    if not case.again:
        words = said(command.words)
        await note(session, case, Kind.APPROVED, actor=actor.id, for_id=for_id, seat=chair, words=words)
        await advance(session, case)
        await settle(session, case)
    return case


async def may_use(session: AsyncSession, actor: Actor, seat: int) -> None:
    """Whether the actor may sign on this seat now. Raises as `approve`; nothing is changed."""
    await take(session, actor, Say(seat=seat))


async def reject(session: AsyncSession, actor: Actor, command: Say) -> Case:
    """Refuse, for a reason. Raises `required`, and as `approve`."""
    case, chair, for_id = await take(session, actor, command)
    if not case.again:
        words = said(command.words, required=True)
        await note(session, case, Kind.REJECTED, actor=actor.id, for_id=for_id, seat=chair, words=words)
        await advance(session, case)
        await settle(session, case)
    return case


async def send_back(session: AsyncSession, actor: Actor, command: Say, to: str | None = None) -> Case:
    """Return it for a reason: to the applicant, or to an earlier step that was passed in this round.

    Raises `required`, `approval.no_such_step`, `approval.not_allowed_here`, and as `approve`.
    """
    case, chair, for_id = await take(session, actor, command, Act.RETURN)
    if case.again:
        return case
    words = said(command.words, required=True)
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


async def transfer(session: AsyncSession, actor: Actor, command: Say, to: int) -> Case:
    """Somebody else signs in one's place; who was added to one's seat goes along.

    Raises `approval.signs_already`, `approval.own_request`, `employee.has_left`, `approval.not_allowed_here`, and as
    `approve`.
    """
    case, chair, for_id = await take(session, actor, command, Act.TRANSFER)
    if case.again:
        return case
    await may_sit(session, case, chair, to)
    words = said(command.words)
    data = {"from": chair.holder, "to": to}
    await note(session, case, Kind.TRANSFERRED, actor=actor.id, for_id=for_id, seat=chair, words=words, data=data)
    await settle(session, case)
    return case


async def add_signer(session: AsyncSession, actor: Actor, command: Say, to: int, where: Origin) -> Case:
    """Somebody signs besides: before one's own seat, which waits for it, or after it. Raises as `transfer`."""
    act = Act.ADD_BEFORE if where is Origin.BEFORE else Act.ADD_AFTER
    case, chair, for_id = await take(session, actor, command, act)
    if case.again:
        return case
    assert where in {Origin.BEFORE, Origin.AFTER}
    await may_sit(session, case, chair, to)
    words = said(command.words)
    data = {"to": to, "where": where.value}
    await note(session, case, Kind.ADDED, actor=actor.id, for_id=for_id, seat=chair, words=words, data=data)
    await settle(session, case)
    return case


async def remove_added(session: AsyncSession, actor: Actor, command: Say) -> Case:
    """Take away a signer one has added, who has not signed yet; whom that signer added goes, too.

    Raises `approval.not_added`, `approval.decided`, `approval.not_allowed_here`.
    """
    case, chair = await seat_of(session, command)
    if case.again:
        return case
    request = case.request
    if chair.origin not in {Origin.BEFORE, Origin.AFTER} or chair.added_by is None:
        raise DomainError(errors.NOT_ADDED)
    parent = request.chairs[chair.parent or 0]
    if actor.id not in {chair.added_by, parent.holder}:
        raise DomainError(errors.NOT_ADDED)
    if not chair.pending or request.ended:
        raise await too_late(session, case, chair)
    may(case, chair, Act.REMOVE_ADDED)
    await note(session, case, Kind.REMOVED, actor=actor.id, seat=chair, words=said(command.words))
    await advance(session, case)
    await settle(session, case)
    return case


async def comment(session: AsyncSession, actor: Actor, approval_id: int, words: str, *, key: str | None = None) -> Case:
    """Say something that everybody on the request reads. Raises `not_found`, `required`."""
    case = await open_case(session, approval_id, key)
    if not await may_read(session, actor, case.row):
        raise DomainError(NOT_FOUND)
    if not case.again:
        await note(session, case, Kind.COMMENTED, actor=actor.id, words=said(words, required=True))
        await settle(session, case)
    return case


async def attach(
    session: AsyncSession,
    actor: Actor,
    approval_id: int,
    files: Sequence[FileRef],
    *,
    words: str | None = None,
    key: str | None = None,
) -> Case:
    """Add files to a request that is under way: its applicant, and who is to sign now where the step allows it.

    Raises `not_found`, `approval.ended`, `approval.not_allowed_here`.
    """
    case = await open_case(session, approval_id, key)
    if not await may_read(session, actor, case.row):
        raise DomainError(NOT_FOUND)
    if case.again:
        return case
    if case.request.ended:
        raise ended(case)
    for_id: int | None = None
    if case.request.applicant != actor.id:
        chair = turn_of(case.request, actor)
        if chair is None:
            raise DomainError(errors.NOT_ALLOWED_HERE)
        may(case, chair, Act.ATTACH)
        for_id = in_place_of(case, actor, chair.holder)
    await attachments.attach(session, actor, "approval", case.id, files)
    data = {"count": len(files)}
    await note(session, case, Kind.ATTACHED, actor=actor.id, for_id=for_id, words=said(words), data=data)
    await settle(session, case)
    return case
