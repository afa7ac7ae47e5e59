"""What was spent on a customer that goes into another one was spent on that one (BY11)."""

from crm_core.budgets.models import BudgetEntry
from crm_core.kit.merging import goes_along

goes_along(BudgetEntry.customer_id)
