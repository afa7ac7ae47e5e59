"""What changed at the customers of the actor's people since a day (RE09).

The audit is read by who did it, and the log of owners by whose it was: both cost what these people's days brought,
however much is stored.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, and_, case, exists, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.audit.models import AuditEntry
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import Kind as Moved
from crm_core.customers.permissions import READ, TIES
from crm_core.deals.models import Deal
from crm_core.kit.calendars import add_working_days, at_local
from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.needs.models import Need, NeedState
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import require, visible
from crm_core.org.workdays import work_table

MOST: Final = 400
"""More in a day than anybody reads: an import of customers. What is beyond it is counted by nobody."""
_BEGINS: Final = (Moved.CREATE.value, Moved.IMPORT.value)
TABLES: Final = ("customer", "contact", "deal", "need")


class What(StrEnum):
    """In the order in which they are told."""

    WON = "won"  # a deal
    LOST = "lost"  # a need
    NEW = "new"
    OWNER = "owner"
    STAGE = "stage"
    TYPE = "type"
    JOINED = "joined"  # a contact
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Change:
    """One change: at which customer, by whom or whose it was (one of the actor's people), when."""

    what: What
    employee_id: int
    employee: str
    customer_id: int
    customer: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Since a day (included), the newest first."""

    since: date
    rows: Sequence[Change]

    @property
    def customers(self) -> int:
        return len({row.customer_id for row in self.rows})

    @property
    def people(self) -> list[tuple[int, str, Counter[What]]]:
        """The id and name of each person with changes, and how often what; who has most goes first."""
        counts: dict[tuple[int, str], Counter[What]] = {}
        for row in self.rows:
            counts.setdefault((row.employee_id, row.employee), Counter())[row.what] += 1
        return sorted(((*who, count) for who, count in counts.items()), key=lambda one: (-one[2].total(), one[1]))


async def first_day(session: AsyncSession, actor: Actor) -> date:
    """Since when changes are told: the last working day before today, so that Monday tells of Friday too."""
    return add_working_days(actor.today(now(session)), -1, await work_table(session))


async def changes(session: AsyncSession, actor: Actor, employee_id: int | None = None) -> Changes:
    """Changes at customers that the actor may see, by direct and indirect reports, or of what these hold; of all, or of
    one of them. Raises `not_allowed`.
    """
    await require(session, actor, SEE_TEAM)
    since = await first_day(session, actor)
    start = at_local(since, time(0), actor.zone)
    people = select(Employee.id).where(Employee.chain.contains([actor.id]), Employee.id != actor.id)
    if employee_id is not None:
        people = people.where(Employee.id == employee_id)
    noted = (await session.execute(_entries(actor, people, start))).all()
    moved = (await session.execute(_moves(actor, people, start))).all()
    rows = [Change(what, *row[5:]) for row in noted for what in _said(row)]
    rows += [Change(What.OWNER, *row) for row in moved]
    return Changes(since, sorted(rows, key=lambda one: one.at, reverse=True)[:MOST])


def _entries(actor: Actor, people: AnySelect, start: datetime) -> AnySelect:
    """What people did, unless it was taken back: rows of the entry, and then of a `Change` without its first."""
    entry, back = AuditEntry, aliased(AuditEntry)
    of = entry.subject_type
    customer_id = func.coalesce(
        case((of == "customer", entry.subject_id)), Contact.customer_id, Deal.customer_id, Need.customer_id
    )
    statement = (
        select(of, entry.verb, entry.before, entry.after, entry.id, Employee.id, Employee.name)
        .add_columns(Customer.id, Customer.name, entry.at)
        .join(Employee, Employee.id == entry.actor_id)
        .outerjoin(Contact, and_(of == "contact", Contact.id == entry.subject_id))
        .outerjoin(Deal, and_(of == "deal", Deal.id == entry.subject_id))
        .outerjoin(Need, and_(of == "need", Need.id == entry.subject_id))
        .join(Customer, Customer.id == customer_id)
        .where(entry.actor_id.in_(people), entry.at >= start, weighty())
        .where(entry.undoes.is_(None), ~exists().where(back.undoes == entry.op))
        .order_by(entry.at.desc())
        .limit(MOST)
    )
    return visible(statement, actor, READ, TIES)


def weighty() -> ColumnElement[bool]:
    """The condition that an entry of the audit tells a change worth telling. The first part is its index's."""
    of, made = AuditEntry.subject_type, AuditEntry.verb == "create"
    return and_(
        of.in_([literal_column(f"'{one}'") for one in TABLES]),
        or_(
            and_(of.in_(("customer", "contact", "deal")), made),
            and_(of == "customer", or_(_touches("stage"), _touches("type"))),
            and_(of == "contact", AuditEntry.after.has_key("left_at")),
            and_(of == "need", AuditEntry.after["state"].astext == NeedState.LOST.value),
        ),
    )


def _touches(field: str) -> ColumnElement[bool]:
    return or_(AuditEntry.before.has_key(field), AuditEntry.after.has_key(field))


def _said(entry: AnyRow) -> list[What]:
    table, verb, before, after = entry[:4]
    if verb == "create":
        return [{"customer": What.NEW, "contact": What.JOINED, "deal": What.WON}.get(table, What.LOST)]
    if table != "customer":
        return [What.LEFT if table == "contact" else What.LOST]
    return [what for what in (What.STAGE, What.TYPE) if what.value in {*before, *after}]


def _moves(actor: Actor, people: AnySelect, start: datetime) -> AnySelect:
    """Customers that came to these people or left them: rows of a `Change` without its first, each move once."""
    here = or_(Ownership.to_owner_id.in_(people), Ownership.from_owner_id.in_(people))
    theirs = case((Ownership.to_owner_id.in_(people), Ownership.to_owner_id), else_=Ownership.from_owner_id)
    statement = (
        select(Employee.id, Employee.name, Customer.id, Customer.name, Ownership.at)
        .select_from(Ownership)
        .join(Customer, Customer.id == Ownership.customer_id)
        .join(Employee, Employee.id == theirs)
        .where(here, Ownership.at >= start, Ownership.kind.not_in(_BEGINS))
        .order_by(Ownership.at.desc())
        .limit(MOST)
    )
    return visible(statement, actor, READ, TIES)
