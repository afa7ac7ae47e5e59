"""Who changes the company's own words and rules."""

from typing import Final

from crm_core.org.rights import Scope, permission

PUBLISH: Final = permission("playbook.publish", admin=Scope.ALL)
