"""What all matters do the same way: one is added, a field is changed, it is taken back, it is commented on."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.comments.subjects import Subject, commentable
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE
from crm_core.customers.service import locked, maintained
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.merging import goes_along
from crm_core.kit.undo import Check, undoable
from crm_core.matters import errors
from crm_core.matters.models import Matter
from crm_core.matters.queries import find
from crm_core.org.actor import Actor
from crm_core.org.rights import require

LONGEST = 200
M = TypeVar("M", bound=Matter)
Checked = Callable[[str, Any, date], Any]
"""Given the field, what was said, and the actor's day; answers what is stored."""


def words(field: str, said: Any, _today: date) -> str:
    """A text that must be there."""
    text = optional_words(field, said, _today)
    if text is None:
        raise DomainError(REQUIRED, field=field)
    return text


def optional_words(field: str, said: Any, _today: date) -> str | None:
    text = " ".join((said or "").split())
    if len(text) > LONGEST:
        raise DomainError(TOO_LONG, field=field, max=LONGEST)
    return text or None


def number(field: str, said: int | None, _today: date) -> int | None:
    """How many: one at least."""
    if said is not None and said < 1:
        raise DomainError(errors.NOT_ONE, field=field)
    return said


def money(field: str, said: Decimal | None, _today: date) -> Decimal | None:
    if said is not None and said < 0:
        raise DomainError(errors.NEGATIVE, field=field)
    return said


def ahead(field: str, said: date | None, today: date) -> date | None:
    """Today or a later day."""
    if said is not None and said < today:
        raise DomainError(errors.DAY_IN_PAST, field=field)
    return said


def behind(field: str, said: date | None, today: date) -> date | None:
    """Today or an earlier day."""
    if said is not None and said > today:
        raise DomainError(errors.DAY_IN_FUTURE, field=field)
    return said


async def add(
    session: AsyncSession,
    actor: Actor,
    model: type[M],
    command: Any,
    checks: Mapping[str, Checked],
    **more: Any,
) -> tuple[M, Customer]:
    """A new one of the command's customer, which counts as looked after. Raises `not_allowed`, and as the checks."""
    customer = await locked(session, command.customer)
    await require(session, actor, CHANGE, on=customer)
    moment = now(session)
    today = actor.today(moment)
    values = {field: check(field, getattr(command, field), today) for field, check in checks.items()}
    contact_id = await _contact(session, customer, command.contact)
    row = model(
        customer_id=customer.id,
        contact_id=contact_id,
        created_by=actor.id,
        created_at=moment,
        **{**values, **more},
    )
    session.add(row)
    await session.flush()
    await maintained(session, actor, customer, moment)
    return row, customer


async def change(
    session: AsyncSession,
    actor: Actor,
    model: type[M],
    matter_id: int,
    field: str,
    value: Any,
    checks: Mapping[str, Checked],
    revision: int | None = None,
) -> tuple[M, Customer]:
    """Change one field. Raises what the checks raise, `changed_meanwhile` for a card out of date, `not_allowed`."""
    row, customer = await held(session, actor, model, matter_id)
    if revision is not None and revision != row.revision:
        raise DomainError(CHANGED_MEANWHILE)
    if field == "contact":
        row.contact_id = await _contact(session, customer, value)
    elif field in checks:
        setattr(row, field, checks[field](field, value, actor.today(now(session))))
    else:
        raise DomainError(NOT_FOUND)
    await told(session, actor, customer)
    return row, customer


async def held(session: AsyncSession, actor: Actor, model: type[M], matter_id: int) -> tuple[M, Customer]:
    """One and its customer, both locked, for who may change that. Raises `not_found`, `not_allowed`."""
    customer_id = await session.scalar(select(model.customer_id).where(model.id == matter_id))
    if customer_id is None:
        raise DomainError(NOT_FOUND)
    customer = await locked(session, customer_id)
    await require(session, actor, CHANGE, on=customer)
    row = await session.get(model, matter_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise DomainError(NOT_FOUND)
    return row, customer


async def told(session: AsyncSession, actor: Actor, customer: Customer) -> None:
    """Something was said of the customer: it counts as looked after."""
    await session.flush()
    await maintained(session, actor, customer, now(session))


async def _contact(session: AsyncSession, customer: Customer, contact_id: int | None) -> int | None:
    """Somebody of that customer."""
    if contact_id is None:
        return None
    there = select(Contact.id).where(Contact.id == contact_id, Contact.customer_id == customer.id)
    if await session.scalar(there) is None:
        raise DomainError(NOT_FOUND, field="contact")
    return contact_id


async def _nothing(_session: AsyncSession, _actor: Any, _row: Any) -> None:
    pass


def kept(model: type[Matter], *, derive: Check = _nothing, after: Check = _nothing) -> None:
    """Such matters can be taken back by who may change the customer, and commented on by who may read it.

    When the customer goes into another one they go along.
    """

    async def allowed(session: AsyncSession, actor: Actor, row: Matter) -> None:
        await require(session, actor, CHANGE, on=await session.get_one(Customer, row.customer_id))

    async def label(_session: AsyncSession, row: Matter) -> str:
        return row.what

    async def subject(session: AsyncSession, actor: Actor, matter_id: int) -> Subject:
        row = await find(session, actor, model, matter_id)
        return Subject(model.__tablename__, row.id, row.what, row.created_by)

    undoable(model, allowed=allowed, label=label, derive=derive, after=after)
    goes_along(model.customer_id)
    commentable(model, subject)
