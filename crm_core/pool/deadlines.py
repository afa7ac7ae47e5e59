"""When a customer falls into the pool: reckoned by one set-based statement, and stored.

The clock of a customer is the latest of when its owner got it, the last follow-up that counts, and a granted extension;
"not won" ignores follow-ups. Several rules: the earliest day wins and is named. Days are the owner's local ones.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    literal,
    null,
    or_,
    select,
    true,
    update,
    values,
)
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.events import CustomerMaintained, CustomersMoved, CustomerTakenOn
from crm_core.customers.models import Customer
from crm_core.kit.calendars import at_local
from crm_core.kit.db import AnySelect, now
from crm_core.kit.events import publish, subscribe
from crm_core.org.models import Company, Employee, Unit
from crm_core.playbook.events import PlaybookPublished
from crm_core.playbook.pools import Pool
from crm_core.playbook.service import Playbook, in_force
from crm_core.pool.events import DeadlinesMoved
from crm_core.pool.models import CountedFollowup, PoolExtension
from crm_core.visits.models import Visit

RECYCLES_AT: Final = time(2)  # local
WARNS_AT: Final = time(8, 30)  # local, on the last day; earlier warnings go with the digest
NEVER_SOONER: Final = 7  # days that a change of rules leaves
Kind = tuple[str, str | None, int]
"""Type, territory and owner: all that the deadline of a new customer hangs on, but for the moment."""
_TIMER: Final = {"unaudited": "a timer, no business truth", "synchronize_session": False}


async def reckon(session: AsyncSession, customer_ids: Sequence[int] | None = None, *, fresh: bool = False) -> None:
    """Set the deadlines of these customers; of all without ids.

    Another rule than the one that counted so far makes no deadline sooner than a week from today, unless the customer
    is `fresh` in its owner's hands. Tells whose deadline has moved.
    """
    if customer_ids is not None and not customer_ids:
        return
    book = await in_force(session, await session.scalar(select(Company.playbook_version)) or 0)
    facts = _facts(book, customer_ids).cte("facts")
    due = _due(book, facts, now(session), fresh=fresh).cte("due")
    look = func.timezone(due.c.zone, cast(due.c.due_on - _first_warning(book, due.c.pool), DateTime))
    changed = or_(
        due.c.due_on.is_distinct_from(Customer.pool_due_on),
        due.c.rule.is_distinct_from(Customer.pool_rule),
        due.c.floor_on.is_distinct_from(Customer.pool_floor_on),
        due.c.due_on.is_(None) & Customer.pool_look_at.is_not(None),
    )
    moved = due.c.due_on.is_distinct_from(Customer.pool_due_on)
    statement = (
        update(Customer)
        .where(Customer.id == due.c.id, changed)
        .values(
            pool_due_on=due.c.due_on,
            pool_rule=due.c.rule,
            pool_floor_on=due.c.floor_on,
            pool_look_at=case((moved | due.c.due_on.is_(None), look), else_=Customer.pool_look_at),
        )
    )
    if customer_ids is None:
        await session.execute(statement, execution_options=_TIMER)
        return
    told = statement.returning(Customer.id, due.c.was, due.c.due_on)
    rows = (await session.execute(told, execution_options=_TIMER)).all()
    if ids := tuple(row.id for row in rows if row.was is not None and row.was != row.due_on):
        await publish(session, DeadlinesMoved(ids))


async def put_off(session: AsyncSession, customer_id: int, until: date, look_at: datetime) -> None:
    """The deadline is `until`, by grace, whatever the rules say sooner; the clock looks at `look_at`."""
    values = {"pool_due_on": until, "pool_floor_on": until, "pool_look_at": look_at}
    await _set(session, customer_id, values)


async def look_again(session: AsyncSession, customer_id: int, at: datetime | None) -> None:
    """When the clock looks at the customer next."""
    await _set(session, customer_id, {"pool_look_at": at})


async def _set(session: AsyncSession, customer_id: int, values: dict[str, Any]) -> None:
    statement = update(Customer).where(Customer.id == customer_id).values(values)
    await session.execute(statement, execution_options=_TIMER)


def next_look(due_on: date, warn_days: Sequence[int], zone: ZoneInfo, after: datetime) -> datetime:
    """The first instant after `after` at which something is to be said or done about a deadline.

    Days ahead at local midnight, so that the morning's digest has it; on the day at half past eight; and each night
    from the one after.
    """
    ahead = [at_local(due_on - timedelta(days=days), time(0), zone) for days in warn_days]
    for one in [*sorted(ahead), at_local(due_on, WARNS_AT, zone)]:
        if one > after:
            return one
    night = max(due_on + timedelta(days=1), after.astimezone(zone).date())
    first = at_local(night, RECYCLES_AT, zone)
    return first if first > after else at_local(night + timedelta(days=1), RECYCLES_AT, zone)


async def beginnings(
    session: AsyncSession, book: Playbook, kinds: Collection[Kind], moment: datetime
) -> dict[Kind, tuple[date, str, datetime]]:
    """What `reckon` would set for customers that come to their owners at `moment`, by type, territory and owner.

    The day, the rule, and when the clock looks; none for those that no rule takes away. For very many at once, who are
    of few kinds: so they are written only once.
    """
    if not kinds or not any(pool.rules and pool.recycle for pool in book.pools):
        return {}
    there = list(kinds)
    new: Any = values(
        column("id", Integer),
        column("type", Text),
        column("territory", Text),
        column("owner_id", BigInteger),
        name="new",
    ).data([(at, *one) for at, one in enumerate(there)])
    zone = func.coalesce(Employee.zone, Company.zone)
    today = cast(func.timezone(zone, literal(moment)), Date)
    facts = (
        select(
            new.c.id,
            new.c.type,
            cast(null(), Date).label("was"),
            cast(null(), Text).label("rule_was"),
            cast(null(), Date).label("floor_on"),
            pool_of(book, new.c).label("pool"),
            zone.label("zone"),
            today.label("owned_on"),
            today.label("cared_on"),
            cast(null(), Date).label("extended_to"),
        )
        .join(Employee, Employee.id == new.c.owner_id)
        .join(Unit, Unit.id == Employee.unit_id)
        .join(Company, Company.id == 1)
        .cte("facts")
    )
    due = _due(book, facts, moment, fresh=True).cte("due")
    look = func.timezone(due.c.zone, cast(due.c.due_on - _first_warning(book, due.c.pool), DateTime))
    rows = await session.execute(select(due.c.id, due.c.due_on, due.c.rule, look).where(due.c.due_on.is_not(None)))
    return {there[at]: (due_on, rule, look_at) for at, due_on, rule, look_at in rows}


def pool_of(book: Playbook, of: Any = Customer) -> ColumnElement[Any]:
    """The key of the pool that fits a customer and its owner, of a statement over Customer, Employee and Unit.

    `of` has the customer's type and territory, where it is not in the books yet.
    """
    named = [(_fits(pool, of), literal(pool.key)) for pool in book.pools]
    return case(*named, else_=null()) if named else null()


def _fits(pool: Pool, of: Any) -> ColumnElement[bool]:
    fits: list[ColumnElement[bool]] = [true()]
    if pool.types:
        fits.append(of.type.in_(pool.types))
    if pool.territories:
        fits.append(of.territory.in_(pool.territories))
    if pool.units:
        ids = select(Unit.id).where(Unit.name.in_(pool.units))
        fits.append(Unit.path.overlap(func.array(ids.scalar_subquery())))
    return and_(*fits)


def _facts(book: Playbook, customer_ids: Sequence[int] | None) -> AnySelect:
    """What deadlines hang on: a row for each owned customer."""
    zone = func.coalesce(Employee.zone, Company.zone)
    followed_up = (
        select(func.max(CountedFollowup.at))
        .join(Visit, Visit.id == CountedFollowup.visit_id)
        .where(CountedFollowup.customer_id == Customer.id)
        .scalar_subquery()
    )
    extended_to = (
        select(func.max(PoolExtension.until))
        .where(
            PoolExtension.customer_id == Customer.id,
            PoolExtension.held_since == Customer.held_since,
            PoolExtension.revoked_at.is_(None),
        )
        .scalar_subquery()
    )
    statement = (
        select(
            Customer.id,
            Customer.type,
            Customer.pool_due_on.label("was"),
            Customer.pool_rule.label("rule_was"),
            Customer.pool_floor_on.label("floor_on"),
            pool_of(book).label("pool"),
            zone.label("zone"),
            cast(func.timezone(zone, Customer.held_since), Date).label("owned_on"),
            cast(func.timezone(zone, func.greatest(Customer.held_since, followed_up)), Date).label("cared_on"),
            extended_to.label("extended_to"),
        )
        .join(Employee, Employee.id == Customer.owner_id)
        .join(Unit, Unit.id == Employee.unit_id)
        .join(Company, Company.id == 1)
    )
    return statement if customer_ids is None else statement.where(Customer.id.in_(customer_ids))


def _due(book: Playbook, facts: CTE, moment: datetime, *, fresh: bool) -> AnySelect:
    """The deadline of each row of facts, with the rule that names it."""
    begins = {"no_followup": facts.c.cared_on, "not_won": facts.c.owned_on}
    ends: list[tuple[ColumnElement[bool], ColumnElement[Any], str]] = []
    for pool in book.pools:
        for rule in pool.rules if pool.recycle else ():
            here = facts.c.pool == pool.key
            here = here & facts.c.type.in_(rule.types) if rule.types else here
            name = f"{pool.key} {rule.event} {rule.days}"
            ends.append((here, cast(begins[rule.event] + rule.days, Date), name))
    by_rule = func.least(*(case((here, end), else_=None) for here, end, _ in ends)) if ends else cast(null(), Date)
    rule = case(*((here & (end == by_rule), literal(name)) for here, end, name in ends)) if ends else null()
    by_rule_on = case((by_rule.is_not(None), func.greatest(by_rule, facts.c.extended_to)))
    ruled = select(facts, by_rule_on.label("by_rule_on"), rule.label("rule")).cte("ruled")
    on = ruled.c.by_rule_on
    if fresh:
        due_on, floor_on = on, cast(null(), Date)
    else:
        week = cast(func.timezone(ruled.c.zone, literal(moment)), Date) + NEVER_SOONER
        other = case(
            (on.is_(None), None),
            (on >= ruled.c.was, on),
            else_=func.least(ruled.c.was, func.greatest(on, week)),
        )
        same = case((on.is_not(None), func.greatest(on, ruled.c.floor_on)))
        due_on = cast(case((ruled.c.rule.is_distinct_from(ruled.c.rule_was), other), else_=same), Date)
        floor_on = case((due_on > on, due_on), else_=None)
    return select(
        ruled.c.id,
        ruled.c.zone,
        ruled.c.pool,
        ruled.c.was,
        ruled.c.rule,
        due_on.label("due_on"),
        floor_on.label("floor_on"),
    )


def _first_warning(book: Playbook, pool: ColumnElement[Any]) -> ColumnElement[Any]:
    days = {one.key: max(one.warn_days) for one in book.pools}
    return case(days, value=pool, else_=0) if days else literal(0)


async def forget(session: AsyncSession, customer_ids: Sequence[int]) -> None:
    """These have no deadline until they are reckoned again."""
    nothing = {"pool_due_on": None, "pool_rule": None, "pool_floor_on": None, "pool_look_at": None}
    statement = update(Customer).where(Customer.id.in_(customer_ids), Customer.pool_look_at.is_not(None))
    await session.execute(statement.values(nothing), execution_options=_TIMER)


@subscribe(CustomerTakenOn)
async def _begin(session: AsyncSession, taken: CustomerTakenOn) -> None:
    await reckon(session, [taken.customer_id], fresh=True)


@subscribe(CustomerMaintained)
async def _reckon_again(session: AsyncSession, changed: CustomerMaintained) -> None:
    """It may be of another type or territory now."""
    await reckon(session, [changed.customer_id])


@subscribe(CustomersMoved)
async def _begin_anew(session: AsyncSession, moved: CustomersMoved) -> None:
    """Another owner's clock begins; what lies in a pool has none."""
    await forget(session, moved.customer_ids)
    if moved.to_owner_id is not None:
        await reckon(session, moved.customer_ids, fresh=True)


@subscribe(PlaybookPublished)
async def _reckon_all(session: AsyncSession, _published: PlaybookPublished) -> None:
    await reckon(session)
