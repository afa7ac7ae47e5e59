"""Rights on leave. Who signs a request reads what it is about without any of these."""

from crm_core.org.rights import Scope, for_oneself, permission

REQUEST = for_oneself("leave.request")
READ = permission(
    "leave.read",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
