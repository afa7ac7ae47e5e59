"""Rights on tasks: to oneself, to direct and indirect subordinates (PL07), from headquarters to units (PL08 BR10)."""

from crm_core.org.rights import Scope, permission

GIVE = permission(
    "task.give",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
READ = permission(
    "task.read",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
"""Of whose share one reads how it went; who gave a task reads all of it."""
PLAN_SALES = permission(
    "sales_plan.make",
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
