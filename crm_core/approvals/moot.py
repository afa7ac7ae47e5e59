"""When what a request is about is no longer there to be decided: Rounds closes it, and everybody on it is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.advance import end
from crm_core.approvals.case import Case, note, open_case, settle
from crm_core.approvals.facts import Kind, Status
from crm_core.approvals.models import Approval
from crm_core.kit.errors import Conflict
from crm_core.kit.events import publish


@dataclass(frozen=True, slots=True)
class RequestsClosed:
    """Rounds closed these requests by itself: those on them are still to be told."""

    cases: tuple[Case, ...]


async def close(session: AsyncSession, kind: str, subject_ids: Sequence[int]) -> None:
    """Close the live requests about these records; one that has just ended, by which they changed, is left alone.

    Who decides on one of them holds its row and waits for the record's, which the caller holds: then the caller's unit
    of work is run again (`Conflict`), and finds it decided.
    """
    live = select(Approval.id).where(
        Approval.subject_type == kind,
        Approval.subject_id.in_(subject_ids),
        Approval.ended_at.is_(None),
    )
    wanted = list(await session.scalars(live.order_by(Approval.id)))
    if not wanted:
        return
    free = select(Approval.id).where(Approval.id.in_(wanted)).with_for_update(skip_locked=True)
    if len((await session.scalars(free)).all()) < len(wanted):
        raise Conflict
    closed: list[Case] = []
    for approval_id in wanted:
        case = await open_case(session, approval_id)
        if case.request.ended:
            continue
        await note(session, case, Kind.WITHDRAWN)
        await end(session, case, Status.WITHDRAWN)
        await settle(session, case)
        closed.append(case)
    await publish(session, RequestsClosed(tuple(closed)))
