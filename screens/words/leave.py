"""Words of leave."""

from crm_core.leave import errors
from screens.screen import N_
from screens.things import thing
from screens.wording import explain

explain(errors.NO_FLOW, N_("Your company has no flow for leave. Ask your admin to add one to the playbook."))
explain(errors.UNKNOWN_KIND, N_("There is no such kind of leave. Tap one of those shown."))
explain(errors.ENDS_BEFORE, N_("The last day lies before the first one. Choose the same day or a later one."))
explain(errors.TOO_LONG_AGO, N_("That is more than %(days)s days ago. Choose a later day, or ask your supervisor."))
explain(errors.TOO_LONG, N_("Leave has at most %(most)s days. Choose an earlier last day."))
explain(errors.NO_WORKING_DAY, N_("Nobody works on those days: no leave is needed. Choose other days."))
explain(errors.OVERLAPS, N_("You have asked for leave there already: %(since)s – %(until)s. Choose other days."))
explain(
    errors.NOT_ENOUGH,
    N_("You have %(left)s days of it left in %(year)s, this takes %(wanted)s. Choose fewer days or another kind."),
)

thing("absence", N_("leave"), opens="absence")
