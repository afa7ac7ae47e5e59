"""Words of reminders."""

from typing import Final

from crm_core.occurrences import errors
from crm_core.occurrences.acts import Later
from crm_core.org.errors import DIGEST_QUIET, WORK_DAY_FAR
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain

explain(
    errors.SNOOZED_ENOUGH,
    N_("Put off %(times)s times already. Do it now, pass it to a colleague, or drop it with a reason."),
)
explain(
    errors.NOT_THEIRS, N_("%(name)s cannot see this record. Choose a colleague who can, or hand the customer over.")
)
explain(errors.NOT_WANTED, N_("%(name)s has switched off reminders of this kind. Choose somebody else."))
explain(errors.NOT_TO_ONESELF, N_("It is yours already. Choose a colleague."))
explain(DIGEST_QUIET, N_("From 21:00 to 08:30 it is quiet. Choose a time of the day."))
explain(WORK_DAY_FAR, N_("Only days from today to the end of the year after next can be set."))

thing("work_day", N_("working day"))
thing("employee_birthday", N_("birthday"))

LATER: Final[dict[Later, Msg]] = {
    Later.HOUR: N_("In 1 hour"),
    Later.AFTERNOON: N_("This afternoon"),
    Later.TOMORROW: N_("Tomorrow morning"),
    Later.MONDAY: N_("Next Monday"),
}
