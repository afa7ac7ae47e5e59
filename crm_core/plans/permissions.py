"""Rights on plans: everybody plans the own work, superiors see what is below them (PL07) and say how it went."""

from crm_core.org.rights import Scope, permission

MAKE = permission(
    "plan.make",
    rep=Scope.OWN,
    manager=Scope.OWN,
    finance=Scope.OWN,
    operations=Scope.OWN,
    executive=Scope.OWN,
    admin=Scope.OWN,
)
READ = permission(
    "plan.read",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
REVIEW = permission(
    "plan.review",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.OWN,
    executive=Scope.SUBORDINATES,
    admin=Scope.OWN,
)
"""Score a plan: only who stands above its person, whatever the reach; see `weeks.review`."""
