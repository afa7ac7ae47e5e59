"""Customers that are here twice, it seems (BY11): found by the same number or a near name, for a person to decide.

Pairs are not stored. They are joined by indexed columns each time, so nothing can be out of date.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.customers import errors
from crm_core.customers.duplicates import score
from crm_core.customers.models import Customer, NotTheSame
from crm_core.customers.permissions import MERGE
from crm_core.customers.queries import find
from crm_core.kit.db import AnySelect, now
from crm_core.kit.errors import DomainError
from crm_core.kit.names import LIKELY
from crm_core.kit.undo import undoable
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import Ties, require, within

_BATCH, _BATCHES = 60, 10
_MOST_OF_ONE = 40  # customers of one brand, or of one number
_one, _other = aliased(Customer), aliased(Customer)


@dataclass(frozen=True, slots=True)
class Side:
    """One of a pair."""

    id: int
    name: str
    city: str | None
    owner: str | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two that may be one; `phone` is a number that both have, if that is why."""

    one: Side
    other: Side
    phone: str | None

    @property
    def key(self) -> tuple[int, int]:
        return self.one.id, self.other.id


async def pairs(
    session: AsyncSession, actor: Actor, after: tuple[int, int] = (0, 0), limit: int = 6
) -> tuple[list[Pair], bool]:
    """A page of the pairs behind `after` that the actor may merge, by their ids; and whether there are more."""
    found: list[Pair] = []
    for _ in range(_BATCHES):
        rows = list(await session.execute(_candidates(actor, after).limit(_BATCH)))
        found += [pair for pair in map(_pair, rows) if pair is not None]
        if len(rows) < _BATCH or len(found) > limit:
            return found[:limit], len(found) > limit
        after = (rows[-1].one_id, rows[-1].other_id)
    return found[:limit], True


async def not_the_same(session: AsyncSession, actor: Actor, one_id: int, other_id: int) -> NotTheSame:
    """These are two. Said twice it is said once. Raises `not_found`, `not_allowed`, `merge.itself`."""
    low, high = sorted((one_id, other_id))
    if low == high:
        raise DomainError(errors.ITSELF)
    for one in (low, high):
        await require(session, actor, MERGE, on=await find(session, actor, one))
    await session.get(Customer, low, with_for_update={"key_share": True})  # who says so too waits here
    said = await session.scalar(select(NotTheSame).where(NotTheSame.one_id == low, NotTheSame.other_id == high))
    if said is None:
        said = NotTheSame(one_id=low, other_id=high, by_id=actor.id, at=now(session))
        session.add(said)
        await session.flush()
    return said


def _candidates(actor: Actor, after: tuple[int, int]) -> Any:
    """Pairs of one brand or one number, in the order of their ids."""
    first, second = aliased(Employee), aliased(Employee)
    brands = _brands()
    brand = select(_one.id.label("one_id"), _other.id.label("other_id")).select_from(brands)
    brand = brand.join(_one, _one.brand == brands.c.brand)
    brand = brand.join(_other, and_(_other.brand == brands.c.brand, _other.id > _one.id))
    held, phones = _held()
    mine, yours = held.alias(), held.alias()
    phone = select(_one.id.label("one_id"), _other.id.label("other_id")).select_from(phones)
    phone = phone.join(mine, mine.c.phone == phones.c.phone)
    phone = phone.join(yours, and_(yours.c.phone == phones.c.phone, yours.c.id > mine.c.id))
    phone = phone.join(_one, _one.id == mine.c.id).join(_other, _other.id == yours.c.id)
    ids = _page(brand, actor, after).union(_page(phone, actor, after)).subquery()
    return (
        select(
            ids.c.one_id,
            ids.c.other_id,
            *_columns(_one, first, "one"),
            *_columns(_other, second, "other"),
        )
        .join(_one, _one.id == ids.c.one_id)
        .join(_other, _other.id == ids.c.other_id)
        .outerjoin(first, first.id == _one.owner_id)
        .outerjoin(second, second.id == _other.owner_id)
        .order_by(ids.c.one_id, ids.c.other_id)
    )


def _brands() -> CTE:
    """The brands that several have, found once; one that very many have (a bank's) says nothing."""
    several = select(Customer.brand).where(Customer.brand != "", Customer.merged_into_id.is_(None))
    several = several.group_by(Customer.brand).having(func.count().between(2, _MOST_OF_ONE))
    return several.cte("brands").prefix_with("MATERIALIZED")


def _held() -> tuple[CTE, CTE]:
    """Every number with its customer, and the numbers that several have."""
    numbers = select(Customer.id, func.unnest(Customer.people_phones).label("phone"))
    held = numbers.where(Customer.merged_into_id.is_(None)).cte("held").prefix_with("MATERIALIZED")
    several = select(held.c.phone).group_by(held.c.phone).having(func.count().between(2, _MOST_OF_ONE))
    return held, several.cte("phones").prefix_with("MATERIALIZED")


def _page(statement: AnySelect, actor: Actor, after: tuple[int, int]) -> Any:
    said = exists().where(NotTheSame.one_id == _one.id, NotTheSame.other_id == _other.id)
    behind = or_(_one.id > after[0], and_(_one.id == after[0], _other.id > after[1]))
    mine = [within(actor, MERGE, _ties(one)) for one in (_one, _other)]
    ordered = statement.where(behind, ~said, *mine).order_by(_one.id, _other.id).limit(_BATCH)
    return select(ordered.subquery())


def _ties(of: Any) -> Ties:
    return Ties(of.owner_id, of.team, of.territory, there=of.merged_into_id.is_(None))


def _columns(of: Any, owner: Any, name: str) -> list[Any]:
    return [
        of.name.label(f"{name}_name"),
        of.city.label(f"{name}_city"),
        of.people_phones.label(f"{name}_phones"),
        owner.name.label(f"{name}_owner"),
    ]


def _pair(row: Any) -> Pair | None:
    """None for two that only share the beginning of a name."""
    phone = next((one for one in row.one_phones if one in row.other_phones), None)
    if phone is None and score(row.one_name, row.one_city, row.other_name, row.other_city) < LIKELY:
        return None
    one = Side(row.one_id, row.one_name, row.one_city, row.one_owner)
    return Pair(one, Side(row.other_id, row.other_name, row.other_city, row.other_owner), phone)


async def _allowed(session: AsyncSession, actor: Actor, said: NotTheSame) -> None:
    await require(session, actor, MERGE, on=await find(session, actor, said.one_id))


async def _label(session: AsyncSession, said: NotTheSame) -> str:
    return (await session.get_one(Customer, said.one_id)).name


undoable(NotTheSame, allowed=_allowed, label=_label)
