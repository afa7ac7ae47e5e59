"""Handing over: in one transaction all goes where it is to go, and who did what stays under the old name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.handover import errors
from crm_core.handover.permissions import HAND_OVER, TRANSFER
from crm_core.handover.queries import CAN_OWN, boss_of, of_part
from crm_core.handover.shares import Rule, shares
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_ALLOWED, NOT_FOUND, Conflict, DomainError
from crm_core.kit.events import publish
from crm_core.org import service as org
from crm_core.org.actor import Actor
from crm_core.org.errors import HAS_LEFT
from crm_core.org.events import DutiesHandedOver
from crm_core.org.models import Employee
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require

LONGEST_REASON: Final = 200
MOST_RECEIVERS: Final = 8
MOST_TAKEN_BACK: Final = 200
"""Of more customers than this a handover is for good: to take it back would hold up everybody for too long."""
_NAMED: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """Whose customers go to whom.

    `to` are the receivers of the rule (none for the manager), `by_hand` says for single customers who gets them
    (0: they stay), `part` narrows it to a city or a type. With `leaves` the person's access ends with it; reports go
    to the superior, too.
    """

    from_id: int
    rule: Rule
    to: tuple[int, ...] = ()
    by_hand: Mapping[int, int] = field(default_factory=dict[int, int])
    part: str | None = None
    leaves: bool = False
    seen: int | None = None  # the mark of the outlook that was confirmed


@dataclass(frozen=True, slots=True)
class Share:
    """What one colleague gets: how many customers, and the first few by name."""

    employee_id: int
    name: str
    count: int
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What goes where: before it is done, and as it was done.

    `goes` is who gets which customer, by id; `stays` how many of them remain where they are.
    """

    from_id: int
    name: str
    shares: tuple[Share, ...]
    goes: Mapping[int, int]
    stays: int
    left: bool = False

    @property
    def count(self) -> int:
        return len(self.goes)

    @property
    def mark(self) -> int:
        """Tells one outlook from another: whoever confirms has seen just this."""
        mark = 17
        for one in sorted(self.goes.items()):
            for number in one:
                mark = (mark * 1_000_003 + number) % 1_000_000_007
        return mark


async def outlook(session: AsyncSession, actor: Actor, command: HandOver) -> Outlook:
    """What would go where. Raises as `hand_over`, but that nothing is left to hand over."""
    person = await _allowed(session, actor, command)
    to = await _receivers(session, actor, person, command)
    return await _outlook(session, person, await _held(session, command), to, command)


async def hand_over(session: AsyncSession, actor: Actor, command: HandOver) -> Outlook:
    """Hand over what somebody holds (HO01). Rows are locked in the order of their ids, people before customers.

    Raises `not_allowed`, `not_found`, `employee.has_left`, `handover.nothing` when nothing is left to move,
    `handover.nobody` for no superior, `handover.no_receiver`, `handover.cannot_own`, `handover.to_self`,
    `handover.too_many`, `changed_meanwhile` when it is not what was `seen`, and what speaks against the leaving.
    """
    person = await _allowed(session, actor, command)
    before = await _receivers(session, actor, person, command)
    await _lock_people(session, command, before)
    to = await _receivers(session, actor, person, command)
    if to != before:
        raise Conflict  # the superior has left just now
    customers = await _held(session, command, lock=True)
    made = await _outlook(session, person, customers, to, command)
    if command.seen is not None and command.seen != made.mark:
        raise DomainError(CHANGED_MEANWHILE)
    if not made.goes and not command.leaves:
        raise DomainError(errors.NOTHING, name=person.name)
    if made.count > MOST_TAKEN_BACK:
        act_as(session, actor.id)
    for receiver in dict.fromkeys(made.goes.values()):
        theirs = [one for one in customers if made.goes.get(one.id) == receiver]
        await move(session, theirs, Kind.HANDOVER, by_id=actor.id, to_owner_id=receiver)
    if command.part is None and to:
        await publish(session, DutiesHandedOver(person.id, to[0], actor.id))
    if command.leaves:
        await _leave(session, actor, person)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One customer goes to a colleague."""

    customer: int
    to: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Transferred:
    """The customer, and whose it was."""

    customer: Customer
    giver_id: int
    taker: Employee


async def transfer(session: AsyncSession, actor: Actor, command: Transfer) -> Transferred:
    """Give one customer to a colleague: its owner, a superior (HO02). Who stands in takes nothing for oneself.

    Raises `not_allowed`, `handover.in_pool`, `handover.to_self`, `handover.cannot_own`, `employee.has_left`.
    """
    reason = " ".join((command.reason or "").split()) or None
    if reason is not None and len(reason) > LONGEST_REASON:
        raise DomainError(errors.TOO_LONG_REASON, field="reason", max=LONGEST_REASON)
    customer = await locked(session, command.customer)
    await require(session, actor, TRANSFER, on=customer)
    giver_id = customer.owner_id
    if giver_id is None:
        raise DomainError(errors.IN_POOL)
    taker = await locked_taker(session, command.to)
    if taker.id == giver_id:
        raise DomainError(errors.TO_SELF, field="to", name=taker.name)
    if taker.id == actor.id and giver_id in actor.stands_for:
        raise DomainError(NOT_ALLOWED)
    await move(session, [customer], Kind.TRANSFER, by_id=actor.id, to_owner_id=taker.id, reason=reason)
    return Transferred(customer, giver_id, taker)


async def locked_taker(session: AsyncSession, employee_id: int) -> Employee:
    """Who gets a customer, and does not leave meanwhile. Raises `not_found`, and as `refuse_unable`."""
    taker = await session.get(Employee, employee_id, with_for_update={"key_share": True}, populate_existing=True)
    if taker is None:
        raise DomainError(NOT_FOUND, field="to")
    refuse_unable(taker)
    return taker


def refuse_unable(taker: Employee) -> None:
    """Raise for who has left, or has no role that looks after customers."""
    if taker.left_at is not None:
        raise DomainError(HAS_LEFT, field="to", name=taker.name)
    if not set(CAN_OWN) & set(taker.roles):
        raise DomainError(errors.CANNOT_OWN, field="to", name=taker.name)


async def _allowed(session: AsyncSession, actor: Actor, command: HandOver) -> Employee:
    await require(session, actor, HAND_OVER, on=command.from_id)
    if command.leaves:
        await require(session, actor, MANAGE_PEOPLE)
    person = await session.get(Employee, command.from_id)
    if person is None:
        raise DomainError(NOT_FOUND)
    if person.left_at is not None:
        raise DomainError(HAS_LEFT, name=person.name)
    return person


async def _lock_people(session: AsyncSession, command: HandOver, to: Sequence[int]) -> None:
    """Everybody concerned, read anew: who gets customers does not leave meanwhile."""
    ids = {command.from_id, *to, *command.by_hand.values()}
    statement = select(Employee).where(Employee.id.in_(ids)).order_by(Employee.id)
    locking = statement.with_for_update(key_share=True).execution_options(populate_existing=True)
    await session.execute(locking)


async def _receivers(session: AsyncSession, actor: Actor, person: Employee, command: HandOver) -> tuple[int, ...]:
    """Who gets what by rule: for the manager's the nearest superior, and where there is none, who does it."""
    if command.rule is Rule.MANAGER:
        boss = await boss_of(session, person.id)
        if boss is None and actor.id == person.id:
            raise DomainError(errors.NOBODY, name=person.name)
        to = (boss.id if boss is not None else actor.id,)
    else:
        to = tuple(dict.fromkeys(command.to))
    if len(to) > MOST_RECEIVERS:
        raise DomainError(errors.TOO_MANY, max=MOST_RECEIVERS)
    if not to and not command.by_hand:
        raise DomainError(errors.NO_RECEIVER)
    for one in {*to, *command.by_hand.values()} - {0}:
        taker = await session.get(Employee, one)
        if taker is None:
            raise DomainError(NOT_FOUND)
        if taker.id == person.id:
            raise DomainError(errors.TO_SELF, name=person.name)
        refuse_unable(taker)
    return to


async def _held(session: AsyncSession, command: HandOver, *, lock: bool = False) -> Sequence[Customer]:
    statement = select(Customer).where(Customer.owner_id == command.from_id).order_by(Customer.id)
    part = of_part(command.part)
    if part is not None:
        statement = statement.where(part)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(statement)).all()


async def _outlook(
    session: AsyncSession, person: Employee, customers: Sequence[Customer], to: Sequence[int], command: HandOver
) -> Outlook:
    there = await _there(session, to) if command.rule is Rule.CITY else {}
    goes = shares(command.rule, customers, to, command.by_hand, there)
    called: dict[int, list[str]] = {}
    for one in customers:
        if one.id in goes:
            called.setdefault(goes[one.id], []).append(one.short_name or one.name)
    made: list[Share] = []
    for who, names in sorted(called.items(), key=lambda one: (-len(one[1]), one[0])):
        taker = await session.get_one(Employee, who)
        made.append(Share(who, taker.name, len(names), tuple(names[:_NAMED])))
    stays = len(customers) - len(goes)
    return Outlook(person.id, person.name, tuple(made), goes, stays, command.leaves)


async def _there(session: AsyncSession, to: Sequence[int]) -> dict[tuple[int, str | None], int]:
    """How many customers the receivers have in each city already."""
    count = func.count()
    statement = select(Customer.owner_id, Customer.city, count).where(Customer.owner_id.in_(to))
    rows = await session.execute(statement.group_by(Customer.owner_id, Customer.city))
    return {(owner, city): number for owner, city, number in rows if owner is not None}


async def _leave(session: AsyncSession, actor: Actor, person: Employee) -> None:
    """Access ends; who reported to the person reports to the superior from now on."""
    boss = await boss_of(session, person.id)
    if boss is not None:
        above = await session.get_one(Employee, boss.id)
        reports = select(Employee).where(Employee.manager_id == person.id, Employee.left_at.is_(None))
        for report in (await session.scalars(reports.order_by(Employee.id))).all():
            await org.set_manager(session, report, above)
    await org.leave(session, actor, person.id)


__all__ = ["HandOver", "Outlook", "Share", "Transfer", "hand_over", "locked_taker", "outlook", "transfer"]
