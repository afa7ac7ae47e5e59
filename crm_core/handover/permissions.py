"""Who may hand over what: a superior or an admin all that somebody holds, an owner a customer of the own."""

from crm_core.org.rights import Scope, permission

HAND_OVER = permission("handover", manager=Scope.SUBORDINATES, operations=Scope.ALL, admin=Scope.ALL)
TRANSFER = permission(
    "customer.transfer",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    admin=Scope.ALL,
)
