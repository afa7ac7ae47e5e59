"""Nothing of budgets is taken back by the undo button."""

from crm_core.budgets.models import Budget, BudgetEntry
from crm_core.kit.undo import stays

stays(Budget, "requests hold money of it from the moment it stands; it is changed or closed instead")
stays(BudgetEntry, "it follows its request, which has verbs of its own")
