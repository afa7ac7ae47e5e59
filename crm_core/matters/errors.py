"""Expected failures of what hangs on an archive."""

from crm_core.kit.errors import declare

NEGATIVE = declare("matter.negative")
NOT_ONE = declare("matter.not_one")
DAY_IN_PAST = declare("matter.day_in_past")
DAY_IN_FUTURE = declare("matter.day_in_future")
ENDED = declare("matter.ended")
NOT_ENDED = declare("matter.not_ended")
