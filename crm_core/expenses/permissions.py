"""Rights on trips and claims. Who signs a request reads what it is about without any of these."""

from crm_core.org.rights import Scope, for_oneself, permission

REQUEST = for_oneself("expense.request")
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
