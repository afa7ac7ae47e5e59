"""Expected failures of leave."""

from crm_core.kit.errors import declare

NO_FLOW = declare("leave.no_flow")
UNKNOWN_KIND = declare("leave.unknown_kind")
ENDS_BEFORE = declare("leave.ends_before")
TOO_LONG_AGO = declare("leave.too_long_ago", "days")
TOO_LONG = declare("leave.too_long", "most")
NO_WORKING_DAY = declare("leave.no_working_day")
OVERLAPS = declare("leave.overlaps", "since", "until")
NOT_ENOUGH = declare("leave.not_enough", "left", "wanted", "year")
