"""Two archives of one customer become one (BY11), and within ten minutes two again.

What refers to the one that goes comes along by the rules of `kit.merging`; the archive itself is kept under its id,
and leads to the one that stays. All of it are ordinary changes of one operation: the audit takes them back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.models import AuditEntry
from crm_core.customers import errors
from crm_core.customers.events import CustomersMoved, PeopleMoved
from crm_core.customers.models import (
    Customer,
    CustomerMember,
    CustomerMerge,
    HandoverRequest,
    NotTheSame,
    Ownership,
    StaleTimer,
)
from crm_core.customers.ownership import Kind, move, territory_of
from crm_core.customers.permissions import MERGE, READ
from crm_core.customers.service import EDITABLE, derive
from crm_core.customers.staleness import reckon_due
from crm_core.customers.team import members
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_ALLOWED, NOT_FOUND, DomainError
from crm_core.kit.events import publish
from crm_core.kit.merging import counted, goes_along, rules, stays_behind
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import require
from crm_core.playbook.service import in_force

OWNER: Final = "owner"  # the choice of the other one's owner
EXTRA: Final = "x."  # begins the names of the company's own fields
_FILLED: Final = ("latitude", "longitude")


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that both have filled in, and not alike."""

    field: str
    kept: Any
    other: Any


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would do. `differences` hold names for owners; `goes` is how many rows of which table come along."""

    kept: Customer
    other: Customer
    owners: Mapping[int, str]
    differences: tuple[Difference, ...]
    goes: Mapping[str, int]


async def preview(session: AsyncSession, actor: Actor, keep_id: int, other_id: int) -> Preview:
    """What would come of it. Raises as `merge`. Of one in a pool and one with an owner the latter stays."""
    kept, other = await _both(session, actor, keep_id, other_id)
    people = select(Employee.id, Employee.name).where(Employee.id.in_([kept.owner_id, other.owner_id]))
    owners = {row.id: row.name for row in await session.execute(people)}
    return Preview(kept, other, owners, differences(kept, other), await counted(session, other.id))


def differences(kept: Customer, other: Customer) -> tuple[Difference, ...]:
    """In the order of the archive's fields; then the company's own, then the owner."""
    pairs = [(field, getattr(kept, field), getattr(other, field)) for field in EDITABLE]
    pairs += [(EXTRA + key, kept.extra.get(key), other.extra.get(key)) for key in sorted({*kept.extra, *other.extra})]
    pairs.append((OWNER, kept.owner_id, other.owner_id))
    return tuple(Difference(*one) for one in pairs if _is_there(one[1]) and _is_there(one[2]) and one[1] != one[2])


async def merge(
    session: AsyncSession,
    actor: Actor,
    keep_id: int,
    other_id: int,
    choices: frozenset[str] = frozenset(),
    revisions: tuple[int, int] | None = None,
) -> CustomerMerge:
    """Let `other_id` go into `keep_id`; of the fields in `choices` the other one's value is taken.

    What the one that stays lacks it takes anyway. `revisions` are those of both that the person saw.
    Raises `merge.itself`, `merge.gone_already`, `changed_meanwhile`, `not_found`, `not_allowed`, and what a rule says.
    """
    kept, other = await _both(session, actor, keep_id, other_id)
    if revisions is not None and revisions != (kept.revision, other.revision):
        raise DomainError(CHANGED_MEANWHILE)
    done = CustomerMerge(kept_id=kept.id, other_id=other.id, by_id=actor.id, at=now(session))
    session.add(done)
    await session.flush()
    _take_over(kept, other, choices)
    kept.territory = territory_of(await in_force(session, actor.playbook_version), kept.city)
    await session.flush()
    if OWNER in choices and other.owner_id is not None:
        await move(session, [kept], Kind.MERGE, by_id=actor.id, to_owner_id=other.owner_id)
    for rule in rules():
        await rule.go(session, other.id, kept.id)
    await _bury(session, actor, kept, other)
    await _as_it_follows(session, actor, kept, other)
    return done


async def _both(session: AsyncSession, actor: Actor, keep_id: int, other_id: int) -> tuple[Customer, Customer]:
    """Both, locked in the order of their ids, so that two who merge them wait for each other."""
    if keep_id == other_id:
        raise DomainError(errors.ITSELF)
    wanted = select(Customer).where(Customer.id.in_((keep_id, other_id))).order_by(Customer.id).with_for_update()
    there = {one.id: one for one in await session.scalars(wanted.execution_options(populate_existing=True))}
    if len(there) < 2:
        raise DomainError(NOT_FOUND)
    for one in there.values():
        await _refuse(session, actor, one)
    kept, other = there[keep_id], there[other_id]
    return (other, kept) if kept.owner_id is None and other.owner_id is not None else (kept, other)


async def _refuse(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    if customer.merged_into_id is not None:
        kept = await session.get_one(Customer, customer.merged_into_id)
        await _require(session, actor, kept)
        raise DomainError(errors.GONE_ALREADY, name=customer.name)
    await _require(session, actor, customer)


async def _require(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """Who may not even see it learns no more than of one that is not there."""
    try:
        await require(session, actor, READ, on=customer)
    except DomainError as error:
        raise DomainError(NOT_FOUND if error.code == NOT_ALLOWED else error.code) from error
    await require(session, actor, MERGE, on=customer)


def _take_over(kept: Customer, other: Customer, choices: frozenset[str]) -> None:
    """The fields, the days, and every name that the two ever had."""
    called = [*kept.former_names, kept.name, *other.former_names, other.name, other.short_name]
    if "stage" in choices:
        kept.stage_since = other.stage_since
    for field in EDITABLE:
        value = getattr(other, field)
        if _is_there(value) and (field in choices or not _is_there(getattr(kept, field))):
            setattr(kept, field, value)
    if kept.latitude is None:
        for field in _FILLED:
            setattr(kept, field, getattr(other, field))
    taken = {key: value for key, value in other.extra.items() if EXTRA + key in choices or key not in kept.extra}
    if taken:
        kept.extra = {**kept.extra, **taken}
    own = (kept.name, kept.short_name)
    kept.former_names = [name for name in dict.fromkeys(called) if name and name not in own]
    kept.maintained_at = max(kept.maintained_at, other.maintained_at)
    latest = other.last_followup_at
    if latest is not None and (kept.last_followup_at is None or latest > kept.last_followup_at):
        kept.last_followup_at, kept.next_step_on = latest, other.next_step_on


def _is_there(value: Any) -> bool:
    return value not in (None, "", [], {})


async def _bury(session: AsyncSession, actor: Actor, kept: Customer, other: Customer) -> None:
    """It comes to whom the other one belongs to, and then belongs to nobody: a trace that leads there."""
    other.team = []
    await move(session, [other], Kind.MERGE, by_id=actor.id, to_owner_id=kept.owner_id, to_pool=kept.pool)
    other.owner_id, other.pool, other.merged_into_id = None, None, kept.id
    await session.flush()
    await publish(session, CustomersMoved((other.id,), kept.owner_id, Kind.MERGE))


async def _as_it_follows(session: AsyncSession, actor: Actor, *customers: Customer) -> None:
    """What follows from other rows: who helps, who is there, what one is found by, when somebody is reminded."""
    for one in customers:
        one.team = await members(session, one.id)
    await session.flush()
    await publish(session, PeopleMoved(tuple(one.id for one in customers)))
    for one in customers:
        derive(one)
        await reckon_due(session, actor.playbook_version, [one])
    await session.flush()


async def _members_go(session: AsyncSession, was: int, becomes: int) -> None:
    """Nobody helps twice, and no owner helps."""
    kept = await session.get_one(Customer, becomes)
    there = {*await members(session, becomes), kept.owner_id}
    statement = select(CustomerMember).where(CustomerMember.customer_id == was).order_by(CustomerMember.id)
    for one in await session.scalars(statement.with_for_update()):
        one.customer_id = becomes
        if one.left_at is None and one.employee_id in there:
            one.left_at = now(session)
    await session.flush()


async def _requests_go(session: AsyncSession, was: int, becomes: int) -> None:
    """One asks once: who has asked for both asks for the one."""
    statement = select(HandoverRequest).where(HandoverRequest.customer_id.in_((was, becomes)))
    kept = await session.get_one(Customer, becomes)
    asking = {kept.owner_id}
    ordered = statement.order_by(HandoverRequest.customer_id == was, HandoverRequest.id).with_for_update()
    for one in await session.scalars(ordered):
        if one.state == "open" and one.asker_id in asking:
            one.state, one.decided_at = "overtaken", now(session)
        elif one.state == "open":
            asking.add(one.asker_id)
        one.customer_id = becomes
    await session.flush()


async def _allowed(session: AsyncSession, actor: Actor, done: CustomerMerge) -> None:
    """Refuse when something was added to the archive since: it would not know where it belongs."""
    await require(session, actor, MERGE, on=await session.get_one(Customer, done.kept_id))
    merged = select(func.min(AuditEntry.id)).where(
        AuditEntry.subject_type == CustomerMerge.__tablename__, AuditEntry.subject_id == done.id
    )
    merged_op = select(AuditEntry.op).where(AuditEntry.id == merged.scalar_subquery()).scalar_subquery()
    for rule in rules():
        table: Any = rule.model
        statement = (
            select(AuditEntry.at, Employee.name)
            .join(table, table.id == AuditEntry.subject_id)
            .outerjoin(Employee, Employee.id == AuditEntry.actor_id)
            .where(
                rule.of(done.kept_id),
                AuditEntry.subject_type == table.__tablename__,
                AuditEntry.verb == "create",
                AuditEntry.id > merged.scalar_subquery(),
                AuditEntry.op.is_distinct_from(merged_op),
                AuditEntry.undoes.is_(None),
            )
        )
        row = (await session.execute(statement.limit(1))).first()
        if row is not None:
            facts = {"who": row.name or "Rounds", "at": f"{actor.local(row.at):%H:%M}"}
            raise DomainError(errors.BUILT_ON, what=table.__tablename__, **facts)


async def _label(session: AsyncSession, done: CustomerMerge) -> str:
    return (await session.get_one(Customer, done.kept_id)).name


async def _after(session: AsyncSession, actor: Actor, done: CustomerMerge) -> None:
    """It is taken back last of all: now both are whole, and so is what follows."""
    both = [await session.get_one(Customer, one) for one in (done.kept_id, done.other_id)]
    await _as_it_follows(session, actor, *both)
    for one in both:  # of owners of their own
        await publish(session, CustomersMoved((one.id,), one.owner_id, Kind.MERGE))


undoable(CustomerMerge, allowed=_allowed, label=_label, after=_after)
goes_along(CustomerMember.customer_id, _members_go)
goes_along(HandoverRequest.customer_id, _requests_go)
goes_along(Customer.merged_into_id)
stays_behind(Ownership.customer_id, "the log of each archive is its own")
stays_behind(CustomerMerge.kept_id, "it tells what went into what")
stays_behind(CustomerMerge.other_id, "it tells what went into what")
stays_behind(StaleTimer.customer_id, "each archive has one; reckoned anew")
stays_behind(NotTheSame.one_id, "it was said of that archive")
stays_behind(NotTheSame.other_id, "it was said of that archive")
