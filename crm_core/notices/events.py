"""What notices tell others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NoticeRead:
    """Somebody has read it, for the first time."""

    notice_id: int
    employee_id: int


@dataclass(frozen=True, slots=True)
class NoticeEnded:
    """It was withdrawn or replaced: nobody needs to read it any more."""

    notice_id: int
