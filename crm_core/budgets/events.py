"""What budgets tell features above."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BudgetMoved:
    """What is held or spent of a budget, or its size, is another now."""

    budget_id: int


@dataclass(frozen=True, slots=True)
class BudgetSeen:
    """Somebody has looked at a budget that they were warned of."""

    budget_id: int
    employee_id: int


@dataclass(frozen=True, slots=True)
class OverrunAsked:
    """A request asks for more than is left of these budgets: somebody who may must allow it by name."""

    approval_id: int
    budget_ids: tuple[int, ...]
