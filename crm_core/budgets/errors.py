"""Expected failures of budgets."""

from crm_core.kit.errors import declare

OVER = declare("budget.over", "name", "left", "over", doubt=True)
"""More is asked for than is left; nobody has allowed it by name, and who asks has not said to know it."""
NEEDS_OVERRIDE = declare("budget.needs_override", "name", "over")
"""Who signs last may not overrun this budget, and nobody who may has signed or allowed it."""
NOT_POSITIVE = declare("budget.not_positive")
ENDS_BEFORE_IT_BEGINS = declare("budget.ends_before_it_begins")
TOO_LONG_PERIOD = declare("budget.too_long_period")
BELOW_SPENT = declare("budget.below_spent", "spent")
OUTSIDE = declare("budget.outside", "day")
"""Something was spent from it on a day that would no longer lie in its period."""
CLOSED = declare("budget.closed")
NOTHING_TO_ALLOW = declare("budget.nothing_to_allow")
TWICE = declare("budget.twice", "name")
