"""Expected failures of the organisation."""

from crm_core.kit.errors import declare

INVITE_UNKNOWN = declare("invite.unknown")
INVITE_USED = declare("invite.used")
INVITE_EXPIRED = declare("invite.expired")
ALREADY_MEMBER = declare("invite.already_member", "name")
HAS_ACCESS = declare("invite.has_access", "name")
HAS_LEFT = declare("employee.has_left", "name")
NOT_YOURSELF = declare("employee.not_yourself")
OWNS_CUSTOMERS = declare("employee.owns_customers", "name", "count")
HAS_REPORTS = declare("employee.has_reports", "name", "count")
LAST_ADMIN = declare("employee.last_admin")
CYCLE = declare("org.cycle")
COMPANY_EXISTS = declare("company.exists")
ZONE_UNKNOWN = declare("company.zone_unknown", "zone")
