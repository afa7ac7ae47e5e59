"""What visits tell others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitLogged:
    """A visit has been told whole: logged, or begun on the spot and now ended. In the same transaction."""

    visit_id: int
    customer_id: int
    employee_id: int
