"""Expected failures of trips and claims."""

from crm_core.kit.errors import declare

NO_FLOW = declare("expense.no_flow")
TRIP_IN_PAST = declare("trip.in_past")
TRIP_ENDS_BEFORE = declare("trip.ends_before")
TRIP_TOO_LONG = declare("trip.too_long", "most")
TRIP_OVERLAPS = declare("trip.overlaps", "place", "since", "until")
TRIP_NOT_APPROVED = declare("trip.not_approved")
TRIP_BEGUN = declare("trip.begun")
TRIP_OVER = declare("trip.over")
COST_NEGATIVE = declare("expense.cost_negative")
NO_LINES = declare("expense.no_lines")
LINE_IN_FUTURE = declare("expense.line_in_future")
LINE_TOO_OLD = declare("expense.line_too_old")
SUM_OF_LINES = declare("expense.sum_of_lines")
"""The sum of a claim is what its lines come to; it is changed there."""
NOT_RETURNED = declare("expense.not_returned")
NOT_TO_BE_PAID = declare("expense.not_to_be_paid")
PAID_ALREADY = declare("expense.paid_already", "name", "at")
WITHDRAW_INSTEAD = declare("expense.withdraw_instead")
OWN_CLAIM = declare("expense.own_claim")
