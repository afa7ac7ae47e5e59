"""Reading pools: which are one's own, what lies in them, with phones masked; and how long a customer is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.approvals.queries import may_read, request_of
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.permissions import READ, TIES
from crm_core.customers.searching import found_by
from crm_core.kit import textkeys
from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.kit.phones import mask_phone
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit
from crm_core.org.rights import Scope, may, scope_of, visible
from crm_core.playbook.pools import Pool
from crm_core.playbook.service import Playbook, in_force
from crm_core.pool.errors import TAKEN
from crm_core.pool.exemptions import why_kept
from crm_core.pool.models import EXTENSION, PoolClaim, PoolExtension, PoolLock, PoolView
from crm_core.pool.permissions import ASSIGN, SEE


@dataclass(frozen=True, slots=True)
class Card:
    """A pooled customer as it is shown to who may claim it: phones masked, nobody's name there whole."""

    customer: Customer
    pool: Pool
    phones: tuple[str, ...]
    people: int
    days: int  # since it came here
    former_owner: str | None
    kind: str | None  # how it came, see `ownership.Kind`
    reason: str | None
    claims_left: int  # of today


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long an owned customer is kept, and what was done about it."""

    customer: Customer
    due_on: date | None
    days_left: int | None
    rule: str | None
    kept: str | None  # the exemption that holds just now
    locked: bool
    waiting: bool  # more time is asked for
    request: int | None  # for more time, under way, if the actor may read it
    extensions: int  # granted in this ownership


async def pools_of(session: AsyncSession, actor: Actor) -> tuple[Pool, ...]:
    """The pools whose customers the actor may see and claim, in the playbook's order."""
    book = await in_force(session, actor.playbook_version)
    if not may(actor, SEE):
        return ()
    if scope_of(actor, SEE) == Scope.ALL or not any(one.units for one in book.pools):
        return book.pools
    names = set(await session.scalars(select(Unit.name).where(Unit.id.in_(actor.unit_path))))
    leads = set(actor.territories)
    return tuple(one for one in book.pools if not one.units or names & set(one.units) or leads & set(one.territories))


def _in(book: Playbook, pools: Sequence[Pool]) -> ColumnElement[bool]:
    """Customers of these pools; those of a pool that the playbook has no longer lie in the first one."""
    here = Customer.pool.in_([one.key for one in pools])
    if book.pools and book.pools[0] in pools:
        return or_(here, Customer.pool.not_in([one.key for one in book.pools]))
    return here


_former = aliased(Employee)


def _rows(pools: ColumnElement[bool]) -> AnySelect:
    return select(
        Customer.id,
        Customer.name,
        Customer.short_name,
        Customer.city,
        Customer.type,
        Customer.yearly_value,
        Customer.held_since,
    ).where(Customer.owner_id.is_(None), pools)


async def listing(session: AsyncSession, actor: Actor, pools: Sequence[Pool], at: At = FIRST, limit: int = 6) -> Page:
    """A page of what lies in these pools, what came last first."""
    book = await in_force(session, actor.playbook_version)
    statement = _rows(_in(book, pools))
    return await paged(session, statement, (Customer.held_since, Customer.id), at, limit, descending=True)


async def search(
    session: AsyncSession, actor: Actor, pools: Sequence[Pool], text: str, at: At = FIRST, limit: int = 6
) -> Page:
    """Pooled customers by a part of their name, pinyin or initials: people and phones there find nothing here."""
    wanted = textkeys.query(text)
    if not wanted or not pools:
        return Page(())
    book = await in_force(session, actor.playbook_version)

    def matches(row: AnyRow) -> bool:
        return wanted.matches(*filter(None, (row.name, row.short_name)))

    return await found_by(session, _rows(_in(book, pools)), wanted, matches, at, limit)


async def count(session: AsyncSession, actor: Actor, pools: Sequence[Pool], most: int = 99) -> int:
    """How many lie in these pools; no further than `most` is counted."""
    book = await in_force(session, actor.playbook_version)
    some = _rows(_in(book, pools)).limit(most).subquery() if pools else None
    return 0 if some is None else await session.scalar(select(func.count()).select_from(some)) or 0


async def find_pooled(session: AsyncSession, actor: Actor, customer_id: int) -> Pool:
    """The pool of a customer that the actor may claim. Raises `pool.taken` when it has gone, else `not_found`."""
    pools = await pools_of(session, actor)
    book = await in_force(session, actor.playbook_version)
    key = await session.scalar(select(Customer.pool).where(Customer.id == customer_id))
    pool = book.pool(key) if key is not None else None
    if pool is None or pool not in pools:
        raise await _gone(session, actor, customer_id) if key is None and pools else DomainError(NOT_FOUND)
    return pool


async def _gone(session: AsyncSession, actor: Actor, customer_id: int) -> DomainError:
    """Somebody was faster: who looked at it here may know who; anybody else learns nothing."""
    looked = select(PoolView.id).where(PoolView.customer_id == customer_id, PoolView.employee_id == actor.id)
    if await session.scalar(looked.limit(1)) is None:
        return DomainError(NOT_FOUND)
    return await taken(session, customer_id)


async def taken(session: AsyncSession, customer_id: int) -> DomainError:
    """Says who was faster."""
    statement = select(Customer.name, Employee.name.label("owner")).join(Employee, Employee.id == Customer.owner_id)
    row = (await session.execute(statement.where(Customer.id == customer_id))).one_or_none()
    return DomainError(TAKEN, name=row.name, owner=row.owner) if row else DomainError(NOT_FOUND)


async def assignees(session: AsyncSession, actor: Actor, text: str, limit: int) -> Sequence[AnyRow]:
    """Whom the actor may give a pooled customer to, by a part of the name: rows of (id, name)."""
    statement = select(Employee.id, Employee.name).where(Employee.left_at.is_(None))
    statement = visible(statement, actor, ASSIGN, Employee.id)
    if text:
        statement = statement.where(Employee.name.icontains(text, autoescape=True))
    return (await session.execute(statement.order_by(Employee.id).limit(limit))).all()


async def card(session: AsyncSession, actor: Actor, customer_id: int) -> Card:
    """The masked card; that the actor looked is logged (rule 8)."""
    pool = await find_pooled(session, actor, customer_id)
    customer = await session.get_one(Customer, customer_id)
    last = (
        select(Ownership.kind, Ownership.reason, _former.name)
        .outerjoin(_former, _former.id == Ownership.from_owner_id)
        .where(Ownership.customer_id == customer_id)
        .order_by(Ownership.id.desc())
        .limit(1)
    )
    entry = (await session.execute(last)).one_or_none()
    moment = now(session)
    session.add(PoolView(customer_id=customer_id, employee_id=actor.id, at=moment))
    await session.flush()
    claimed = select(func.count()).where(
        PoolClaim.employee_id == actor.id, PoolClaim.day == actor.today(moment), PoolClaim.pool == pool.key
    )
    return Card(
        customer=customer,
        pool=pool,
        phones=tuple(mask_phone(one) for one in customer.people_phones[:2]),
        people=len(customer.people),
        days=(actor.today(moment) - actor.today(customer.held_since)).days,
        former_owner=entry.name if entry else None,
        kind=entry.kind if entry else None,
        reason=entry.reason if entry else None,
        claims_left=max(0, pool.claims_a_day - (await session.scalar(claimed) or 0)),
    )


async def views_of(session: AsyncSession, customer_id: int) -> Sequence[AnyRow]:
    """Who looked at a pooled customer, the latest first: rows of (name, at). The caller decides who may know."""
    statement = select(Employee.name, PoolView.at).join(Employee, Employee.id == PoolView.employee_id)
    statement = statement.where(PoolView.customer_id == customer_id).order_by(PoolView.id.desc())
    return (await session.execute(statement)).all()


async def deadline(session: AsyncSession, customer_id: int) -> tuple[date, str] | None:
    """A customer's deadline and the rule that names it. The caller has made sure that the actor may see it."""
    statement = select(Customer.pool_due_on, Customer.pool_rule).where(
        Customer.id == customer_id, Customer.pool_due_on.is_not(None)
    )
    row = (await session.execute(statement)).one_or_none()
    return (row.pool_due_on, row.pool_rule) if row else None


async def keeping(session: AsyncSession, actor: Actor, customer_id: int) -> Keeping:
    """How long the customer is kept. Raises `not_found` for who may not see it, or what lies in a pool."""
    statement = visible(select(Customer).where(Customer.id == customer_id), actor, READ, TIES)
    customer = await session.scalar(statement.execution_options(populate_existing=True))
    if customer is None or customer.owner_id is None:
        raise DomainError(NOT_FOUND)
    book = await in_force(session, actor.playbook_version)
    pool = book.pool((customer.pool_rule or "").partition(" ")[0])
    locked = select(PoolLock.id).where(PoolLock.customer_id == customer.id, PoolLock.ended_at.is_(None))
    asked = await request_of(session, EXTENSION, customer.id)
    waiting = asked is not None and asked.ended_at is None
    due_on = customer.pool_due_on
    return Keeping(
        customer=customer,
        due_on=due_on,
        days_left=(due_on - actor.today(now(session))).days if due_on else None,
        rule=customer.pool_rule,
        kept=await why_kept(session, customer, pool) if pool and due_on else None,
        locked=await session.scalar(locked) is not None,
        waiting=waiting,
        request=asked.id if asked is not None and waiting and await may_read(session, actor, asked) else None,
        extensions=await granted(session, customer),
    )


async def granted(session: AsyncSession, customer: Customer) -> int:
    """How often there was more time in this ownership; what was undone does not count."""
    statement = select(func.count()).where(
        PoolExtension.customer_id == customer.id,
        PoolExtension.held_since == customer.held_since,
        PoolExtension.revoked_at.is_(None),
    )
    return await session.scalar(statement) or 0


async def granted_until(session: AsyncSession, approval_id: int) -> date | None:
    """Until when a request for more time keeps its customer; none while, or where, it does not."""
    statement = select(PoolExtension.until).where(PoolExtension.approval_id == approval_id)
    return await session.scalar(statement.where(PoolExtension.revoked_at.is_(None)))
