"""What can be asked of visit records. Places are (latitude, longitude) in WGS-84 degrees."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm_core.attachments.service import FileRef
from crm_core.visits.models import VisitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVisit:
    """Log a visit or talk. `happened_at` is event time; now, unless said. A voice message may stand for the summary."""

    customer: int
    kind: VisitKind
    summary: str = ""
    contact: int | None = None
    happened_at: datetime | None = None
    next_on: date | None = None
    cost: Decimal | None = None
    photos: tuple[FileRef, ...] = ()
    voice: FileRef | None = None
    files: tuple[FileRef, ...] = ()
    location: tuple[float, float] | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class StartVisit:
    """Check in (签到): the visit begins now, what it is about is told when it ends."""

    customer: int
    kind: VisitKind
    contact: int | None = None
    photos: tuple[FileRef, ...] = ()
    location: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishVisit:
    """End an open visit. Without `ended_at` it ends now, or without a duration if it was forgotten."""

    visit_id: int
    kind: VisitKind
    summary: str = ""
    contact: int | None = None
    ended_at: datetime | None = None
    next_on: date | None = None
    cost: Decimal | None = None
    photos: tuple[FileRef, ...] = ()
    voice: FileRef | None = None
    files: tuple[FileRef, ...] = ()
    location: tuple[float, float] | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeVisit:
    """Change one field of a visit, or (`extra`, a mapping by key) some of the company\'s own.

    `revision` is the one the person saw.
    """

    visit_id: int
    field: str
    value: Any
    revision: int | None = None
