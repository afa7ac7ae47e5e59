"""Rights on budgets. Whose budget it is sees it; of a department, who may see that department's."""

from crm_core.org.rights import Scope, permission

SEE = permission(
    "budget.see",
    rep=Scope.OWN,
    manager=Scope.DEPARTMENT,
    finance=Scope.ALL,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
REPORT = permission(
    "budget.report",
    manager=Scope.DEPARTMENT,
    finance=Scope.ALL,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
MANAGE = permission("budget.manage", finance=Scope.ALL, executive=Scope.ALL, admin=Scope.ALL)
OVERRIDE = permission("budget.override", finance=Scope.ALL, executive=Scope.ALL, admin=Scope.ALL)
"""Allow by name what goes over a budget (invariant 12)."""
