"""A request in hand: locked, folded, added to, and written back with all that its facts come to."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.facts import Chair, Fact, Kind, Visit
from crm_core.approvals.models import Approval, ApprovalFact, ApprovalSeat, ApprovalStep, ApprovalTimer
from crm_core.approvals.state import Request, fold
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import Flow
from crm_core.playbook.service import in_force

LONGEST_WORDS: Final = 1000


@dataclass(slots=True)
class Case:
    """One request within one unit of work. `fresh` are the facts of this command; `seats` the rows' ids by number."""

    row: Approval
    flow: Flow
    book: Playbook
    request: Request
    was_open: frozenset[int] = frozenset()
    fresh: list[Fact] = field(default_factory=list[Fact])
    seats: dict[int, int] = field(default_factory=dict[int, int])
    key: str | None = None
    again: bool = False
    """The same command was done before: nothing is changed."""

    @property
    def id(self) -> int:
        return self.row.id

    @property
    def opened(self) -> list[Chair]:
        """The seats whose turn has come by this command."""
        return [one for one in self.request.open_chairs() if one.no not in self.was_open]

    @property
    def closed(self) -> list[Chair]:
        """The seats whose turn is over by this command, whoever decided."""
        here = {one.no for one in self.request.open_chairs()}
        return [self.request.chairs[no] for no in sorted(self.was_open - here)]

    def did(self, *kinds: Kind) -> list[Fact]:
        return [one for one in self.fresh if one.kind in kinds]

    def seat_id(self, chair: Chair) -> int:
        return self.seats[chair.no]


async def facts_of(session: AsyncSession, approval_id: int) -> list[Fact]:
    """All that happened to a request, in its order."""
    statement = select(ApprovalFact).where(ApprovalFact.approval_id == approval_id).order_by(ApprovalFact.seq)
    return [
        Fact(
            Kind(one.kind),
            one.at,
            one.actor_id,
            one.for_id,
            one.seat,
            one.data | ({"words": one.words} if one.words else {}),
        )
        for one in await session.scalars(statement)
    ]


async def open_case(session: AsyncSession, approval_id: int, key: str | None = None) -> Case:
    """The request, its row locked: everybody else waits. Raises `not_found`."""
    row = await session.get(Approval, approval_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise DomainError(NOT_FOUND)
    book = await in_force(session, row.playbook_version)
    request = fold(await facts_of(session, row.id))
    case = Case(row, book.flow(row.flow), book, request, key=key)
    case.was_open = frozenset(one.no for one in request.open_chairs())
    statement = select(ApprovalSeat.no, ApprovalSeat.id).where(ApprovalSeat.approval_id == row.id)
    case.seats = dict(iter(await session.execute(statement)))
    if key is not None:
        seen = select(ApprovalFact.seq).where(ApprovalFact.key == key, ApprovalFact.approval_id == row.id)
        case.again = await session.scalar(seen) is not None
    return case


async def note(
    session: AsyncSession,
    case: Case,
    kind: Kind,
    *,
    actor: int | None = None,
    for_id: int | None = None,
    seat: Chair | None = None,
    words: str | None = None,
    data: Mapping[str, Any] | None = None,
) -> Fact:
    """Add a fact: it is written, and the request stands as it says."""
    fact = Fact(kind, now(session), actor, for_id, seat.no if seat else None, dict(data or {}))
    case.request.apply(fact)
    case.fresh.append(fact)
    values = {
        "approval_id": case.id,
        "seq": case.request.facts,
        "kind": kind.value,
        "at": fact.at,
        "actor_id": actor,
        "for_id": for_id,
        "seat": fact.seat,
        "words": words,
        "data": dict(fact.data),
        "key": case.key,
    }
    case.key = None  # the command's first fact carries it
    await session.execute(insert(ApprovalFact).values(values))
    return fact


async def settle(session: AsyncSession, case: Case) -> None:
    """Write what the facts come to: the request's row, its steps and seats, and timers that need fire no more."""
    request, row = case.request, case.row
    row.status, row.round, row.facts = request.status.value, request.round, request.facts
    row.form, row.ended_at, row.revoke_asked = request.form, request.ended_at, request.revoke_asked
    row.changed_at = now(session)
    await session.flush()
    await _write_steps(session, case)
    await _write_seats(session, case)
    await _still_timers(session, case)


async def _write_steps(session: AsyncSession, case: Case) -> None:
    known = {
        one.seq: one for one in await session.scalars(select(ApprovalStep).where(ApprovalStep.approval_id == case.id))
    }
    for visit in case.request.visits:  # an old step is closed before a new one opens: the table allows one
        held = known.get(visit.seq)
        if held is None:
            session.add(ApprovalStep(approval_id=case.id, **_of_visit(visit)))
        else:
            held.went, held.closed_at = visit.went.value, visit.closed_at
        await session.flush()


def _of_visit(visit: Visit) -> dict[str, Any]:
    return asdict(visit) | {"went": visit.went.value}


async def _write_seats(session: AsyncSession, case: Case) -> None:
    known = {
        one.no: one for one in await session.scalars(select(ApprovalSeat).where(ApprovalSeat.approval_id == case.id))
    }
    chairs = sorted(case.request.chairs.values(), key=lambda one: one.pending)
    for chair in chairs:  # those that are done first: one live seat of a person in a step
        held = known.get(chair.no)
        if held is None:
            held = ApprovalSeat(approval_id=case.id, no=chair.no)
            known[chair.no] = held
        for name, value in _of_chair(case.request, chair).items():
            if getattr(held, name) != value:
                setattr(held, name, value)
        session.add(held)
        if not chair.pending:
            await session.flush()
    await session.flush()
    case.seats = {no: one.id for no, one in known.items()}


def _of_chair(request: Request, chair: Chair) -> dict[str, Any]:
    return {
        "step": chair.visit,
        "holder_id": chair.holder,
        "origin": chair.origin.value,
        "parent": chair.parent,
        "place": chair.place,
        "why": chair.why,
        "state": chair.state.value,
        "open": request.is_open(chair),
        "since": chair.since,
        "by_id": chair.by,
        "decided_at": chair.decided_at,
    }


async def _still_timers(session: AsyncSession, case: Case) -> None:
    """Timers of steps that are closed never fire."""
    active = case.request.visit
    statement = (
        update(ApprovalTimer)
        .where(ApprovalTimer.approval_id == case.id, ApprovalTimer.done_at.is_(None))
        .values(done_at=now(session), fired=False)
        .execution_options(synchronize_session=False)
    )
    if active is not None:
        statement = statement.where(ApprovalTimer.step != active.seq)
    await session.execute(statement)
