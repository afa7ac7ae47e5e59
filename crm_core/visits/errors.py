"""Expected failures of visit records."""

from crm_core.kit.errors import declare

IN_FUTURE = declare("visit.in_future")
TOO_OLD = declare("visit.too_old", "days")
NEXT_IN_PAST = declare("visit.next_in_past")
