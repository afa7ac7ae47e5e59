"""Who may do what with pools. Which pools a person sees besides, the playbook says."""

from crm_core.org.rights import Scope, permission

SEE = permission(
    "pool.see",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
CLAIM = permission("pool.claim", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
ASSIGN = permission("pool.assign", manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
KEEP = permission("pool.keep", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
DECIDE = permission("pool.decide", manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
"""Give more time without asking anybody."""
