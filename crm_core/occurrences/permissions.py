"""Everybody does with the own reminders what they like."""

from typing import Final

from crm_core.org.models import Role
from crm_core.org.rights import Scope, permission

OWN_REMINDERS: Final = permission("reminder.own", **{role.value: Scope.OWN for role in Role})
