"""Who may do what with customers, by the customer's owner."""

from crm_core.org.rights import Scope, permission

READ = permission(
    "customer.read",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.BRANCH,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
CREATE = permission("customer.create", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
CHANGE = permission("customer.change", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
