"""Expected failures of plans."""

from crm_core.kit.errors import declare

DAY_OVER = declare("plan.day_over")
TOO_FAR = declare("plan.too_far", "days")
WEEK_CLOSED = declare("plan.week_closed")
THERE_ALREADY = declare("plan.there_already", "customer", "day")
TOO_MANY = declare("plan.too_many", "most")
NOTHING_SAID = declare("plan.nothing_said")
NOT_OPEN = declare("plan.not_open")
EMPTY = declare("plan.empty")
NOT_DONE = declare("plan.not_done", "open")
NOT_SUBMITTED = declare("plan.not_submitted")
REVIEWED_ALREADY = declare("plan.reviewed_already", "name", "score")
NO_SUCH_SCORE = declare("plan.no_such_score")
