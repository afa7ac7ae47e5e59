"""Rights on leave. Who signs a request reads what it is about without any of these."""

from crm_core.org.rights import Scope, permission

REQUEST = permission(
    "leave.request",
    rep=Scope.OWN,
    manager=Scope.OWN,
    finance=Scope.OWN,
    operations=Scope.OWN,
    executive=Scope.OWN,
    admin=Scope.OWN,
)
READ = permission(
    "leave.read",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
