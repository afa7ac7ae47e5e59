"""The words of an approval's audit: what may happen to a request, and its parts as the facts leave them. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class Status(StrEnum):
    RUNNING = "running"
    RETURNED = "returned"  # back with the applicant
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"  # approved once, and taken back


ENDED: Final = frozenset({Status.APPROVED, Status.REJECTED, Status.WITHDRAWN, Status.REVOKED})


class Origin(StrEnum):
    """How a seat came to be."""

    RULE = "rule"
    ADMIN = "admin"
    ESCALATE = "escalate"
    BEFORE = "before"
    AFTER = "after"


class Seat(StrEnum):
    """What became of a seat."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    CLOSED = "closed"  # decided by others, or no longer asked
    REMOVED = "removed"


class Went(StrEnum):
    """What became of a step."""

    ACTIVE = "active"
    PASSED = "passed"
    REJECTED = "rejected"
    RETURNED = "returned"
    LEFT = "left"  # the request was withdrawn


class Kind(StrEnum):
    """The kinds of facts; each is one row of the audit."""

    SUBMITTED = "submitted"
    RESUBMITTED = "resubmitted"
    OPENED = "opened"  # a step, with its seats
    APPROVED = "approved"
    REJECTED = "rejected"
    RETURNED = "returned"
    PASSED = "passed"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"
    ADDED = "added"
    REMOVED = "removed"
    ESCALATED = "escalated"
    REASSIGNED = "reassigned"  # by an admin, or because somebody left
    REVOKE_ASKED = "revoke_asked"
    REVOKE_REFUSED = "revoke_refused"
    REVOKED = "revoked"
    COMMENTED = "commented"
    ATTACHED = "attached"
    NUDGED = "nudged"
    REMINDED = "reminded"
    COPIED = "copied"


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened. `actor` none: Rounds itself; `for_id`: in whose place the actor acted; `seat` by its number."""

    kind: Kind
    at: datetime
    actor: int | None = None
    for_id: int | None = None
    seat: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(slots=True)
class Chair:
    """A seat of a step: who is to sign, and what became of it."""

    no: int
    visit: int
    holder: int
    origin: Origin
    parent: int | None
    place: int
    why: str | None = None
    """Why it is not whom the rule named: `empty`, `self`, `left`; `picked` by the applicant."""
    added_by: int | None = None
    state: Seat = Seat.PENDING
    by: int | None = None
    decided_at: datetime | None = None
    since: datetime | None = None

    @property
    def pending(self) -> bool:
        return self.state is Seat.PENDING


@dataclass(slots=True)
class Visit:
    """A step that was come to: `node` is the step's id in the flow."""

    seq: int
    node: str
    round: int
    mode: str
    opened_at: datetime
    went: Went = Went.ACTIVE
    closed_at: datetime | None = None
    due_at: datetime | None = None

    @property
    def active(self) -> bool:
        return self.went is Went.ACTIVE
