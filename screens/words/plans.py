"""Words of plans."""

from enum import StrEnum
from typing import Final

from crm_core.plans import errors
from crm_core.plans.models import LineState, Part, WeekState
from crm_core.plans.suggestions import Why
from screens.held import held
from screens.screen import N_, Msg, Words
from screens.things import thing
from screens.wording import explain

explain(errors.DAY_OVER, N_("That day is over. Choose today or a later day; what was done is logged as a visit."))
explain(errors.TOO_FAR, N_("That is more than %(days)s days ahead. Choose an earlier day."))
explain(errors.WEEK_CLOSED, N_("That week has been handed in: it takes no more changes. Plan it for another week."))
explain(errors.THERE_ALREADY, N_("%(customer)s is planned for %(day)s already. Choose another day."))
explain(errors.TOO_MANY, N_("That day has %(most)s lines already. Choose another day."))
explain(errors.NOTHING_SAID, N_("Choose a customer, or say what is to be done."))
explain(errors.NOT_OPEN, N_("This line is no longer open. Here is how it stands."))
explain(errors.EMPTY, N_("Nothing is planned in that week yet. Tap Suggestions to begin."))
explain(errors.NOT_DONE, N_("%(open)s lines are still open, and the week is not over. Do, move or drop them first."))
explain(errors.NOT_SUBMITTED, N_("This week has not been handed in yet. It comes to you by itself when it is over."))
explain(errors.REVIEWED_ALREADY, N_("%(name)s has scored this week already: %(score)s of 5."))
explain(errors.NO_SUCH_SCORE, N_("A score is from 1 to 5. Tap one of them."))

thing("plan_line", N_("plan line"), opens="plan.line")
thing("week_plan", N_("week's plan"), opens="week")
thing("plan_feed", N_("calendar feed"))
held("plan_line", N_("%(count)s planned lines"))


class Remark(StrEnum):
    """What superiors mostly say of a week, by one tap; anything else is in their own words."""

    KEEP = "keep"
    FOCUS = "focus"
    FOLLOW = "follow"
    DETAIL = "detail"


REMARKS: Final[dict[Remark, Msg]] = {
    Remark.KEEP: N_("Well done"),
    Remark.FOCUS: N_("Key accounts first"),
    Remark.FOLLOW: N_("Keep promises"),
    Remark.DETAIL: N_("Plan in detail"),
}
SCORES: Final[dict[int, Msg]] = {
    5: N_("5 excellent"),
    4: N_("4 good"),
    3: N_("3 fair"),
    2: N_("2 weak"),
    1: N_("1 poor"),
}
PARTS: Final[dict[Part, Msg]] = {
    Part.DAY: N_("Any time"),
    Part.MORNING: N_("Morning"),
    Part.AFTERNOON: N_("Afternoon"),
}
LINES: Final[dict[LineState, Msg]] = {
    LineState.OPEN: N_("○ open"),
    LineState.DONE: N_("✓ done"),
    LineState.DROPPED: N_("✗ dropped"),
}
WEEKS: Final[dict[WeekState, Msg]] = {
    WeekState.DRAFT: N_("under way"),
    WeekState.SUBMITTED: N_("handed in"),
    WeekState.REVIEWED: N_("scored"),
}
WHYS: Final[dict[Why, Msg]] = {
    Why.PROMISE: N_("promised"),
    Why.LEFT: N_("left over"),
    Why.BIRTHDAY: N_("birthday"),
    Why.STALE: N_("stale"),
}
SIGNS: Final[dict[str, str]] = {"open": "○", "done": "✓", "dropped": "✗"}


def remark(said: str | None) -> Words | None:
    """A comment: one of ours in the reader's language, or own words."""
    return REMARKS[Remark(said)] if said in set(Remark) else said
