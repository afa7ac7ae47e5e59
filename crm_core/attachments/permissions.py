"""Who may send files again that were lost: everybody what they sent themselves, while they may change the record."""

from crm_core.org.rights import Scope, permission

ADD = permission(
    "attachment.add",
    rep=Scope.OWN,
    manager=Scope.OWN,
    finance=Scope.OWN,
    operations=Scope.OWN,
    executive=Scope.OWN,
    admin=Scope.OWN,
)
