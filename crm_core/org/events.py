"""What the organisation tells others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmployeeLeaving:
    """A person is about to leave. A subscriber that knows a reason against it raises a DomainError."""

    employee_id: int
    name: str


@dataclass(frozen=True, slots=True)
class DutiesHandedOver:
    """All that a person holds goes to colleagues; what hangs on no customer goes to this one."""

    employee_id: int
    to_id: int
    by_id: int
