"""What is checked of a trip's and a claim's single values."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from crm_core.expenses import errors
from crm_core.kit.errors import REQUIRED, TOO_LONG, DomainError
from crm_core.playbook.book import Playbook
from crm_core.playbook.flows import Flow

LONGEST_TRIP: Final = 180  # days
LONGEST_PLACE: Final = 60
LONGEST_PURPOSE: Final = 500
LONGEST_NOTE: Final = 100
OLDEST: Final = timedelta(days=730)  # before that, it is a slip of the pen


def words(field: str, value: str | None, most: int) -> str:
    """A text on one line. Raises `required`, `too_long`."""
    said = " ".join((value or "").split())
    if not said:
        raise DomainError(REQUIRED, field=field)
    if len(said) > most:
        raise DomainError(TOO_LONG, field=field, max=most)
    return said


def optional_words(field: str, value: str | None, most: int) -> str | None:
    return words(field, value, most) if (value or "").strip() else None


def days(since: date, until: date, today: date) -> None:
    """Raises `trip.in_past`, `trip.ends_before`, `trip.too_long`."""
    if since < today:
        raise DomainError(errors.TRIP_IN_PAST, field="since")
    if until < since:
        raise DomainError(errors.TRIP_ENDS_BEFORE, field="until")
    if (until - since).days >= LONGEST_TRIP:
        raise DomainError(errors.TRIP_TOO_LONG, field="until", most=LONGEST_TRIP)


def money(field: str, value: Decimal | None) -> Decimal | None:
    if value is not None and value < 0:
        raise DomainError(errors.COST_NEGATIVE, field=field)
    return value


def spent_on(day: date, today: date) -> date:
    """Raises `expense.line_in_future`, `expense.line_too_old`."""
    if day > today:
        raise DomainError(errors.LINE_IN_FUTURE, field="items")
    if today - day > OLDEST:
        raise DomainError(errors.LINE_TOO_OLD, field="items")
    return day


def flow_of(book: Playbook, subject: str, said: str) -> Flow:
    """The flow that was said, if records of this kind are asked for by it. Raises `expense.no_flow`."""
    flow = book.flow_or_none(said)
    if flow is None or flow.subject != subject:
        raise DomainError(errors.NO_FLOW)
    return flow


def own(flow: Flow, known: frozenset[str], extra: Mapping[str, Any]) -> dict[str, Any]:
    """What the company asks besides, in the flow's form: of what was given, the fields that are not ours."""
    asked = {one.key for one in flow.form} - known
    return {key: value for key, value in extra.items() if key in asked}
