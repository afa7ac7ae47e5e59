"""Expected failures of visit records."""

from crm_core.kit.errors import declare

IN_FUTURE = declare("visit.in_future")
TOO_OLD = declare("visit.too_old", "days")
NEXT_IN_PAST = declare("visit.next_in_past")
COST_NEGATIVE = declare("visit.cost_negative")
OPEN_ALREADY = declare("visit.open_already", "customer")
NOT_OPEN = declare("visit.not_open")
STILL_OPEN = declare("visit.still_open")
ENDED_BEFORE_START = declare("visit.ended_before_start")
TOO_LONG = declare("visit.too_long", "hours")
NO_PLACE = declare("visit.no_place")
