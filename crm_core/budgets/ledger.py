"""The ledger: held when a request is sent, spent when it is approved, free again otherwise.

A request that asks for more than is left is refused, unless its form says that the applicant knows (`KNOWS`): then
nothing of it is held, it is marked for its signers, and it cannot be approved before somebody who may overrun budgets
(`permissions.OVERRIDE`) has signed it in this round, or has allowed it by name (`allow`). So a budget's limit is
passed only by what carries a name (invariant 12), and the budget's row refuses anything else. Whoever changes a
budget's sums holds the lock of its row; several are locked in the order of their ids, after the request's own.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import time
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.case import facts_of
from crm_core.approvals.events import ApprovalEnded, ApprovalReturned, ApprovalSubmitted
from crm_core.approvals.facts import Status
from crm_core.approvals.models import Approval
from crm_core.approvals.state import fold
from crm_core.budgets import errors
from crm_core.budgets.events import BudgetMoved, OverrunAsked
from crm_core.budgets.matching import covers, left_of, payer_of
from crm_core.budgets.models import Budget, BudgetEntry, EntryState
from crm_core.budgets.pace import tells_from
from crm_core.budgets.permissions import OVERRIDE
from crm_core.budgets.queries import company_zone
from crm_core.budgets.spending import Outlay, asked_by, outlays_of
from crm_core.kit.calendars import at_local
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, DomainError
from crm_core.kit.events import publish, subscribe
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import Scope, require

KNOWS: Final = "over_budget"
"""The key of a request's form that says: I know that it goes over the budget, and ask for it all the same."""


def knowing(form: Mapping[str, Any], confirmed: Collection[str]) -> dict[str, Any]:
    """The form as it is sent by who has, or has not, overruled `budget.over`."""
    plain = {key: value for key, value in form.items() if key != KNOWS}
    return plain | {KNOWS: True} if errors.OVER in confirmed else plain


_NOTHING: Final = Decimal(0)
_OPEN: Final = (EntryState.ASKED, EntryState.HELD)

Budgets = Mapping[int, Budget]


@subscribe(ApprovalSubmitted)
async def hold_when_sent(session: AsyncSession, sent: ApprovalSubmitted) -> None:
    """Raises `budget.over`."""
    row = await session.get_one(Approval, sent.approval_id)
    outlays = await outlays_of(session, await asked_by(session, row, sent.form))
    if outlays:
        await hold(session, row, sent.round, outlays, knows=sent.form.get(KNOWS) is True)


async def hold(session: AsyncSession, row: Approval, round_: int, outlays: Sequence[Outlay], *, knows: bool) -> None:
    """Hold what these lines need, budget by budget: all of it, or where it goes over, nothing."""
    payer = await payer_of(session, row.applicant_id, outlays)
    locked = await _locked(session, (one.id for one in payer.budgets if one))
    covered = await covers(session, outlays, payer.budgets)
    entries: list[BudgetEntry] = []
    for at, (line, budget, part) in enumerate(zip(outlays, payer.budgets, covered, strict=True), 1):
        entries.append(_entry(row, round_, at, line, budget, part))
        entries[-1].unit_id, entries[-1].at = payer.unit_id, now(session)
    over = [one for one in locked.values() if not _fits(one, _of(entries, one))]
    for budget in locked.values():
        mine = _of(entries, budget)
        if budget not in over:
            _hold(budget, mine)
        elif not knows:
            need, left = _need(mine), left_of(budget)
            raise DomainError(errors.OVER, name=budget.name, left=max(left, _NOTHING), over=min(need - left, need))
        else:
            _mark(budget, mine)
    session.add_all(entries)
    await _moved(session, locked.values())
    if over:
        await publish(session, OverrunAsked(row.id, tuple(one.id for one in over)))


def _entry(row: Approval, round_: int, at: int, line: Outlay, budget: Budget | None, covered: Decimal) -> BudgetEntry:
    return BudgetEntry(
        approval_id=row.id,
        round=round_,
        line=at,
        budget_id=budget.id if budget else None,
        employee_id=row.applicant_id,
        content=line.content,
        day=line.day,
        task=line.task,
        task_kind=line.task_kind,
        stage=line.stage,
        customer_id=line.customer,
        amount=line.amount,
        covered=covered,
        replaces_id=line.replaces,
        over=_NOTHING,
        state=EntryState.HELD.value,
    )


@subscribe(ApprovalReturned)
async def free_when_returned(session: AsyncSession, back: ApprovalReturned) -> None:
    await _release(session, back.approval_id, _OPEN)


@subscribe(ApprovalEnded)
async def settle_when_ended(session: AsyncSession, ended: ApprovalEnded) -> None:
    """Raises `budget.needs_override`."""
    if ended.status is Status.APPROVED:
        await _commit(session, ended.approval_id, ended.round)
    else:
        await _release(session, ended.approval_id, (*_OPEN, EntryState.COMMITTED))


async def _commit(session: AsyncSession, approval_id: int, round_: int) -> None:
    """It is spent; what was really spent takes the place of what was held for it before."""
    entries = [one for one in await _entries(session, approval_id, _OPEN) if one.round == round_]
    if not entries:
        return
    replaced: list[BudgetEntry] = []
    for other in sorted({one.replaces_id for one in entries if one.replaces_id is not None}):
        replaced += await _entries(session, other, (EntryState.COMMITTED,))
    locked = await _locked(session, (one.budget_id for one in (*entries, *replaced) if one.budget_id))
    leave = await _leave(session, approval_id, round_)
    for budget in locked.values():
        _spend(budget, _of(entries, budget), _of(replaced, budget), leave)
    moment = now(session)
    for one in entries:
        one.state, one.settled_at = EntryState.COMMITTED.value, moment
    for one in replaced:
        one.state, one.settled_at = EntryState.REPLACED.value, moment
    await _moved(session, locked.values())


def _spend(budget: Budget, mine: Sequence[BudgetEntry], replaced: Sequence[BudgetEntry], leave: int | None) -> None:
    asked = [one for one in mine if one.state == EntryState.ASKED]
    _grant(budget, asked, leave)
    carried = next((one.allowed_by for one in replaced if one.over), None)
    was_over = sum((one.over for one in replaced), _NOTHING)
    for one in replaced:
        budget.committed -= one.amount
        budget.over_allowed -= one.over
    for one in mine:
        budget.held -= one.amount - one.covered
        budget.committed += one.amount
    beyond = budget.held + budget.committed - budget.amount - budget.over_allowed
    for one in mine:  # what the earlier request was to cover is not all there any more
        part = min(max(beyond, _NOTHING), one.amount - one.over)
        if part:
            by = leave or (carried if beyond <= was_over else None)
            if by is None:
                raise DomainError(errors.NEEDS_OVERRIDE, name=budget.name, over=beyond)
            one.over, one.allowed_by = one.over + part, by
            budget.over_allowed += part
            beyond -= part


def _grant(budget: Budget, asked: Sequence[BudgetEntry], by: int | None) -> None:
    """Hold what was only asked for: with somebody's leave as far as it goes over."""
    left, need = left_of(budget), _need(asked)
    if asked and need > left and by is None:
        raise DomainError(errors.NEEDS_OVERRIDE, name=budget.name, over=min(need - left, need))
    _mark(budget, asked)
    for one in asked:
        one.allowed_by = by if one.over else None
        budget.over_allowed += one.over
        one.state = EntryState.HELD.value
        budget.held += one.amount - one.covered


async def allow(session: AsyncSession, actor: Actor, approval_id: int) -> list[Budget]:
    """Let a request overrun its budgets, by one's name; what it asks for is held from now. Answers the budgets.

    Raises `not_allowed`, for one's own request too, `not_found`, `budget.nothing_to_allow`.
    """
    await require(session, actor, OVERRIDE)
    row = await session.get(Approval, approval_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise DomainError(NOT_FOUND)
    if actor.id == row.applicant_id:
        raise DomainError(NOT_ALLOWED)
    asked = await _entries(session, approval_id, (EntryState.ASKED,))
    if not asked:
        raise DomainError(errors.NOTHING_TO_ALLOW)
    locked = await _locked(session, (one.budget_id for one in asked if one.budget_id))
    for budget in locked.values():
        _grant(budget, _of(asked, budget), actor.id)
    await _moved(session, locked.values())
    return list(locked.values())


async def _leave(session: AsyncSession, approval_id: int, round_: int) -> int | None:
    """Who has approved in this round and may overrun budgets, the latest first."""
    request = fold(await facts_of(session, approval_id))
    here = {one.seq for one in request.visits if one.round == round_}
    signed = [one.by for one in reversed(request.approvals()) if one.visit in here and one.by is not None]
    roles = [role.value for role, scope in OVERRIDE.scopes.items() if scope > Scope.NONE]
    may = select(Employee.id).where(Employee.id.in_(signed), Employee.roles.overlap(roles))
    able = set(await session.scalars(may))
    return next((one for one in signed if one in able), None)


async def _release(session: AsyncSession, approval_id: int, states: Sequence[EntryState]) -> None:
    entries = await _entries(session, approval_id, states)
    locked = await _locked(session, (one.budget_id for one in entries if one.budget_id))
    moment = now(session)
    for one in entries:
        budget = locked.get(one.budget_id or 0)
        if budget is not None and one.state == EntryState.HELD:
            budget.held -= one.amount - one.covered
            budget.over_allowed -= one.over
        elif budget is not None and one.state == EntryState.COMMITTED:
            budget.committed -= one.amount
            budget.over_allowed -= one.over
        one.state, one.settled_at = EntryState.RELEASED.value, moment
    await _moved(session, locked.values())


# --- the sums


def _need(entries: Iterable[BudgetEntry]) -> Decimal:
    return sum((one.amount - one.covered for one in entries), _NOTHING)


def _fits(budget: Budget, entries: Sequence[BudgetEntry]) -> bool:
    need = _need(entries)
    return need == 0 or need <= left_of(budget)


def _hold(budget: Budget, entries: Sequence[BudgetEntry]) -> None:
    budget.held += _need(entries)


def _mark(budget: Budget, entries: Sequence[BudgetEntry]) -> None:
    """How far each goes over what the ones before leave."""
    left = left_of(budget)
    for one in entries:
        need = one.amount - one.covered
        one.over = min(max(need - left, _NOTHING), need)
        left -= need
        if one.state == EntryState.HELD:
            one.state = EntryState.ASKED.value


def _of(entries: Iterable[BudgetEntry], budget: Budget) -> list[BudgetEntry]:
    return [one for one in entries if one.budget_id == budget.id]


async def _entries(session: AsyncSession, approval_id: int, states: Sequence[EntryState]) -> list[BudgetEntry]:
    """As they are in the database: the request is locked, so nobody else changes them."""
    statement = select(BudgetEntry).where(
        BudgetEntry.approval_id == approval_id, BudgetEntry.state.in_([one.value for one in states])
    )
    statement = statement.order_by(BudgetEntry.round, BudgetEntry.line).with_for_update()
    return list(await session.scalars(statement.execution_options(populate_existing=True)))


async def _locked(session: AsyncSession, ids: Iterable[int]) -> dict[int, Budget]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    statement = select(Budget).where(Budget.id.in_(wanted)).order_by(Budget.id).with_for_update()
    rows = await session.scalars(statement.execution_options(populate_existing=True))
    return {one.id: one for one in rows}


async def _moved(session: AsyncSession, budgets: Iterable[Budget]) -> None:
    for one in budgets:
        await look_again(session, one)
    await session.flush()
    for one in budgets:
        await publish(session, BudgetMoved(one.id))


async def look_again(session: AsyncSession, budget: Budget) -> None:
    """The warnings look at it: at once, or when enough of its time has gone to tell how it goes."""
    if budget.status != "open":
        budget.look_at = None
        return
    first = at_local(tells_from(budget.since, budget.until), time(0), await company_zone(session))
    spent = budget.held + budget.committed
    grave = spent >= budget.amount * Decimal("0.8")
    budget.look_at = now(session) if grave else max(now(session), first)
