"""Operations on visit records: logging one, beginning and ending one on the spot, correcting one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.service import attach
from crm_core.contacts.models import Contact
from crm_core.custom_fields import service as custom_fields
from crm_core.customers.models import Customer
from crm_core.customers.service import followed_up, locked, place
from crm_core.kit import textkeys
from crm_core.kit.behind import nested
from crm_core.kit.db import now
from crm_core.kit.errors import CHANGED_MEANWHILE, NOT_FOUND, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.playbook.service import in_force
from crm_core.visits import errors, values
from crm_core.visits.commands import ChangeVisit, FinishVisit, LogVisit, StartVisit
from crm_core.visits.events import VisitLogged
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.permissions import CHANGE, LOG

EDITABLE: Final = ("kind", "contact", "summary", "happened_at", "next_on", "cost", "photos", "location", "place_reason")
_ONE_OPEN: Final = "ix_visit_open"


async def log_visit(session: AsyncSession, actor: Actor, command: LogVisit) -> Visit:
    """Log a visit (CD01).

    Raises `visit.in_future`, `visit.too_old`, `visit.next_in_past`, `visit.cost_negative`, `required`, `too_long`.
    """
    customer = await locked(session, command.customer)
    await require(session, actor, LOG, on=customer)
    moment = now(session)
    visit = Visit(
        customer_id=customer.id,
        employee_id=actor.id,
        happened_at=values.event_time(command.happened_at, moment),
        created_at=moment,
    )
    await _tell(session, actor, customer, visit, command)
    return visit


async def start_visit(session: AsyncSession, actor: Actor, command: StartVisit) -> Visit:
    """Check in (BY02): a record with the place, seen by superiors at once; what was talked about comes at its end.

    Raises `visit.open_already` while another one of the actor's is open.
    """
    customer = await locked(session, command.customer)
    await require(session, actor, LOG, on=customer)
    moment = now(session)
    visit = Visit(
        customer_id=customer.id,
        employee_id=actor.id,
        contact_id=await _contact(session, customer, command.contact),
        kind=VisitKind(command.kind).value,
        happened_at=moment,
        started_at=moment,
        summary="",
        keys=[],
        created_at=moment,
    )
    await _place(session, actor, customer, visit, command.location)
    try:
        async with nested(session):
            session.add(visit)
            await session.flush()
    except IntegrityError as error:
        if _ONE_OPEN not in str(error.orig):
            raise
        raise await _open_already(session, actor) from error
    await attach(session, actor, "visit", visit.id, command.photos)
    return visit


async def _open_already(session: AsyncSession, actor: Actor) -> DomainError:
    statement = select(Customer.name).join(Visit, Visit.customer_id == Customer.id)
    statement = statement.where(Visit.employee_id == actor.id, Visit.started_at.is_not(None), Visit.ended_at.is_(None))
    return DomainError(errors.OPEN_ALREADY, customer=await session.scalar(statement) or "")


async def finish_visit(session: AsyncSession, actor: Actor, command: FinishVisit) -> Visit:
    """End an open visit (BY02). One that was forgotten has no duration, unless its end is said.

    Raises `visit.not_open`, `visit.ended_before_start`, `visit.too_long`, and as `log_visit`.
    """
    visit, customer = await _own_open(session, actor, command.visit_id)
    assert visit.started_at is not None
    visit.ended_at = values.end(command.ended_at, visit.started_at, now(session))
    if visit.ended_at is None:
        visit.started_at = None
    await _tell(session, actor, customer, visit, command)
    return visit


async def drop_visit(session: AsyncSession, actor: Actor, visit_id: int) -> None:
    """Take back a check-in that was a mistake; the audit keeps it. Raises `visit.not_open`."""
    visit, _ = await _own_open(session, actor, visit_id)
    await session.delete(visit)
    await session.flush()


async def _own_open(session: AsyncSession, actor: Actor, visit_id: int) -> tuple[Visit, Customer]:
    visit = await _locked_visit(session, visit_id)
    if visit.employee_id != actor.id:
        raise DomainError(NOT_FOUND)
    if not visit.is_open:
        raise DomainError(errors.NOT_OPEN)
    return visit, await locked(session, visit.customer_id)


async def _tell(
    session: AsyncSession, actor: Actor, customer: Customer, visit: Visit, told: LogVisit | FinishVisit
) -> None:
    """Fill in what was said of a visit, and tell who waits for it."""
    visit.kind = VisitKind(told.kind).value
    visit.summary = values.summary(told.summary, told.voice)
    visit.contact_id = await _contact(session, customer, told.contact)
    book = await in_force(session, actor.playbook_version)
    visit.extra = custom_fields.checked(book, "visit", customer.type, told.extra)
    visit.keys = list(textkeys.prose_keys(visit.summary))
    visit.next_on = values.next_on(told.next_on, actor.today(now(session)))
    visit.cost = values.cost(told.cost)
    if told.location is not None and visit.latitude is None:  # where it began is where it was
        await _place(session, actor, customer, visit, told.location)
    session.add(visit)
    await session.flush()
    voice = (told.voice,) if told.voice is not None else ()
    await attach(session, actor, "visit", visit.id, (*told.photos, *voice, *told.files))
    await followed_up(session, actor, customer, visit.happened_at, visit.next_on)
    await publish(session, VisitLogged(visit.id, customer.id, actor.id))


async def _contact(session: AsyncSession, customer: Customer, contact_id: int | None) -> int | None:
    """Whom one talked with: somebody of that customer, also one who has gone since."""
    if contact_id is None:
        return None
    there = select(Contact.id).where(Contact.id == contact_id, Contact.customer_id == customer.id)
    if await session.scalar(there) is None:
        raise DomainError(NOT_FOUND, field="contact")
    return contact_id


async def _place(
    session: AsyncSession, actor: Actor, customer: Customer, visit: Visit, location: values.Location | None
) -> None:
    """Where it was logged, and how far from the customer that is (BY01)."""
    book = await in_force(session, actor.playbook_version)
    visit.latitude, visit.longitude = location or (None, None)
    visit.distance_m = values.distance(customer, location)
    visit.outside = values.is_outside(book, visit.distance_m)


async def change_visit(session: AsyncSession, actor: Actor, command: ChangeVisit) -> Visit:
    """Change one field of a visit (VI09). Photos are added to those it has.

    Raises `changed_meanwhile` when the card was out of date, `visit.still_open`, and as `log_visit`.
    """
    visit = await _locked_visit(session, command.visit_id)
    await require(session, actor, CHANGE, on=visit.employee_id)
    if command.field not in (*EDITABLE, "extra"):
        raise DomainError(NOT_FOUND)
    if visit.is_open and command.field not in ("place_reason", "location"):
        raise DomainError(errors.STILL_OPEN)
    if command.revision is not None and command.revision != visit.revision:
        raise DomainError(CHANGED_MEANWHILE)
    customer = await locked(session, visit.customer_id)
    if command.field == "photos":
        await attach(session, actor, "visit", visit.id, command.value)
    elif command.field == "location":
        await _place(session, actor, customer, visit, command.value)
    elif command.field == "contact":
        visit.contact_id = await _contact(session, customer, command.value)
    elif command.field == "extra":
        book = await in_force(session, actor.playbook_version)
        visit.extra = custom_fields.merged(book, "visit", customer.type, visit.extra, command.value)
    else:
        was = visit.happened_at
        setattr(visit, command.field, _checked(session, actor, command))
        _move(visit, visit.happened_at - was, now(session))
        visit.keys = list(textkeys.prose_keys(visit.summary))
        if command.field in ("happened_at", "next_on"):
            await session.flush()
            await _follow_again(session, actor, customer, was)
    await session.flush()
    return visit


def _checked(session: AsyncSession, actor: Actor, command: ChangeVisit) -> Any:
    moment = now(session)
    checks: dict[str, Callable[[Any], Any]] = {
        "kind": lambda value: VisitKind(value).value,
        "summary": values.summary,
        "happened_at": lambda value: values.event_time(value, moment),
        "next_on": lambda value: values.next_on(value, actor.today(moment)),
        "cost": values.cost,
        "place_reason": values.reason,
    }
    return checks[command.field](command.value)


def _move(visit: Visit, by: timedelta, moment: datetime) -> None:
    """A visit that was begun on the spot keeps its duration when it is put at another time."""
    if visit.started_at is None or visit.ended_at is None or not by:
        return
    if visit.ended_at + by > moment:
        raise DomainError(errors.IN_FUTURE, field="happened_at")
    visit.started_at += by
    visit.ended_at += by


async def _follow_again(session: AsyncSession, actor: Actor, customer: Customer, was: datetime) -> None:
    """If it was the customer's latest visit, the one that is the latest now says when, and what comes next."""
    if customer.last_followup_at is None or customer.last_followup_at > was:
        return
    latest = select(Visit).where(Visit.customer_id == customer.id, Visit.summary != "")
    visit = await session.scalar(latest.order_by(Visit.happened_at.desc(), Visit.id.desc()).limit(1))
    if visit is not None:
        customer.last_followup_at = None
        await followed_up(session, actor, customer, visit.happened_at, visit.next_on)


async def set_customer_point(session: AsyncSession, actor: Actor, visit_id: int) -> Customer:
    """The customer is where this visit was logged (BY01). Raises `visit.no_place`, `not_allowed`."""
    visit = await _locked_visit(session, visit_id)
    if visit.latitude is None or visit.longitude is None:
        raise DomainError(errors.NO_PLACE)
    return await place(session, actor, visit.customer_id, (visit.latitude, visit.longitude))


async def _locked_visit(session: AsyncSession, visit_id: int) -> Visit:
    visit = await session.get(Visit, visit_id, with_for_update=True, populate_existing=True)
    if visit is None:
        raise DomainError(NOT_FOUND)
    return visit


__all__ = ["ChangeVisit", "FinishVisit", "LogVisit", "StartVisit", "Visit", "VisitKind"]
