"""What approvals tell features above: in the same transaction, once each round."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_core.approvals.case import Case
from crm_core.approvals.facts import Status


@dataclass(frozen=True, slots=True)
class ApprovalSubmitted:
    """A request starts on its way, for the first time or again. A subscriber that knows a reason against it raises."""

    approval_id: int
    flow: str
    subject_type: str | None
    subject_id: int | None
    applicant_id: int
    round: int
    form: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ApprovalEnded:
    """A request came to its end, or what was approved was revoked."""

    approval_id: int
    flow: str
    subject_type: str | None
    subject_id: int | None
    applicant_id: int
    round: int
    status: Status
    by_id: int | None


@dataclass(frozen=True, slots=True)
class ApprovalReturned:
    """A request is back with its applicant: what was held for it is free until it comes again."""

    approval_id: int
    flow: str
    subject_type: str | None
    subject_id: int | None
    applicant_id: int
    round: int


@dataclass(frozen=True, slots=True)
class SeatsReplaced:
    """Somebody left, and others sign in the place: they are still to be told."""

    case: Case
