"""Rights on trips and claims. Who signs a request reads what it is about without any of these."""

from crm_core.org.rights import Scope, permission

REQUEST = permission(
    "expense.request",
    rep=Scope.OWN,
    manager=Scope.OWN,
    finance=Scope.OWN,
    operations=Scope.OWN,
    executive=Scope.OWN,
    admin=Scope.OWN,
)
READ = permission(
    "expense.read",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.ALL,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
"""A person's trips, claims and whole history (EX06): own, superiors, operations, finance."""
AUDIT = permission("expense.audit", finance=Scope.ALL, operations=Scope.ALL, executive=Scope.ALL)
"""All claims with what is odd about them (EX05)."""
PAY = permission("expense.pay", finance=Scope.ALL)
