"""What plans tell others."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class WeekSubmitted:
    """A week's plan lies with the superior (none for who has none); `by_itself`: nobody pressed anything."""

    plan_id: int
    employee_id: int
    superior_id: int | None
    by_itself: bool


@dataclass(frozen=True, slots=True)
class WeekReviewed:
    """A superior has scored a week, or scored it anew. Scores of a month are the KPI's (PL10)."""

    plan_id: int
    employee_id: int
    week: date
    score: int


@dataclass(frozen=True, slots=True)
class LinesChanged:
    """Lines have been added, moved, done or dropped: what was said of them may be settled."""

    line_ids: tuple[int, ...]
