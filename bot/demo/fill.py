"""Puts the demo's company into an empty database.

Units and people are made by the core's own operations. Customers and visits of half a year are written in bulk, with
the columns that the services would have derived computed by the same functions; such history has no audit, for nobody
changed anything: what people do in the demo from then on has.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert, inspect
from sqlalchemy.ext.asyncio import AsyncSession

from bot.demo import company, story
from bot.demo.archives import Archive, archives
from bot.demo.birthdays import birthdays
from bot.demo.dice import dice
from bot.demo.story import Told
from crm_core.contacts.models import Contact, ContactDay
from crm_core.customers.models import Customer, Ownership
from crm_core.customers.ownership import Kind, territory_of
from crm_core.customers.service import met_through
from crm_core.customers.staleness import set_timers, timer
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import now
from crm_core.kit.textkeys import prose_keys
from crm_core.kit.words.yearly import Yearly
from crm_core.org import service as org
from crm_core.org.invites import VALID_FOR
from crm_core.org.models import Company, Employee, Invite, Unit, UnitKind
from crm_core.playbook.service import default
from crm_core.visits.models import Away, Visit, VisitKind
from reminders.customers import STALE
from reminders.noticing import notice

_HISTORY: Final = {"unaudited": "the demo's past, which nobody lived through"}
_OLDEST_ARCHIVE: Final = timedelta(days=930)
_TOLD_SINCE: Final = timedelta(days=8)
_CHECKED_IN: Final = 0.66
_AWAY: Final = 0.06
_METRES_A_DEGREE: Final = 111_195
_KEPT: Final = (
    *("name", "short_name", "type", "category", "industry", "source", "city", "address"),
    *("note", "latitude", "longitude", "yearly_value"),
)


async def fill(session: AsyncSession, bot_id: int) -> None:
    """Found the company, as of now."""
    session.add(Company(id=1, name=company.NAME, zone=company.ZONE, language=company.LANGUAGE))
    people = await _hire(session, await _units(session), bot_id)
    moment = now(session)
    today = moment.astimezone(ZoneInfo(company.ZONE)).date()
    customers = archives(today)
    told = story.visits(customers, moment)
    kept = _customer_rows(customers, told, people)
    ids = await _insert(session, Customer, kept)
    zone = ZoneInfo(company.ZONE)
    book = default()
    timers = [
        timer(book, id_, row["owner_id"], row["type"], row["maintained_at"], zone)
        for id_, row in zip(ids, kept, strict=True)
    ]
    await set_timers(session, timers)
    met = [_contact_row(one, id_, people[one.owner.key].id) for one, id_ in zip(customers, ids, strict=True)]
    contacts = await _insert(session, Contact, met)
    days = [_day_row(one, contacts[at], met[at]) for at, one in birthdays(customers, today).items()]
    await session.execute(insert(ContactDay), days, execution_options=_HISTORY)
    moves = [_first_held(row, id_) for row, id_ in zip(kept, ids, strict=True)]
    await session.execute(insert(Ownership), moves, execution_options=_HISTORY)
    rows = [_visit_row(one, customers[one.customer], ids[one.customer], people[one.owner.key].id) for one in told]
    await session.execute(insert(Visit), rows, execution_options=_HISTORY)
    await _remind(session, moment - _TOLD_SINCE)


async def _units(session: AsyncSession) -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for name in company.BRANCHES:
        root = units.get(company.HEAD)
        units[name] = await org.add_unit(session, name=name, kind=UnitKind.BRANCH, parent=root)
    for name, branch in company.DEPARTMENTS.items():
        units[name] = await org.add_unit(session, name=name, kind=UnitKind.DEPARTMENT, parent=units[branch])
    return units


async def _hire(session: AsyncSession, units: Mapping[str, Unit], bot_id: int) -> dict[str, Employee]:
    """Everybody, with access: they have been here longer than any customer."""
    people: dict[str, Employee] = {}
    for person in company.PEOPLE:
        manager = people[person.manager] if person.manager else None
        unit, language = units[person.unit], person.language if person.language != company.LANGUAGE else None
        employee = await org.add_employee(
            session, name=person.name, unit=unit, roles=person.roles, manager=manager, language=language
        )
        employee.telegram_id, employee.bot_id = person.telegram_id, bot_id
        employee.created_at -= _OLDEST_ARCHIVE + timedelta(days=dice("hired", person.key).randint(0, 900))
        people[person.key] = employee
    await session.flush()
    session.add_all(_invite(key, employee) for key, employee in people.items())
    return people


def _invite(key: str, employee: Employee) -> Invite:
    """The one that the person came in by, on the first day."""
    came = employee.created_at
    token = hashlib.sha256(f"demo {key}".encode()).digest()
    return Invite(employee_id=employee.id, token_hash=token, created_at=came, expires_at=came + VALID_FOR, used_at=came)


def _customer_rows(
    customers: Sequence[Archive], told: Iterable[Told], people: Mapping[str, Employee]
) -> list[dict[str, Any]]:
    latest = {one.customer: one for one in told}  # in the order they happened: the last one stays
    return [_customer_row(one, latest.get(at), people[one.owner.key].id) for at, one in enumerate(customers)]


def _customer_row(archive: Archive, last: Told | None, owner_id: int) -> dict[str, Any]:
    """The row as `create_customer` and then `log_visit` for each visit would have left it."""
    made_at = story.created_at(archive)
    customer = Customer(
        **{field: getattr(archive, field) for field in _KEPT},
        owner_id=owner_id,
        created_by=owner_id,
        created_at=made_at,
        held_since=made_at,
        status="normal",
        **_life(archive, made_at, last),
        team=[],
        territory=territory_of(default(), archive.city),
        maintained_at=max(made_at, last.happened_at) if last else made_at,
        last_followup_at=last.happened_at if last else None,
        next_step_on=last.next_on if last else None,
        extra={},
        revision=1,
    )
    met_through(customer, [archive.contact_name], [archive.phone])
    columns = [column.key for column in inspect(Customer).column_attrs if column.key != "id"]
    return {column: getattr(customer, column) for column in columns}


_STAGES: Final = {
    "a": ("formal", "delivering", "repeat", "repeat", "negotiation"),
    "b": ("formal", "opportunity", "solution", "negotiation", "delivering"),
    "c": ("formal", "formal", "potential", "repeat", "stalled"),
    "new": ("potential", "potential", "opportunity", "solution", "stalled"),
}


def _life(archive: Archive, made_at: datetime, last: Told | None) -> dict[str, Any]:
    """How far it has gone with them, and since when."""
    rng = dice("life", archive.name)
    if last is None:
        return {"stage": "target", "stage_since": made_at}
    since = made_at + max(last.happened_at - made_at, timedelta(0)) * rng.uniform(0.4, 1)
    return {"stage": rng.choice(_STAGES[archive.type]), "stage_since": since}


def _first_held(row: Mapping[str, Any], customer_id: int) -> dict[str, Any]:
    """The first line of the ownership log."""
    return {
        "customer_id": customer_id,
        "at": row["held_since"],
        "by_id": row["created_by"],
        "kind": Kind.CREATE.value,
        "to_owner_id": row["owner_id"],
    }


def _contact_row(archive: Archive, customer_id: int, by: int) -> dict[str, Any]:
    """Whom the archive was made with."""
    return {
        "customer_id": customer_id,
        "name": archive.contact_name,
        "title": archive.contact_title,
        "phone": archive.phone,
        "is_primary": True,
        "created_by": by,
        "created_at": story.created_at(archive),
        "revision": 1,
    }


def _day_row(day: Yearly, contact_id: int, met: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "contact_id": contact_id,
        "title": None,
        **{field: getattr(day, field) for field in ("lunar", "month", "day", "leap", "year")},
        "created_by": met["created_by"],
        "created_at": met["created_at"],
    }


async def _remind(session: AsyncSession, since: datetime) -> None:
    """What was due then has stood in people's lists since, undone: their managers read of it."""
    clock = session.info["clock"]
    session.info["clock"] = FixedClock(since)
    try:
        await notice(session, STALE)
    finally:
        session.info["clock"] = clock


def _visit_row(told: Told, customer: Archive, customer_id: int, employee_id: int) -> dict[str, Any]:
    """As logged at the customer's or from afar; two of three visits in person were begun with a check-in."""
    rng = dice("spot", customer.name, told.happened_at.isoformat())
    here = told.kind not in (VisitKind.PHONE, VisitKind.MATERIAL) and rng.random() < _CHECKED_IN
    far = here and rng.random() < _AWAY
    metres = rng.randint(900, 4_000) if far else rng.randint(5, 180)
    return {
        "customer_id": customer_id,
        "employee_id": employee_id,
        "kind": told.kind.value,
        "happened_at": told.happened_at,
        "started_at": told.happened_at if here else None,
        "ended_at": told.created_at if here else None,
        "summary": told.summary,
        "keys": prose_keys(told.summary),
        "next_on": told.next_on,
        "latitude": round(customer.latitude + metres / _METRES_A_DEGREE, 6) if here else None,
        "longitude": customer.longitude if here else None,
        "distance_m": metres if here else None,
        "outside": far,
        "place_reason": rng.choice([*Away, None]) if far else None,
        "created_at": told.created_at,
    }


async def _insert(session: AsyncSession, table: type[Customer | Contact], rows: list[dict[str, Any]]) -> Sequence[int]:
    """The new ids, in the order of the rows."""
    statement = insert(table).returning(table.id, sort_by_parameter_order=True)
    return (await session.scalars(statement, rows, execution_options=_HISTORY)).all()
