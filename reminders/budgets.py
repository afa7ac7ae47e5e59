"""A budget is about to be overrun (RE08, EX12): its owner and finance hear of it once for each threshold.

At 80 % and at all of it, and before that when it would be overrun at its present pace.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.due import redraw
from crm_core.budgets.events import BudgetMoved, BudgetSeen
from crm_core.budgets.models import Budget
from crm_core.budgets.pace import Level, Pace, pace_of
from crm_core.budgets.queries import company_zone, recipients
from crm_core.kit.calendars import local_date
from crm_core.kit.db import now
from crm_core.kit.events import subscribe
from crm_core.kit.words.amounts import write_amount
from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.org.actor import Actor
from reminders.rules import Line, Rule
from screens.budgets import percent
from screens.screen import N_, Msg
from screens.words.budgets import LEVELS

SUBJECT: Final = "budget"
KEY: Final = "budget.warning"

_SEEN: Final = N_("✓ seen")
_NO_TRUTH: Final = {"unaudited": "a timer is cleared, no business truth"}
_GRAVITY: Final = {level.value: at for at, level in enumerate(Level)}


async def notice(session: AsyncSession) -> int:
    """Look at every budget whose stored time has come, and clear it: what is held or spent next sets a new one."""
    moment = now(session)
    due = (
        update(Budget)
        .where(Budget.look_at <= moment, Budget.status == "open")
        .values(look_at=None)
        .returning(Budget.id, Budget.amount, Budget.held, Budget.committed, Budget.since, Budget.until, Budget.owner_id)
    )
    options = {**_NO_TRUTH, "synchronize_session": False}
    found = (await session.execute(due, execution_options=options)).all()
    if not found:
        return 0
    today = local_date(moment, await company_zone(session))
    rows = [
        {
            "rule": KEY,
            "subject_type": SUBJECT,
            "subject_id": one.id,
            "recipient_id": person,
            "occurrence_key": f"{level.value} of {one.amount}",
            "due_at": moment,
            "created_at": moment,
        }
        for one in found
        if (level := pace_of(one.amount, one.held + one.committed, one.since, one.until, today).level) is not None
        for person in await recipients(session, one.owner_id)
    ]
    if not rows:
        return 0
    made = upsert(Occurrence).values(rows).on_conflict_do_nothing().returning(Occurrence.id)
    return len((await session.execute(made)).all())


async def lines(session: AsyncSession, actor: Actor, due: Sequence[Occurrence]) -> list[Line]:
    """The budgets that still stand so, the gravest first; of one, the gravest threshold alone."""
    wanted: dict[int, Occurrence] = {}
    for row in sorted(due, key=lambda one: _GRAVITY.get(one.occurrence_key.split(" ", maxsplit=1)[0], 0)):
        wanted[row.subject_id] = row
    today = actor.today(now(session))
    made: list[tuple[int, Line]] = []
    for budget in await session.scalars(select(Budget).where(Budget.id.in_(wanted), Budget.status == "open")):
        row = wanted[budget.id]
        pace = pace_of(budget.amount, budget.held + budget.committed, budget.since, budget.until, today)
        done = row.state not in occurrences.OPEN
        if row.state == "suppressed" or (pace.level is None and not done):
            continue
        words = _SEEN if done or pace.level is None else _words(pace.level, pace, budget)
        made.append((-_GRAVITY[pace.level] if pace.level else 1, Line(row.id, budget.id, budget.name, words, done)))
    return [line for _, line in sorted(made, key=lambda one: (one[0], one[1].subject_id))]


def _words(level: Level, pace: Pace, budget: Budget) -> Msg:
    left = write_amount(max(budget.amount - budget.held - budget.committed, Decimal(0)))
    return LEVELS[level](used=percent(pace.money), time=percent(pace.time), left=left)


WARNING: Final = Rule(
    KEY,
    title=N_("Budgets that run out"),
    why=N_("you answer for this budget, and it runs out faster than planned"),
    notice=notice,
    lines=lines,
    sign="💰",
    action="budget.warned",
    action_label=N_("Open"),
    order=40,
)


@subscribe(BudgetSeen)
async def settle_for_who_has_seen(session: AsyncSession, seen: BudgetSeen) -> None:
    for card_id in await occurrences.close(session, SUBJECT, seen.budget_id, KEY, seen.employee_id):
        await redraw(session, card_id)


@subscribe(BudgetMoved)
async def settle_what_is_well_again(session: AsyncSession, moved: BudgetMoved) -> None:
    """More money, or money that came back: nobody needs to look any more."""
    budget = await session.get_one(Budget, moved.budget_id)
    today = local_date(now(session), await company_zone(session))
    spent = budget.held + budget.committed
    if budget.status != "open" or pace_of(budget.amount, spent, budget.since, budget.until, today).level is None:
        for card_id in await occurrences.withdraw(session, SUBJECT, (budget.id,)):
            await redraw(session, card_id)
