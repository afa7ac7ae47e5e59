"""Words of handing over, of what somebody holds, of standing in."""

from typing import Final

from crm_core.handover import errors
from crm_core.handover.shares import Rule
from crm_core.org import errors as org
from screens.held import held
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.NOTHING, N_("%(name)s has no customers to hand over any more."))
explain(errors.NOBODY, N_("%(name)s has no superior here. Choose a colleague."))
explain(errors.CANNOT_OWN, N_("%(name)s does not look after customers. Choose another colleague."))
explain(errors.TO_SELF, N_("%(name)s looks after them already. Choose another colleague."))
explain(errors.NO_RECEIVER, N_("Nobody is chosen yet. Tap who takes over."))
explain(errors.IN_POOL, N_("This customer lies in the pool: nobody has it to give away."))
explain(errors.DONE, N_("This handover is done already."))
explain(errors.TOO_MANY, N_("At most %(max)s colleagues can share. Take one out first."))
explain(errors.TOO_LONG_REASON, N_("Say why in at most %(max)s characters."))
explain(errors.ASKED_ALREADY, N_("A transfer of “%(name)s” is asked for already. It has yet to be decided."))
explain(errors.MOVED_ON, N_("“%(name)s” has gone on from there: the transfer can no longer be undone."))
explain(org.STANDS_IN_FOR_ONESELF, N_("Nobody stands in for oneself. Choose a colleague."))
explain(org.STAND_IN_IN_PAST, N_("That day is over. Type today or a later day."))
explain(org.STAND_IN_NO_DAY, N_("The last day lies before the first. Type a later one."))
explain(org.STAND_IN_TOO_LONG, N_("A year is the longest. Type an earlier day."))
explain(
    org.STAND_IN_THERE, N_("%(name)s stands in on one of these days already. Choose other days, or end that first.")
)

RULES: Final[dict[Rule, Msg]] = {
    Rule.ONE: N_("To one colleague"),
    Rule.EVENLY: N_("Evenly to several"),
    Rule.CITY: N_("By city to several"),
}

held("next_step", N_("%(count)s next steps"))
held("need", N_("%(count)s open needs"))
held("trial", N_("%(count)s samples under way"))
held("deal", N_("%(count)s unpaid deals"))
held("helping", N_("helps with %(count)s"))
held("reminder", N_("%(count)s reminders"))
held("draft", N_("%(count)s drafts"))

thing("stand_in", N_("stand-in"))
thing("handover_plan", N_("handover"), opens="handover.look", fields={"done_at": N_("whose the customers are")})
