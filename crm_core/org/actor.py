"""Who acts: the person of a unit of work, with what decides rights and words."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NewType
from zoneinfo import ZoneInfo

from crm_core.kit.languages import Language
from crm_core.org.models import Role

EmployeeId = NewType("EmployeeId", int)
UnitId = NewType("UnitId", int)


@dataclass(frozen=True, slots=True)
class Actor:
    """An active employee. `chain` are all superiors and the person itself, `unit_path` the units from the root down.

    `stands_for` are the employees whose place the person takes for a while, `territories` the ones it leads. `sees` is
    what the company says of whose records a role reads, as scopes by role; `masked`: phone numbers of other people's
    customers are shown without their middle.
    """

    id: EmployeeId
    name: str
    roles: frozenset[Role]
    unit_id: UnitId
    unit_path: tuple[int, ...]
    branch_id: int | None
    chain: tuple[int, ...]
    language: Language
    zone: ZoneInfo
    playbook_version: int
    has_reports: bool = False
    stands_for: tuple[int, ...] = ()
    territories: tuple[str, ...] = ()
    sees: tuple[tuple[Role, int], ...] = ()
    masked: bool = False

    def local(self, instant: datetime) -> datetime:
        """The instant on this person's wall clock."""
        return instant.astimezone(self.zone)

    def today(self, instant: datetime) -> date:
        return self.local(instant).date()
