"""Trips (EX01): asked for, begun once approved; their request says how they stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals import service as approvals
from crm_core.approvals.case import Case
from crm_core.approvals.facts import Status
from crm_core.approvals.service import Apply
from crm_core.budgets.ledger import knowing
from crm_core.customers.queries import find as find_customer
from crm_core.expenses import errors, values
from crm_core.expenses.models import COUNTS, Trip, TripCustomer
from crm_core.expenses.permissions import REQUEST
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.playbook.service import in_force

SUBJECT: Final = "trip"
FORM: Final = frozenset({"place", "since", "until", "purpose", "amount", "days"})
"""The fields of a trip's request that are ours; what else its flow asks is the company's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTrip:
    """A trip to be approved. `cost` is what it is reckoned to cost; `extra` what the company's flow asks besides."""

    flow: str
    place: str
    since: date
    until: date
    purpose: str
    cost: Decimal | None = None
    customers: Sequence[int] = ()
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Asked:
    """A trip or claim, and what became of its request."""

    record: Any
    case: Case

    @property
    def id(self) -> int:
        return self.record.id


async def request_trip(session: AsyncSession, actor: Actor, command: RequestTrip) -> Asked:
    """Ask for a trip. Raises `trip.…`, `required`, `too_long`, `not_found` for a customer out of sight, and as
    `approvals.service.submit`.
    """
    await require(session, actor, REQUEST)
    flow = values.flow_of(await in_force(session, actor.playbook_version), SUBJECT, command.flow)
    values.days(command.since, command.until, actor.today(now(session)))
    await refuse_overlap(session, actor.id, command.since, command.until)
    trip = Trip(
        employee_id=actor.id,
        place=values.words("place", command.place, values.LONGEST_PLACE),
        since=command.since,
        until=command.until,
        purpose=values.words("purpose", command.purpose, values.LONGEST_PURPOSE),
        cost=values.money("cost", command.cost),
        state=Status.RUNNING.value,
        created_at=now(session),
    )
    session.add(trip)
    await session.flush()
    about = [(await find_customer(session, actor, one)).id for one in dict.fromkeys(command.customers)]
    session.add_all(TripCustomer(trip_id=trip.id, customer_id=one) for one in dict.fromkeys(about))
    await session.flush()
    form = knowing(form_of(trip) | values.own(flow, FORM, command.extra), command.confirmed)
    case = await approvals.submit(
        session,
        actor,
        Apply(
            flow=flow.key,
            title=trip.place,
            form=form,
            key=f"{SUBJECT}:{trip.id}",
            subject=(SUBJECT, trip.id),
            about=about[0] if about else None,
            amount=trip.cost,
        ),
    )
    return Asked(trip, case)


def form_of(trip: Trip) -> dict[str, Any]:
    """The trip as the form of its request has it: JSON by key."""
    form: dict[str, Any] = {
        "place": trip.place,
        "since": trip.since.isoformat(),
        "until": trip.until.isoformat(),
        "purpose": trip.purpose,
        "days": (trip.until - trip.since).days + 1,
    }
    return form if trip.cost is None else form | {"amount": str(trip.cost)}


async def refuse_overlap(
    session: AsyncSession, employee_id: int, since: date, until: date, but: int | None = None
) -> None:
    """Nobody is in two places. Raises `trip.overlaps`."""
    there = select(Trip).where(
        Trip.employee_id == employee_id, Trip.state.in_(COUNTS), Trip.since <= until, Trip.until >= since
    )
    if but is not None:
        there = there.where(Trip.id != but)
    other = await session.scalar(there.order_by(Trip.since).limit(1))
    if other is not None:
        facts = {"place": other.place, "since": other.since.isoformat(), "until": other.until.isoformat()}
        raise DomainError(errors.TRIP_OVERLAPS, field="since", **facts)


async def begin_trip(session: AsyncSession, actor: Actor, trip_id: int) -> Trip:
    """Set out: never before it is approved (EX01). Raises `trip.not_approved`, `trip.begun`, `trip.over`."""
    trip = await locked_trip(session, trip_id)
    if trip.employee_id != actor.id:
        raise DomainError(NOT_FOUND)
    if trip.state != Status.APPROVED:
        raise DomainError(errors.TRIP_NOT_APPROVED)
    if trip.began_at is not None:
        raise DomainError(errors.TRIP_BEGUN)
    if actor.today(now(session)) > trip.until:
        raise DomainError(errors.TRIP_OVER)
    trip.began_at = now(session)
    await session.flush()
    return trip


async def locked_trip(session: AsyncSession, trip_id: int) -> Trip:
    trip = await session.get(Trip, trip_id, with_for_update=True, populate_existing=True)
    if trip is None:
        raise DomainError(NOT_FOUND)
    return trip
