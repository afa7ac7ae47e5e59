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
    """Lines have been added, moved, done or dropped: what was said of them may be settled. `employee_ids` are those
    whose plans they are, or were.
    """

    line_ids: tuple[int, ...]
    employee_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class MonthSeen:
    """Somebody has looked at the own score of a month, or at the team's."""

    employee_id: int
    month: date
    team: bool
