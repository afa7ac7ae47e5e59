"""Is this customer here already (BY10)? The same name is refused; a near one and the same number are warnings.

Candidates come from indexes, so what this costs follows how many sound alike, not how many there are. Rapidfuzz ranks
them; a common city speaks for one company, different ones against it. An archive that went into another one leads to
that.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.customers import errors
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.kit import names, textkeys
from crm_core.kit.db import AnyRow, AnySelect
from crm_core.kit.errors import DomainError
from crm_core.kit.phones import national_digits, read_phone
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import within

MOST_CANDIDATES: Final = 200
_SAME_CITY, _OTHER_CITY = 0.05, 0.1
_BRAND_LETTERS: Final = 3
_LONGEST_TAIL: Final = 11
_found = aliased(Customer)

OVERRULES_NAME: Final = frozenset(
    {errors.SIMILAR, errors.SIMILAR_HIDDEN, errors.POOL_SIMILAR, errors.POOL_SIMILAR_HIDDEN}
)
OVERRULES_PHONE: Final = frozenset(
    {errors.PHONE_SIMILAR, errors.PHONE_SIMILAR_HIDDEN, errors.POOL_SIMILAR, errors.POOL_SIMILAR_HIDDEN}
)


async def refuse_double(
    session: AsyncSession,
    actor: Actor,
    name: str,
    confirmed: frozenset[str] = frozenset(),
    besides: int | None = None,
    city: str | None = None,
) -> None:
    """Raise `customer.name_taken…` or, unless confirmed, `customer.similar…` or `customer.pool.similar…`.

    The owner is named only to who may see that customer; others learn no more than that the name is taken.
    """
    normal = _found.normal_name == names.normal_company(name)
    same = await session.execute(_near(actor, besides).where(normal).limit(MOST_CANDIDATES))
    if (row := next((one for one in same if names.similar(name, one.found) == 1.0), None)) is not None:
        raise _taken(actor, row, name)
    if OVERRULES_NAME & confirmed:
        return
    rows = list(await session.execute(near_names(actor, name, city, besides)))
    if (row := likeliest(name, city, rows)) is not None:
        raise _doubt(actor, row, "name", errors.SIMILAR, errors.SIMILAR_HIDDEN)


async def refuse_same_phone(
    session: AsyncSession,
    actor: Actor,
    phone: str | None,
    confirmed: frozenset[str] = frozenset(),
    besides: int | None = None,
) -> None:
    """Raise, unless confirmed, `customer.phone.similar…` where somebody of a customer has this number already."""
    number = read_phone(phone or "")
    if number is None or OVERRULES_PHONE & confirmed:
        return
    row = (await session.execute(of_phone(actor, number, besides))).first()
    if row is not None:
        raise _doubt(actor, row, "phone", errors.PHONE_SIMILAR, errors.PHONE_SIMILAR_HIDDEN)


def near_names(actor: Actor, name: str, city: str | None = None, besides: int | None = None) -> AnySelect:
    """The candidates: of the same brand, or whose search keys have the beginning of it; those of the city first."""
    brand = names.brand(name)
    start = textkeys.query(brand[:_BRAND_LETTERS]).all_of
    alike: list[ColumnElement[bool]] = [_found.brand == brand] if brand else [false()]
    if start:
        alike.append(_found.keys.contains(list(start)))
    here = func.coalesce(_found.city, "") == (city or "")
    return _near(actor, besides).where(or_(*alike)).order_by(here.desc(), _found.id).limit(MOST_CANDIDATES)


def of_phone(actor: Actor, number: str, besides: int | None = None) -> AnySelect:
    """Whose number this is (E.164)."""
    tail = national_digits(number)[-_LONGEST_TAIL:]
    held = _found.keys.contains([tail]) & (_found.people_phones.contains([number]))
    return _near(actor, besides).where(held).order_by(_found.id).limit(1)


def _near(actor: Actor, besides: int | None) -> AnySelect:
    """Who was found, and the customer that it leads to: itself, or the one that it went into."""
    statement = select(
        Customer.id,
        Customer.name,
        Customer.owner_id,
        _found.name.label("found"),
        _found.city,
        Employee.name.label("owner"),
        within(actor, READ, TIES).label("seen"),
    ).join(Customer, Customer.id == func.coalesce(_found.merged_into_id, _found.id))
    return statement.outerjoin(Employee, Employee.id == Customer.owner_id).where(Customer.id != (besides or 0))


def likeliest(name: str, city: str | None, rows: Iterable[AnyRow]) -> AnyRow | None:
    """The candidate that most likely is this company, if one may be."""
    scored = [(score(name, city, row.found, row.city), row) for row in rows]
    best = max(scored, key=lambda pair: pair[0], default=None)
    return best[1] if best is not None and best[0] >= names.LIKELY else None


def score(name: str, city: str | None, other: str, other_city: str | None) -> float:
    """How likely two customers are one, 0 to 1: by their names, and by where they are."""
    alike = names.similar(name, other)
    if not city or not other_city:
        return alike
    return min(alike + _SAME_CITY, 1.0) if _plain(city) == _plain(other_city) else alike - _OTHER_CITY


def _plain(city: str) -> str:
    return city.strip().removesuffix("市").casefold()


def _taken(actor: Actor, row: AnyRow, name: str) -> DomainError:
    if row.owner_id is None:
        return DomainError(errors.NAME_TAKEN_POOL, field="name", name=name, **_opens(row))
    if row.seen:
        return DomainError(errors.NAME_TAKEN, field="name", **_told(actor, row))
    return DomainError(errors.NAME_TAKEN_HIDDEN, field="name", name=name, ask=row.id)


def _doubt(actor: Actor, row: AnyRow, field: str, code: str, hidden: str) -> DomainError:
    if row.owner_id is None and not row.seen:
        return DomainError(errors.POOL_SIMILAR_HIDDEN, field=field)
    if row.owner_id is None:
        return DomainError(errors.POOL_SIMILAR, field=field, name=row.name, id=row.id)
    if row.seen:
        return DomainError(code, field=field, **_told(actor, row))
    return DomainError(hidden, field=field, ask=row.id)


def _told(actor: Actor, row: AnyRow) -> dict[str, Any]:
    """`ask` is the customer that one may ask for: not one's own."""
    ask = {} if row.owner_id == actor.id else {"ask": row.id}
    return {"name": row.name, "owner": row.owner, "id": row.id, **ask}


def _opens(row: AnyRow) -> dict[str, Any]:
    return {"id": row.id} if row.seen else {}
