"""Words of reminders."""

from crm_core.occurrences.service import SNOOZED_ENOUGH
from screens.screen import N_
from screens.wording import explain

explain(SNOOZED_ENOUGH, N_("Put off %(times)s times already. Log a visit now, or hand the customer over."))
