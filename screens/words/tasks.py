"""Words of tasks."""

from typing import Final

from crm_core.tasks import errors
from crm_core.tasks.models import ShareState
from screens.held import held
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.DUE_OVER, N_("That day is over. Choose today or a later day."))
explain(errors.TOO_FAR, N_("That is more than %(days)s days ahead. Choose an earlier day."))
explain(errors.NOBODY, N_("Nobody of this unit reports to you. Choose another unit, or one person."))
explain(errors.OUT_OF_REACH, N_("You can give tasks to your direct and indirect reports. Choose somebody of them."))
explain(errors.NOT_OPEN, N_("This task was dropped by who gave it. Nothing is left to do."))
explain(errors.PLAN_OVER, N_("The sales plan ends before that day. Choose an earlier day."))
explain(errors.AMOUNT, N_("An amount is more than nought. Please type it again."))
explain(errors.ENDS_BEFORE, N_("The last day lies before the first one. Choose the same day or a later one."))

thing("task", N_("task"), opens="task")
thing("task_share", N_("share of a task"), opens="share")
thing("sales_plan", N_("sales plan"), opens="sales_plan")
held("task", N_("%(count)s open tasks"))

STATES: Final[dict[ShareState, Msg]] = {
    ShareState.OPEN: N_("○ open"),
    ShareState.DONE: N_("✓ done"),
    ShareState.DROPPED: N_("✗ dropped"),
}
SIGNS: Final[dict[str, str]] = {"open": "○", "done": "✓", "dropped": "✗"}
