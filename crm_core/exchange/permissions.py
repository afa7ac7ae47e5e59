"""Who may bring customers in, and for whom; who may take theirs out."""

from typing import Final

from crm_core.org.rights import Scope, permission

IMPORT: Final = permission(
    "customer.import", rep=Scope.OWN, manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL
)
"""On the employee whose customers they become."""
EXPORT: Final = permission(
    "customer.export",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
"""On whose customers they are; what one may not read is left out all the same."""
