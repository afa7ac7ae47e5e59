"""Who may do what to a request now, and what somebody is told who may not."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import errors
from crm_core.approvals.case import LONGEST_WORDS, Case, open_case
from crm_core.approvals.facts import Chair, Seat
from crm_core.approvals.models import ApprovalSeat
from crm_core.approvals.state import Request
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.models import Employee
from crm_core.playbook.flows import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """A command on a seat: which, in what words; `key` makes it count once."""

    seat: int
    words: str | None = None
    key: str | None = None


async def seat_of(session: AsyncSession, command: Say) -> tuple[Case, Chair]:
    where = select(ApprovalSeat.approval_id, ApprovalSeat.no).where(ApprovalSeat.id == command.seat)
    found = (await session.execute(where)).one_or_none()
    if found is None:
        raise DomainError(NOT_FOUND)
    case = await open_case(session, found.approval_id, command.key)
    return case, case.request.chairs[found.no]


async def take(
    session: AsyncSession, actor: Actor, command: Say, act: Act | None = None
) -> tuple[Case, Chair, int | None]:
    """The seat in hand, if it is the actor's and its turn; in whose place the actor acts."""
    case, chair = await seat_of(session, command)
    if case.again:
        return case, chair, None
    if not _sees(case, actor):
        raise DomainError(NOT_FOUND)
    if case.request.ended or not chair.pending:
        raise await too_late(session, case, chair)
    for_id = in_place_of(case, actor, chair.holder)
    if not case.request.is_open(chair):
        raise DomainError(errors.NOT_YOUR_TURN, names=await _names_of_open(session, case))
    if act is not None:
        may(case, chair, act)
    return case, chair, for_id


def _sees(case: Case, actor: Actor) -> bool:
    people = {case.request.applicant, *case.request.signers()}
    return bool(people & {actor.id, *actor.stands_for})


def in_place_of(case: Case, actor: Actor, holder: int) -> int | None:
    """None for one's own seat, the holder for a deputy. Never the applicant's, by no way (invariant 6)."""
    applicant = case.request.applicant
    if actor.id == applicant:
        raise DomainError(errors.OWN_REQUEST)
    if actor.id == holder:
        return None
    if holder in actor.stands_for and applicant not in actor.stands_for:
        return holder
    raise DomainError(errors.NOT_YOURS)


def may(case: Case, chair: Chair, act: Act) -> None:
    visit = case.request.visits[chair.visit - 1]
    known = next((one for one in case.flow.steps if one.id == visit.node), None)
    if known is not None and act not in known.allow:
        raise DomainError(errors.NOT_ALLOWED_HERE)


async def may_sit(session: AsyncSession, case: Case, chair: Chair, to: int) -> None:
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


async def own(session: AsyncSession, actor: Actor, approval_id: int, key: str | None) -> Case:
    case = await open_case(session, approval_id, key)
    if case.request.applicant != actor.id:
        raise DomainError(NOT_ALLOWED if _sees(case, actor) else NOT_FOUND)
    return case


# --- words and failures


def said(words: str | None, *, required: bool = False) -> str | None:
    text = (words or "").strip() or None
    if text is None and required:
        raise DomainError(REQUIRED, field="words")
    if text is not None and len(text) > LONGEST_WORDS:
        raise DomainError(TOO_LONG, field="words", max=LONGEST_WORDS)
    return text


def ended(case: Case) -> DomainError:
    return DomainError(errors.ENDED, status=case.request.status.value, at=case.request.ended_at)


async def too_late(session: AsyncSession, case: Case, chair: Chair) -> DomainError:
    """Who was quicker: the one who decided this seat, or the one whose decision made it needless."""
    request = case.request
    decided = chair if chair.by is not None else _decisive(request, chair)
    if decided is None or decided.by is None:
        return ended(case) if request.ended else DomainError(errors.DECIDED, name=None, at=None, how=chair.state.value)
    return DomainError(
        errors.DECIDED, name=await name_of(session, decided.by), at=decided.decided_at, how=decided.state.value
    )


def _decisive(request: Request, chair: Chair) -> Chair | None:
    those = (one for one in request.chairs.values() if one.visit == chair.visit and one.by is not None)
    deciding = {Seat.REJECTED: 0, Seat.RETURNED: 1, Seat.APPROVED: 2}
    found = sorted(those, key=lambda one: (deciding[one.state], -one.no))
    return found[0] if found else None


async def name_of(session: AsyncSession, employee_id: int) -> str:
    return await session.scalar(select(Employee.name).where(Employee.id == employee_id)) or "Rounds"


async def _names_of_open(session: AsyncSession, case: Case) -> tuple[str, ...]:
    ids = [one.holder for one in case.request.open_chairs()]
    names = {
        row.id: row.name
        for row in await session.execute(select(Employee.id, Employee.name).where(Employee.id.in_(ids)))
    }
    return tuple(names[one] for one in ids)
