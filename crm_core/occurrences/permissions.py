"""Everybody does with the own reminders what they like."""

from typing import Final

from crm_core.org.rights import Scope, permission

OWN_REMINDERS: Final = permission(
    "reminder.own",
    rep=Scope.OWN,
    manager=Scope.OWN,
    finance=Scope.OWN,
    operations=Scope.OWN,
    executive=Scope.OWN,
    admin=Scope.OWN,
)
