"""What the organisation tells others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmployeeLeaving:
    """A person is about to leave. A subscriber that knows a reason against it raises a DomainError."""

    employee_id: int
    name: str
