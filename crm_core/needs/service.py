"""Operations on needs (CA04). Who may change a customer may write down what it wants."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers import queries as customers
from crm_core.customers.models import Customer
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.matters import errors as matter_errors
from crm_core.matters import service as matters
from crm_core.needs import errors
from crm_core.needs.models import Need, NeedState
from crm_core.org import queries as org
from crm_core.org.actor import Actor

CHECKS: Final[dict[str, matters.Checked]] = {
    "what": matters.words,
    "quantity": matters.number,
    "amount": matters.money,
    "due_on": matters.ahead,
}
EDITABLE: Final = ("what", "contact", "due_on", "quantity", "amount")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordNeed:
    """What a customer wants. `tell` is a colleague who must know."""

    customer: int
    what: str
    contact: int | None = None
    due_on: date | None = None
    amount: Decimal | None = None
    quantity: int | None = None
    tell: int | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A need, and the colleagues who are to hear of it now."""

    need: Need
    readers: tuple[Actor, ...]

    @property
    def id(self) -> int:
        return self.need.id


async def record_need(session: AsyncSession, actor: Actor, command: RecordNeed) -> Told:
    """Write down what a customer wants. The owner, the team and who was named hear of it at once.

    Raises `need.not_for_them` for a colleague who may not see the customer, `matter.…`, `required`, `too_long`.
    """
    need, customer = await matters.add(session, actor, Need, command, CHECKS)
    return await _tell(session, actor, need, customer, [customer.owner_id, *customer.team], command.tell)


async def change_need(
    session: AsyncSession, actor: Actor, need_id: int, field: str, value: Any, revision: int | None = None
) -> Need:
    """Change one of EDITABLE. Raises as `record_need`, and `changed_meanwhile`."""
    need, _ = await matters.change(session, actor, Need, need_id, field, value, CHECKS, revision)
    return need


async def tell_need(session: AsyncSession, actor: Actor, need_id: int, employee_id: int) -> Told:
    """Let one more colleague know. Raises `need.not_for_them`."""
    need, customer = await matters.held(session, actor, Need, need_id)
    return await _tell(session, actor, need, customer, [], employee_id)


async def end_need(
    session: AsyncSession, actor: Actor, need_id: int, state: NeedState, reason: str | None = None
) -> Need:
    """It is met, or lost for a reason. Raises `matter.ended` for one that is closed already, `required`."""
    need, customer = await matters.held(session, actor, Need, need_id)
    if need.state != NeedState.OPEN:
        raise DomainError(matter_errors.ENDED)
    today = actor.today(now(session))
    need.reason = matters.words("reason", reason, today) if state is NeedState.LOST else None
    need.state, need.ended_at = state.value, now(session)
    await matters.told(session, actor, customer)
    return need


async def reopen_need(session: AsyncSession, actor: Actor, need_id: int) -> Need:
    """They want it after all. Raises `matter.not_ended`."""
    need, customer = await matters.held(session, actor, Need, need_id)
    if need.state == NeedState.OPEN:
        raise DomainError(matter_errors.NOT_ENDED)
    need.state, need.reason, need.ended_at = NeedState.OPEN.value, None, None
    await matters.told(session, actor, customer)
    return need


async def _tell(
    session: AsyncSession, actor: Actor, need: Need, customer: Customer, always: list[int | None], named: int | None
) -> Told:
    """Whoever is named must be allowed to see the customer; of the others those hear of it who are."""
    readers: dict[int, Actor] = {}
    for employee_id in dict.fromkeys([*always, named]):
        who = await org.actor(session, employee_id) if employee_id is not None else None
        if employee_id == named and named is not None and who is None:
            raise DomainError(NOT_FOUND, field="tell")
        if who is None or who.id == actor.id:
            continue
        if await _may_read(session, who, customer.id):
            readers[who.id] = who
        elif employee_id == named:
            raise DomainError(errors.NOT_FOR_THEM, field="tell", name=who.name)
    need.told = list(dict.fromkeys([*need.told, *readers]))
    await session.flush()
    return Told(need, tuple(readers.values()))


async def _may_read(session: AsyncSession, who: Actor, customer_id: int) -> bool:
    try:
        await customers.find(session, who, customer_id)
    except DomainError:
        return False
    return True
