"""What one may do to the organisation itself."""

from crm_core.org.rights import Scope, permission

MANAGE_PEOPLE = permission("people.manage", admin=Scope.ALL)
SEE_TEAM = permission(
    "team.see",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    operations=Scope.ALL,
    executive=Scope.ALL,
    admin=Scope.ALL,
)
NAME_STAND_IN = permission(
    "stand_in.name",
    rep=Scope.OWN,
    manager=Scope.SUBORDINATES,
    finance=Scope.OWN,
    operations=Scope.OWN,
    executive=Scope.OWN,
    admin=Scope.ALL,
)
SET_WORK_DAYS = permission("work_days.set", admin=Scope.ALL)
