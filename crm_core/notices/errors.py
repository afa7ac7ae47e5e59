"""Expected failures of notices."""

from crm_core.kit.errors import declare

NOBODY = declare("notice.nobody")
OUT_OF_REACH = declare("notice.out_of_reach")
ENDED = declare("notice.ended")
SINCE_OVER = declare("notice.since_over")
