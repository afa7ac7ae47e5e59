"""Is this customer here already? The same name is refused, a near one is a warning that may be overruled (BY10)."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers import errors
from crm_core.customers.models import Customer
from crm_core.customers.permissions import READ, TIES
from crm_core.kit import names, textkeys
from crm_core.kit.db import AnyRow
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import within

_CANDIDATES = 50


async def refuse_double(
    session: AsyncSession, actor: Actor, name: str, confirmed: frozenset[str] = frozenset(), besides: int | None = None
) -> None:
    """Raise `customer.name_taken` or, unless confirmed, `customer.similar`.

    The owner is named only to who may see that customer; others learn no more than that the name is taken.
    """
    normal = names.normal_company(name)
    near = await session.execute(_near(actor).where(Customer.normal_name == normal, Customer.id != (besides or 0)))
    if (row := next((one for one in near if names.similar(name, one.name) == 1.0), None)) is not None:
        _refuse(row, errors.NAME_TAKEN, errors.NAME_TAKEN_HIDDEN)
    if errors.SIMILAR in confirmed or errors.SIMILAR_HIDDEN in confirmed:
        return
    if (row := await _most_similar(session, actor, name, besides)) is not None:
        _refuse(row, errors.SIMILAR, errors.SIMILAR_HIDDEN)


def _near(actor: Actor) -> Any:
    return (
        select(
            Customer.id,
            Customer.name,
            Employee.name.label("owner"),
            within(actor, READ, TIES).label("seen"),
        )
        .outerjoin(Employee, Employee.id == Customer.owner_id)
        .limit(_CANDIDATES)
    )


async def _most_similar(session: AsyncSession, actor: Actor, name: str, besides: int | None) -> AnyRow | None:
    """Candidates share the beginning of the brand in their search keys; the comparison proper is rapidfuzz's."""
    wanted = textkeys.query(names.brand(name)[:3]).all_of
    if not wanted:
        return None
    statement = _near(actor).where(Customer.keys.contains(list(wanted)), Customer.id != (besides or 0))
    rows = {row.id: row for row in await session.execute(statement)}
    found = names.likely_duplicates(name, {key: row.name for key, row in rows.items()})
    return rows[found[0][0]] if found else None


def _refuse(row: AnyRow, code: str, hidden: str) -> None:
    if row.seen:
        raise DomainError(code, field="name", name=row.name, owner=row.owner, id=row.id)
    if hidden == errors.NAME_TAKEN_HIDDEN:
        raise DomainError(hidden, field="name", name=row.name)
    raise DomainError(hidden, field="name")
