"""Reading customers: the archive, lists, search. What is read is always narrowed to the actor's reach."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_core.customers.lookup import names_of, phones_of
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.customers.searching import found_by, of_ids
from crm_core.kit import textkeys
from crm_core.kit.db import AnyRow, AnySelect, Built, ask, built, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.names import brand
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import Permission, Scope, scope_of, visible, within
from crm_core.playbook.service import in_force

_MOST_MENTIONED = 200
_LEAST_LATIN, _LEAST_HAN = 4, 2  # letters of a name that may stand in a text by itself


@dataclass(frozen=True, slots=True)
class Archive:
    """A customer's card (CA02): the record, who owns it, and how long nobody cared."""

    customer: Customer
    owner: str | None  # none: it lies in a pool
    stale_days: int | None  # whole local days since the archive was maintained, when that is too long (RE01)
    days_since_followup: int | None
    next_overdue: bool = False  # the promised next step lies in the past
    next_planned: bool = False  # the promised next step is today's, or overdue
    rights: frozenset[str] = frozenset()  # keys of the permissions that the actor has on this very record

    def may(self, wanted: Permission) -> bool:
        return wanted.key in self.rights


async def find(session: AsyncSession, actor: Actor, customer_id: int) -> Customer:
    """The customer, if the actor may see it; of one that went into another archive, that one (BY11).

    Raises `not_found` otherwise: who may not see learns nothing.
    """
    statement = visible(select(Customer).where(Customer.id == customer_id), actor, READ, TIES)
    customer = await session.scalar(statement)
    if customer is not None:
        return customer
    if (kept_id := await kept_instead(session, customer_id)) is None:
        raise DomainError(NOT_FOUND)
    return await find(session, actor, kept_id)


async def type_of(session: AsyncSession, actor: Actor, customer_id: int) -> str:
    """The customer's type, at the cost of that. Raises as `find`."""
    wanted = _type_for(actor)
    for row in await ask(session, wanted.statement, *wanted.given(customer_id=customer_id)):
        return row.type
    return (await find(session, actor, customer_id)).type


@lru_cache(maxsize=1024)
def _type_for(actor: Actor) -> Built:
    """Made once for what somebody is and may: it is asked at every step of a form."""
    return built(
        visible(select(Customer.type).where(Customer.id == bindparam("customer_id", required=False)), actor, READ, TIES)
    )


async def kept_instead(session: AsyncSession, customer_id: int) -> int | None:
    """The id of the archive that this one went into; none for one that went into no other."""
    return await session.scalar(select(Customer.merged_into_id).where(Customer.id == customer_id))


async def archive(session: AsyncSession, actor: Actor, customer_id: int, asked: Iterable[Permission] = ()) -> Archive:
    """The archive card's facts, and which of the rights `asked` for the actor has on this customer.

    Of one that went into another archive these are that one's (BY11).
    """
    asked = list({one.key: one for one in asked}.values())
    rights = [within(actor, one, TIES).label(f"may_{at}") for at, one in enumerate(asked)]
    statement = select(Customer, Employee.name, *rights).outerjoin(Employee, Employee.id == Customer.owner_id)
    statement = visible(statement.where(Customer.id == customer_id), actor, READ, TIES)
    row = (await session.execute(statement)).one_or_none()
    if row is None:
        kept_id = await kept_instead(session, customer_id)
        if kept_id is None:
            raise DomainError(NOT_FOUND)
        return await archive(session, actor, kept_id, asked)
    customer, owner, *granted = row
    moment = now(session)
    book = await in_force(session, actor.playbook_version)
    idle = days_between(actor, customer.maintained_at, moment)
    stale = idle >= book.customer_type(customer.type).stale_after_days
    followup = customer.last_followup_at
    since = days_between(actor, followup, moment) if followup else None
    today, step = actor.today(moment), customer.next_step_on
    overdue, planned_now = step is not None and step < today, step is not None and step <= today
    has = frozenset(one.key for one, yes in zip(asked, granted, strict=True) if yes)
    return Archive(customer, owner, idle if stale else None, since, overdue, planned_now, has)


def days_between(actor: Actor, earlier: datetime, later: datetime) -> int:
    """Whole days on the actor's calendar."""
    return (actor.today(later) - actor.today(earlier)).days


def rows_for(actor: Actor) -> AnySelect:
    """Customers as lists show them, narrowed to what the actor may see."""
    statement = select(
        Customer.id,
        Customer.name,
        Customer.short_name,
        Customer.former_names,
        Customer.people,
        Customer.people_phones,
        Customer.city,
        Customer.type,
        Customer.last_followup_at,
        Customer.next_step_on,
        Customer.owner_id,
        Employee.name.label("owner"),
    ).outerjoin(Employee, Employee.id == Customer.owner_id)
    return visible(statement, actor, READ, TIES)


async def listing(
    session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6, ahead: Sequence[AnyRow] = ()
) -> Page:
    """A page of all customers the actor may see (CA02): those `ahead` first, then everybody else A-Z by pinyin."""
    known = [row.id for row in ahead]
    statement = rows_for(actor).where(Customer.id.not_in(known)) if known else rows_for(actor)
    by = (_alphabet(actor), Customer.id)
    if at.before is not None:
        return await _backwards(session, statement, by, at.before, limit, ahead)
    if at.after is not None and at.after not in known:
        return await paged(session, statement, by, at, limit)
    start = known.index(at.after) + 1 if at.after is not None else 0
    lead = list(ahead[start : start + limit])
    rest = await paged(session, statement, by, FIRST, limit - len(lead))
    more = start + limit < len(ahead) or rest.more_after
    return Page([*lead, *rest.rows], more_before=at.after is not None, more_after=more)


def _alphabet(actor: Actor) -> ColumnElement[str] | InstrumentedAttribute[str]:
    """What the list is in the order of. One's own, some hundreds, are looked up and sorted: in the order of an index
    PostgreSQL would walk everybody's for somebody's first few, which may come late. (A territory may have many.)
    """
    if scope_of(actor, READ) == Scope.OWN and not actor.territories:
        return Customer.sort_key.concat("")
    return Customer.sort_key


async def _backwards(
    session: AsyncSession, statement: AnySelect, by: Any, before: int, limit: int, ahead: Sequence[AnyRow]
) -> Page:
    """The page that ends in front of a row: of the alphabet, of those ahead of it, or of both."""
    known = [row.id for row in ahead]
    if before in known:
        end = known.index(before)
        return Page(ahead[max(0, end - limit) : end], more_before=end > limit, more_after=True)
    page = await paged(session, statement, by, At(before=before), limit)
    room = limit - len(page.rows)
    lead = list(ahead[max(0, len(ahead) - room) :]) if room else []
    more = page.more_before or len(lead) < len(ahead)
    return Page([*lead, *page.rows], more_before=more, more_after=True)


async def planned(session: AsyncSession, actor: Actor, limit: int) -> list[AnyRow]:
    """The actor's own customers whose promised next step is due today, then those overdue, the latest first."""
    statement = rows_for(actor).where(Customer.owner_id == actor.id, Customer.next_step_on <= actor.today(now(session)))
    statement = statement.order_by(Customer.next_step_on.desc(), Customer.id)
    return list(await session.execute(statement.limit(limit)))


async def search(session: AsyncSession, actor: Actor, text: str, *, after: int | None = None, limit: int = 6) -> Page:
    """Customers by part of a name, short name or contact, pinyin, initials or the tail of a phone (BY13)."""
    wanted = textkeys.query(text)
    if not wanted:
        return Page(())

    def matches(row: AnyRow) -> bool:
        return wanted.matches(*names_of(row), phones=phones_of(row))

    own = scope_of(actor, READ) == Scope.OWN
    return await found_by(session, rows_for(actor), wanted, matches, At(after=after), limit, few=own)


async def mentioned(session: AsyncSession, actor: Actor, text: str) -> list[AnyRow]:
    """The actor's own customers whose brand or short name stands in a text: 今天去了华宁，和王总谈了年框."""
    pairs = [key for key in textkeys.prose_keys(text) if len(key) >= (_LEAST_LATIN if key.isascii() else _LEAST_HAN)]
    if not pairs:
        return []
    statement = rows_for(actor).where(Customer.owner_id == actor.id, Customer.keys.overlap(pairs))
    rows = await session.execute(statement.order_by(Customer.id).limit(_MOST_MENTIONED))
    plain = text.casefold()
    words = set(re.findall(r"[a-z0-9]+", plain))
    return [row for row in rows if any(_stands_in(name, plain, words) for name in _called(row))]


def _called(row: AnyRow) -> list[str]:
    """What people say for the customer: its brand, its short name, the first word of a Latin one."""
    first = row.name.split()[0] if row.name.isascii() else ""
    return [one.casefold() for one in (brand(row.name), row.short_name or "", first) if one]


def _stands_in(name: str, text: str, words: set[str]) -> bool:
    if name.isascii():
        return len(name) >= _LEAST_LATIN and name in words
    return len(name) >= _LEAST_HAN and name in text


async def by_ids(session: AsyncSession, actor: Actor, ids: Iterable[int]) -> list[AnyRow]:
    """The visible ones of these customers, in the order of `ids`."""
    return await of_ids(session, rows_for(actor), list(dict.fromkeys(ids)))


async def newest(session: AsyncSession, actor: Actor, limit: int) -> list[AnyRow]:
    """The latest archives that the actor made."""
    statement = rows_for(actor).where(Customer.owner_id == actor.id).order_by(Customer.id.desc()).limit(limit)
    return list(await session.execute(statement))


async def newest_archive(session: AsyncSession, actor: Actor) -> Customer | None:
    """The customer that the actor took on last: its industry and source are proposed for the next one."""
    statement = select(Customer).where(Customer.owner_id == actor.id).order_by(Customer.id.desc())
    return await session.scalar(statement.limit(1))
