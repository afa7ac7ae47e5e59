"""Who may read who looked at what."""

from crm_core.org.rights import Scope, permission

SEE_ACCESS = permission("access.see", admin=Scope.ALL)
