"""Operations on deals (CA06). Who may change a customer may write down what was sold there."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.deals import errors
from crm_core.deals.models import Deal, DealStep
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, REQUIRED, DomainError
from crm_core.matters import service as matters
from crm_core.org.actor import Actor


def _amount(field: str, said: Decimal | None, today: date) -> Decimal:
    amount = matters.money(field, said, today)
    if amount is None:
        raise DomainError(REQUIRED, field=field)
    return amount


CHECKS: Final[dict[str, matters.Checked]] = {"what": matters.words, "amount": _amount}
DAYS: Final = {f"{step.value}_on": step for step in DealStep}
"""The columns that hold the day of each step, in the order of time."""
EDITABLE: Final = ("what", "amount", "contact", *DAYS)
_CHANGES: Final[dict[str, matters.Checked]] = {**CHECKS, **dict.fromkeys(DAYS, matters.behind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDeal:
    """A transaction that has come to a `step` on a day: today, unless said."""

    customer: int
    amount: Decimal
    what: str
    contact: int | None = None
    step: DealStep = DealStep.ORDERED
    on: date | None = None


async def record_deal(session: AsyncSession, actor: Actor, command: RecordDeal) -> Deal:
    """Write down a transaction. Raises `matter.negative`, `matter.day_in_future`, `required`, `too_long`."""
    today = actor.today(now(session))
    on = matters.behind("on", command.on, today) or today
    days = {f"{DealStep(command.step).value}_on": on}
    deal, _ = await matters.add(session, actor, Deal, command, CHECKS, **days)
    return deal


async def change_deal(
    session: AsyncSession, actor: Actor, deal_id: int, field: str, value: Any, revision: int | None = None
) -> Deal:
    """Change one of EDITABLE. Raises as `record_deal`, `deal.out_of_order`, and `changed_meanwhile`."""
    deal, _ = await matters.change(session, actor, Deal, deal_id, field, value, _CHANGES, revision)
    if field in DAYS:
        _in_order(deal, field)
    return deal


async def step_deal(session: AsyncSession, actor: Actor, deal_id: int, step: DealStep, revision: int) -> Deal:
    """It has come to this step today. Raises `changed_meanwhile` when it stands elsewhere by now."""
    deal, customer = await matters.held(session, actor, Deal, deal_id)
    if revision != deal.revision:
        raise DomainError(CHANGED_MEANWHILE)
    setattr(deal, f"{step.value}_on", actor.today(now(session)))
    _in_order(deal, f"{step.value}_on")
    await matters.told(session, actor, customer)
    return deal


def _in_order(deal: Deal, field: str) -> None:
    """No step is taken before the one that it follows."""
    days = [day for name in DAYS if (day := getattr(deal, name)) is not None]
    if days != sorted(days):
        raise DomainError(errors.OUT_OF_ORDER, field=field)
