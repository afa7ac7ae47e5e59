"""Which customers of a sheet are there already: the rules of `customers.duplicates`, for many names at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Text, bindparam, column, func, select, text, true
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.customers.models import Customer
from crm_core.customers.permissions import CHANGE, READ, TIES
from crm_core.kit import names, textkeys
from crm_core.org.actor import Actor
from crm_core.org.models import Employee
from crm_core.org.rights import within

_CANDIDATES = 30
_OF_A_BRAND = 20


@dataclass(frozen=True, slots=True)
class Double:
    """A customer that is there; who may not see it learns neither its name nor its owner's."""

    id: int
    name: str
    owner: str | None
    seen: bool
    changeable: bool


async def same(session: AsyncSession, actor: Actor, wanted: Mapping[int, str]) -> dict[int, Double]:
    """Customers of the very names (by row), which differ from them in form alone."""
    normal = {number: names.normal_company(name) for number, name in wanted.items()}
    forms = {one for one in normal.values() if one}
    if not forms:
        return {}
    statement = select(Customer.id, Customer.name, Customer.normal_name)
    statement = statement.where(Customer.normal_name == func.any(bindparam("forms", list(forms), ARRAY(Text))))
    by_form: dict[str, list[tuple[int, str]]] = {}
    for key, name, form in await session.execute(statement.order_by(Customer.id)):
        by_form.setdefault(form, []).append((key, name))
    found: dict[int, int] = {}
    for number, form in normal.items():
        there = by_form.get(form, ())
        key = next((key for key, name in there if names.similar(wanted[number], name) == 1.0), None)
        if key is not None:
            found[number] = key
    return await _told(session, actor, found)


async def near(session: AsyncSession, actor: Actor, wanted: Mapping[int, str]) -> dict[int, Double]:
    """Customers of nearly these names (by row), the likeliest; the very names besides."""
    by_keys: dict[tuple[str, ...], list[int]] = {}
    for number, name in wanted.items():
        keys = textkeys.query(names.brand(name)[:3]).all_of
        if keys:
            by_keys.setdefault(keys, []).append(number)
    candidates = await _sharing(session, list(by_keys))
    found: dict[int, int] = {}
    for at, numbers in enumerate(by_keys.values()):
        there = candidates.get(at)
        for number in numbers if there else ():
            likely = names.likely_duplicates(wanted[number], there or {}, at_most=1)
            if likely:
                found[number] = likely[0][0]
    return await _told(session, actor, found)


async def _sharing(session: AsyncSession, keys: list[tuple[str, ...]]) -> dict[int, dict[int, str]]:
    """By the place of the keys: customers that have them all, id and name."""
    if not keys:
        return {}
    given = orjson.dumps([{"n": at, "wanted": list(one)} for at, one in enumerate(keys)]).decode()
    sought = (
        text("SELECT n, wanted FROM jsonb_to_recordset(CAST(:given AS jsonb)) AS w(n bigint, wanted text[])")
        .bindparams(bindparam("given", given, Text))
        .columns(column("n", BigInteger), column("wanted", ARRAY(Text)))
        .subquery("sought")
    )
    there: Any = (
        select(Customer.id, Customer.name).where(Customer.keys.op("@>")(sought.c.wanted)).limit(_CANDIDATES).lateral()
    )
    statement = select(sought.c.n, there.c.id, there.c.name).select_from(sought.join(there, true()))
    found: dict[int, dict[int, str]] = {}
    for at, key, name in await session.execute(statement):
        found.setdefault(at, {})[key] = name
    return found


async def _told(session: AsyncSession, actor: Actor, found: Mapping[int, int]) -> dict[int, Double]:
    if not found:
        return {}
    statement = (
        select(
            Customer.id,
            Customer.name,
            Employee.name.label("owner"),
            within(actor, READ, TIES).label("seen"),
            within(actor, CHANGE, TIES).label("changeable"),
        )
        .outerjoin(Employee, Employee.id == Customer.owner_id)
        .where(Customer.id.in_(set(found.values())))
    )
    facts = {row.id: Double(*row) for row in await session.execute(statement)}
    return {number: facts[key] for number, key in found.items() if key in facts}


class Within:
    """The names of the sheet itself, by brand: which earlier row has nearly the same."""

    def __init__(self) -> None:
        self._by_brand: dict[str, list[tuple[int, str]]] = {}

    def earlier(self, number: int, name: str) -> tuple[int, str] | None:
        """The earlier row of nearly this name, number and name; the name is remembered."""
        brand = names.brand(name)
        there = self._by_brand.setdefault(brand, [])
        known = dict(there)
        likely = names.likely_duplicates(name, known, at_most=1) if known else []
        if len(there) < _OF_A_BRAND:
            there.append((number, name))
        return (likely[0][0], known[likely[0][0]]) if likely else None
