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
STANDS_IN_FOR_ONESELF = declare("stand_in.oneself")
STAND_IN_IN_PAST = declare("stand_in.in_past")
STAND_IN_NO_DAY = declare("stand_in.no_day")
STAND_IN_TOO_LONG = declare("stand_in.too_long")
STAND_IN_THERE = declare("stand_in.there", "name")
WORK_DAY_FAR = declare("work_days.far")
DIGEST_QUIET = declare("digest.quiet")
