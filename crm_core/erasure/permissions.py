"""Who may erase what is known of a person."""

from crm_core.org.rights import Scope, permission

ERASE = permission("person.erase", admin=Scope.ALL)
