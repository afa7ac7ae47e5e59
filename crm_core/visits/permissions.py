"""Who may log and read visits."""

from crm_core.org.rights import Scope, permission

LOG = permission("visit.log", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
READ = permission(
    "visit.read",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
