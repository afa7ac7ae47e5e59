"""Operations on visit records."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.service import FileRef, attach
from crm_core.customers.service import followed_up, locked
from crm_core.kit.db import now
from crm_core.kit.errors import REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import publish
from crm_core.org.actor import Actor
from crm_core.org.rights import require
from crm_core.visits import errors
from crm_core.visits.models import Visit, VisitKind
from crm_core.visits.permissions import LOG

LONGEST_SUMMARY: Final = 2000
OLDEST_DAYS: Final = 366
_CLOCK_SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVisit:
    """Log a visit or talk. `happened_at` is event time; now, unless said."""

    customer: int
    kind: VisitKind
    summary: str
    happened_at: datetime | None = None
    next_on: date | None = None
    photos: tuple[FileRef, ...] = ()
    location: tuple[float, float] | None = None  # latitude, longitude; WGS-84


@dataclass(frozen=True, slots=True)
class VisitLogged:
    """Told to others in the same transaction."""

    visit_id: int
    customer_id: int
    employee_id: int


async def log_visit(session: AsyncSession, actor: Actor, command: LogVisit) -> Visit:
    """Log a visit (CD01). Raises `visit.in_future`, `visit.too_old`, `visit.next_in_past`, `required`, `too_long`."""
    customer = await locked(session, command.customer)
    await require(session, actor, LOG, on=customer.owner_id)
    moment = now(session)
    visit = Visit(
        customer_id=customer.id,
        employee_id=actor.id,
        kind=VisitKind(command.kind).value,
        happened_at=_event_time(command.happened_at, moment),
        summary=_summary(command.summary),
        next_on=_next_on(command.next_on, actor.today(moment)),
        created_at=moment,
    )
    visit.latitude, visit.longitude = command.location or (None, None)
    session.add(visit)
    await session.flush()
    await attach(session, actor, "visit", visit.id, command.photos)
    await followed_up(session, actor, customer, visit.happened_at, visit.next_on)
    await publish(session, VisitLogged(visit.id, customer.id, actor.id))
    return visit


def _summary(text: str) -> str:
    text = text.strip()
    if not text:
        raise DomainError(REQUIRED, field="summary")
    if len(text) > LONGEST_SUMMARY:
        raise DomainError(TOO_LONG, field="summary", max=LONGEST_SUMMARY)
    return text


def _event_time(said: datetime | None, moment: datetime) -> datetime:
    if said is None:
        return moment
    if said > moment + _CLOCK_SKEW:
        raise DomainError(errors.IN_FUTURE, field="happened_at")
    if said < moment - timedelta(days=OLDEST_DAYS):
        raise DomainError(errors.TOO_OLD, field="happened_at", days=OLDEST_DAYS)
    return min(said, moment)


def _next_on(said: date | None, today: date) -> date | None:
    if said is not None and said < today:
        raise DomainError(errors.NEXT_IN_PAST, field="next_on")
    return said
