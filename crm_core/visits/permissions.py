"""Who may log, read and correct visits: by the customer's owner for logging, else by who made the visit."""

from crm_core.org.rights import Scope, permission

LOG = permission(
    "visit.log",
    team=True,
    territory=True,
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    admin=Scope.ALL,
)
READ = permission(
    "visit.read",
    reading=True,
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
CHANGE = permission("visit.change", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
