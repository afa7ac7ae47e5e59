"""What tasks tell others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaskGiven:
    """Somebody gave a task to these people."""

    task_id: int
    by_id: int
    employee_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ShareEnded:
    """A share is done (with what was said of it), or was dropped by who gave the task."""

    share_id: int
    task_id: int
    employee_id: int
    by_id: int
    state: str
