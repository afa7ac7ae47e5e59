"""What may stand in a visit: each function takes what was said and gives what is stored, or refuses."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from crm_core.attachments.service import FileRef
from crm_core.customers.models import Customer
from crm_core.kit.errors import REQUIRED, TOO_LONG, DomainError
from crm_core.kit.places import haversine_m
from crm_core.playbook.book import Playbook
from crm_core.visits import errors

LONGEST_SUMMARY: Final = 2000
LONGEST_REASON: Final = 100
OLDEST_DAYS: Final = 366
FORGOTTEN_AFTER: Final = timedelta(hours=12)
"""An open visit older than this has no end that anybody would believe: it must be said, or there is no duration."""
_CLOCK_SKEW: Final = timedelta(minutes=5)
_LATE_AFTER: Final = timedelta(minutes=2)
_UNDOUBTED_FOR: Final = timedelta(hours=24)

Location = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Late:
    """The event time of a message that arrived late; a `doubtful` one is shown to be confirmed first (BY06)."""

    at: datetime
    doubtful: bool


def late(sent_at: datetime, moment: datetime) -> Late | None:
    """When something took place that was sent at `sent_at` and arrives at `moment`; none if it arrives in time.

    A phone without a network sends what was typed hours later; the message's own date is then the event's.
    """
    delay = moment - sent_at
    return Late(sent_at, delay > _UNDOUBTED_FOR) if delay > _LATE_AFTER else None


def summary(text: str, voice: FileRef | None = None) -> str:
    """What was said; of a voice message alone its length, so that the record says something wherever it is listed."""
    text = text.strip()
    if not text and voice is not None:
        minutes, seconds = divmod(voice.duration or 0, 60)
        return f"🎤 {minutes}:{seconds:02d}"
    if not text:
        raise DomainError(REQUIRED, field="summary")
    if len(text) > LONGEST_SUMMARY:
        raise DomainError(TOO_LONG, field="summary", max=LONGEST_SUMMARY)
    return text


def event_time(said: datetime | None, moment: datetime) -> datetime:
    """Now unless said; phones' clocks may run ahead a little. Raises `visit.in_future`, `visit.too_old`."""
    if said is None:
        return moment
    if said > moment + _CLOCK_SKEW:
        raise DomainError(errors.IN_FUTURE, field="happened_at")
    if said < moment - timedelta(days=OLDEST_DAYS):
        raise DomainError(errors.TOO_OLD, field="happened_at", days=OLDEST_DAYS)
    return min(said, moment)


def next_on(said: date | None, today: date) -> date | None:
    if said is not None and said < today:
        raise DomainError(errors.NEXT_IN_PAST, field="next_on")
    return said


def cost(said: Decimal | None) -> Decimal | None:
    if said is not None and said < 0:
        raise DomainError(errors.COST_NEGATIVE, field="cost")
    return said


def reason(text: str) -> str:
    text = " ".join(text.split())
    if not text:
        raise DomainError(REQUIRED, field="place_reason")
    if len(text) > LONGEST_REASON:
        raise DomainError(TOO_LONG, field="place_reason", max=LONGEST_REASON)
    return text


def end(said: datetime | None, started_at: datetime, moment: datetime) -> datetime | None:
    """When an open visit ended (BY02): now, unless said. A forgotten one for which nothing is said has no end.

    Raises `visit.ended_before_start`, `visit.in_future`, `visit.too_long`.
    """
    if said is None:
        return moment if moment - started_at <= FORGOTTEN_AFTER else None
    if said < started_at:
        raise DomainError(errors.ENDED_BEFORE_START, field="ended_at")
    if said > moment + _CLOCK_SKEW:
        raise DomainError(errors.IN_FUTURE, field="ended_at")
    if said - started_at > FORGOTTEN_AFTER:
        raise DomainError(errors.TOO_LONG, field="ended_at", hours=int(FORGOTTEN_AFTER.total_seconds() // 3600))
    return min(said, moment)


def distance(customer: Customer, location: Location | None) -> int | None:
    """Whole metres from the customer's point; none when either is not known."""
    if location is None or customer.latitude is None or customer.longitude is None:
        return None
    return round(haversine_m(customer.latitude, customer.longitude, *location))


def is_outside(book: Playbook, metres: int | None) -> bool:
    return metres is not None and metres > book.check_in.radius_m
