"""Who may tell others something: superiors their people, headquarters everybody and each unit (BR10).

Whose scope is only the own has nobody to tell. What one was told, one may read: no permission is asked for that.
"""

from crm_core.org.rights import Scope, permission

TELL = permission(
    "notice.tell",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
