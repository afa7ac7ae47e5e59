"""Operations on trials (CA18). Who may change a customer may write down what was sent there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.events import CustomersMoved
from crm_core.customers.models import Customer
from crm_core.kit.calendars import at_local
from crm_core.kit.db import now
from crm_core.kit.events import publish, subscribe
from crm_core.matters import service as matters
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee
from crm_core.trials.events import TrialAnswered, TrialsMoved
from crm_core.trials.models import UNDER_WAY, Trial, TrialState

CHECKS: Final[dict[str, matters.Checked]] = {
    "what": matters.words,
    "quantity": matters.number,
    "check_on": matters.ahead,
}
_CHANGES: Final = {**CHECKS, "sent_on": matters.behind, "result": matters.optional_words}
EDITABLE: Final = ("what", "contact", "check_on", "quantity", "sent_on", "result")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendTrial:
    """A sample goes out. `sent_on` is today, unless said; `check_on` when to ask how it goes."""

    customer: int
    what: str
    contact: int | None = None
    check_on: date | None = None
    sent_on: date | None = None
    quantity: int | None = None


async def send_trial(session: AsyncSession, actor: Actor, command: SendTrial) -> Trial:
    """Write down a sample that a customer gets. Raises `matter.…`, `required`, `too_long`."""
    today = actor.today(now(session))
    sent_on = matters.behind("sent_on", command.sent_on, today) or today
    trial, _ = await matters.add(session, actor, Trial, command, CHECKS, sent_on=sent_on, check_due_at=None)
    await reckon_check(session, [trial])
    return trial


async def change_trial(
    session: AsyncSession, actor: Actor, trial_id: int, field: str, value: Any, revision: int | None = None
) -> Trial:
    """Change one of EDITABLE. Raises as `send_trial`, and `changed_meanwhile`."""
    if field == "sent_on" and value is None:
        value = actor.today(now(session))
    trial, _ = await matters.change(session, actor, Trial, trial_id, field, value, _CHANGES, revision)
    if field == "check_on":
        await _answered(session, trial)
    return trial


async def answer_trial(
    session: AsyncSession, actor: Actor, trial_id: int, state: TrialState, result: str | None = None
) -> Trial:
    """How it goes: being tested, passed, failed, or no answer; in any order, as things go."""
    trial, customer = await matters.held(session, actor, Trial, trial_id)
    trial.state = state.value
    if result is not None:
        trial.result = matters.words("result", result, actor.today(now(session)))
    if state.value not in UNDER_WAY:
        trial.check_due_at = None
    await matters.told(session, actor, customer)
    await _answered(session, trial)
    return trial


async def _answered(session: AsyncSession, trial: Trial) -> None:
    await reckon_check(session, [trial])
    await publish(session, TrialAnswered(trial.id))


async def reckon_check(session: AsyncSession, trials: Sequence[Trial]) -> None:
    """Set when the reminder looks at these: on the day's morning where the owner is; a day that is over is no more."""
    zone = func.coalesce(Employee.zone, select(Company.zone).scalar_subquery())
    owners = select(Customer.id, zone.label("zone")).join(Employee, Employee.id == Customer.owner_id)
    rows = await session.execute(owners.where(Customer.id.in_({one.customer_id for one in trials})))
    zones = {row.id: ZoneInfo(row.zone) for row in rows}
    moment = now(session)
    for one in trials:
        zone_of = zones.get(one.customer_id)
        due = one.state in UNDER_WAY and one.check_on is not None and zone_of is not None
        if not due or one.check_on is None or zone_of is None or one.check_on < moment.astimezone(zone_of).date():
            one.check_due_at = None
        else:
            one.check_due_at = at_local(one.check_on, time(0), zone_of)
    await session.flush()


@subscribe(CustomersMoved)
async def reckon_for_the_new_owner(session: AsyncSession, moved: CustomersMoved) -> None:
    """The new owner is asked; also of what the former one has been asked already."""
    statement = select(Trial).where(Trial.customer_id.in_(moved.customer_ids), Trial.state.in_(UNDER_WAY))
    trials = (await session.scalars(statement)).all()
    if trials:
        await reckon_check(session, trials)
        await publish(session, TrialsMoved(tuple(one.id for one in trials)))
