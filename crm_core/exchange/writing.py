"""Making customers of planned rows, many at once: the archives, their contacts, whose they are, the audit of all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.audit.bulk import make_all, new_ids
from crm_core.contacts.models import Contact
from crm_core.contacts.service import tell
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import Kind, territory_of
from crm_core.customers.service import derive, maintained
from crm_core.customers.staleness import Timer, set_timers, timer
from crm_core.exchange import doubles, staging
from crm_core.exchange.looking import kept_issue, same_issue
from crm_core.exchange.models import Fate, ImportBatch, Same
from crm_core.exchange.rows import Issue, Person, Planned, Rules
from crm_core.kit.db import json_text, now
from crm_core.pool import deadlines

FILLED = ("short_name", "city", "address", "yearly_value", "note")
"""What a customer that is there may be given where it has nothing."""
_NEVER = (None, None, None)
_DERIVED = ("keys", "sort_key", "normal_name", "brand", "people", "people_phones")


@dataclass(slots=True)
class Made:
    """A planned customer with what it will be found by."""

    plan: Planned
    derived: dict[str, Any]


@dataclass(slots=True)
class _Fates:
    """What becomes of the rows of a unit of work."""

    given: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    counts: Counter[str] = field(default_factory=Counter[str])

    def note(self, one: Planned, fate: Fate, issues: Sequence[Issue] = (), **made: Any) -> None:
        told = {"all": [issue.plain() for issue in issues]} if issues else None
        comes_in = fate in (Fate.MADE, Fate.FILLED)
        for at in (one.number, *one.others):
            which = fate if at == one.number or not comes_in else Fate.JOINED
            row = {"number": at, "fate": which, "issues": told if at == one.number or not comes_in else None}
            self.given.append(row | (made if at == one.number else {"customer_id": made.get("customer_id")}))
            self.counts[which] += 1


def prepare(found: Sequence[Planned]) -> list[Made]:
    """Reckon what customers are found by: most of the work, and nothing of it needs the database."""
    return [Made(one, {} if one.is_refused else _derived(one)) for one in found]


def _derived(one: Planned) -> dict[str, Any]:
    customer = Customer(name=one.name, short_name=one.values.get("short_name"))
    customer.people = [person.name for person in one.people if person.name]
    customer.people_phones = [person.phone for person in one.people if person.phone]
    derive(customer)
    return {name: getattr(customer, name) for name in _DERIVED}


async def write(
    session: AsyncSession,
    batch: ImportBatch,
    rules: Rules,
    prepared: Sequence[Made],
    near: Mapping[int, Any],
    zones: Mapping[int, ZoneInfo],
) -> Counter[str]:
    """Let these customers come in, by what was chosen for doubles; answers the fates. `zones` are the owners' own."""
    fates = _Fates()
    good = [one for one in prepared if not one.plan.is_refused]
    same = await doubles.same(session, rules.actor, {one.plan.number: one.plan.name for one in good})
    new: list[Made] = []
    for one in prepared:
        plan = one.plan
        if plan.is_refused:
            fates.note(plan, Fate.REFUSED, plan.issues)
        elif (there := same.get(plan.number)) is not None:
            filled = await _fill(session, rules, plan, there) if batch.on_same == Same.FILL else None
            if filled is None:
                fates.note(plan, Fate.SAME, [*plan.issues, same_issue(there)])
            else:
                fates.note(plan, Fate.FILLED, plan.issues, customer_id=there.id, **filled)
        elif plan.number in near and batch.on_near != Same.MAKE:
            fates.note(plan, Fate.NEAR, [*plan.issues, kept_issue(near[plan.number])])
        else:
            new.append(one)
    await _make(session, rules, new, zones, fates)
    await staging.note_fates(session, batch.id, orjson.dumps(fates.given).decode())
    return fates.counts


async def _make(
    session: AsyncSession,
    rules: Rules,
    new: Sequence[Made],
    zones: Mapping[int, ZoneInfo],
    fates: _Fates,
) -> None:
    if not new:
        return
    moment = now(session)
    ids = await new_ids(session, Customer, len(new))
    common = _Common(rules, zones, moment)
    await common.learn_deadlines(session, [one.plan for one in new])
    await make_all(
        session, Customer, [_customer(one, key, rules, moment, common) for one, key in zip(new, ids, strict=True)]
    )
    await set_timers(session, [common.timer(one.plan, key) for one, key in zip(new, ids, strict=True)])
    logged = await new_ids(session, Ownership, len(new))
    moves = [
        {
            "id": at,
            "customer_id": key,
            "at": moment,
            "by_id": rules.actor.id,
            "kind": Kind.IMPORT.value,
            "to_owner_id": one.plan.owner_id,
            "to_pool": common.pool(one.plan),
        }
        for one, key, at in zip(new, ids, logged, strict=True)
    ]
    await make_all(session, Ownership, moves)
    people = [
        (key, person, at == 0) for one, key in zip(new, ids, strict=True) for at, person in enumerate(one.plan.people)
    ]
    met = await new_ids(session, Contact, len(people)) if people else []
    contacts = [_contact(at, key, who, first, rules, moment) for at, (key, who, first) in zip(met, people, strict=True)]
    await make_all(session, Contact, contacts)
    of: dict[int, list[int]] = {}
    for at, (key, _, _) in zip(met, people, strict=True):
        of.setdefault(key, []).append(at)
    for one, key in zip(new, ids, strict=True):
        fates.note(one.plan, Fate.MADE, one.plan.issues, customer_id=key, contact_ids=of.get(key))


class _Common:
    """What many new customers have in common: when the stale-archive rule looks at them, territories and pools."""

    def __init__(self, rules: Rules, zones: Mapping[int, ZoneInfo], moment: datetime) -> None:
        self._book = rules.book
        self._zones = zones
        self._moment = moment
        self._territories: dict[str | None, str | None] = {}
        self._deadlines: dict[deadlines.Kind, tuple[date, str, datetime]] = {}

    async def learn_deadlines(self, session: AsyncSession, plans: Sequence[Planned]) -> None:
        """When the pool takes customers of these kinds, if nobody cares for them."""
        kinds = {kind for one in plans if (kind := self._kind(one)) is not None}
        self._deadlines = await deadlines.beginnings(session, self._book, kinds, self._moment)

    def deadline(self, plan: Planned) -> dict[str, Any]:
        kind = self._kind(plan)
        due_on, rule, look_at = self._deadlines.get(kind, _NEVER) if kind is not None else _NEVER
        return {"pool_due_on": due_on, "pool_rule": rule, "pool_look_at": look_at}

    def _kind(self, plan: Planned) -> deadlines.Kind | None:
        if plan.owner_id is None:
            return None
        return plan.values["type"], self.territory(plan.values["city"]), plan.owner_id

    def territory(self, city: str | None) -> str | None:
        if city not in self._territories:
            self._territories[city] = territory_of(self._book, city)
        return self._territories[city]

    def pool(self, plan: Planned) -> str | None:
        """The first pool that fits by type and territory; by units none can, where there is no owner."""
        if plan.pool is None:
            return None
        kind, territory = plan.values["type"], self.territory(plan.values["city"])
        fitting = (
            one.key
            for one in self._book.pools
            if not one.units
            and (not one.types or kind in one.types)
            and (not one.territories or territory in one.territories)
        )
        return next(fitting, plan.pool)

    def timer(self, plan: Planned, customer_id: int) -> Timer:
        zone = self._zones.get(plan.owner_id) if plan.owner_id is not None else None
        return timer(self._book, customer_id, plan.owner_id, plan.values["type"], self._moment, zone)


def _customer(one: Made, key: int, rules: Rules, moment: datetime, common: _Common) -> dict[str, Any]:
    plan = one.plan
    return {
        "id": key,
        **plan.values,
        **one.derived,
        "extra": json_text(plan.extra),
        "owner_id": plan.owner_id,
        "pool": common.pool(plan),
        "held_since": moment,
        "territory": common.territory(plan.values["city"]),
        "stage_since": moment,
        "created_by": rules.actor.id,
        "created_at": moment,
        "maintained_at": moment,
        "next_step_on": plan.next_step_on,
        **common.deadline(plan),
        "revision": 1,
    }


def _contact(at: int, customer_id: int, who: Person, first: bool, rules: Rules, moment: datetime) -> dict[str, Any]:
    return {
        "id": at,
        "customer_id": customer_id,
        "name": who.name,
        "title": who.title,
        "phone": who.phone,
        "email": who.email,
        "note": who.note,
        "is_primary": first,
        "created_by": rules.actor.id,
        "created_at": moment,
        "revision": 1,
    }


async def _fill(session: AsyncSession, rules: Rules, plan: Planned, there: doubles.Double) -> dict[str, Any] | None:
    """Give a customer that is there what it lacks; none for one that the actor may not change.

    Through the session, row by row: these are few, and the audit has them like any other change.
    """
    if not there.changeable:
        return None
    customer = await session.get_one(Customer, there.id, with_for_update=True, populate_existing=True)
    given = {one: plan.values[one] for one in FILLED if plan.values.get(one) and not getattr(customer, one)}
    extra = {key: value for key, value in plan.extra.items() if key not in customer.extra}
    for name, value in given.items():
        setattr(customer, name, value)
    if extra:
        customer.extra = customer.extra | extra
    customer.territory = territory_of(rules.book, customer.city)
    derive(customer)
    has = await session.scalar(
        select(Contact.id).where(Contact.customer_id == customer.id, Contact.left_at.is_(None)).limit(1)
    )
    met = [] if has is not None else await _meet(session, rules, customer, plan.people)
    if given or extra or met:
        await maintained(session, rules.actor, customer, now(session))
    told = {name: str(value) for name, value in given.items()} | ({"extra": extra} if extra else {})
    return {"filled": told, "contact_ids": met or None}


async def _meet(session: AsyncSession, rules: Rules, customer: Customer, people: Sequence[Person]) -> list[int]:
    moment = now(session)
    rows = [
        Contact(
            customer_id=customer.id,
            name=one.name,
            title=one.title,
            phone=one.phone,
            email=one.email,
            note=one.note,
            is_primary=at == 0,
            created_by=rules.actor.id,
            created_at=moment,
        )
        for at, one in enumerate(people)
    ]
    session.add_all(rows)
    await session.flush()
    if rows:
        await tell(session, customer)
    return [one.id for one in rows]
