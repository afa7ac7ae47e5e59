"""Words of the customer pool."""

from enum import StrEnum
from typing import Final

from crm_core.pool import errors
from screens.screen import N_, Msg, Words
from screens.things import thing
from screens.wording import explain

explain(errors.NO_POOL, N_("Your company has no customer pool. An admin can add one to the playbook."))
explain(errors.TAKEN, N_("%(owner)s was faster and has “%(name)s” now. Choose another one: /pool"))
explain(
    errors.CLAIMED_ENOUGH, N_("You have claimed %(most)s today, that is the most for a day. Tomorrow there is more.")
)
explain(errors.HOLDS_ENOUGH, N_("You look after %(most)s customers, that is the most. Put one back first."))
explain(errors.COOLING_DOWN, N_("You had this customer last. You may claim it again from %(day)s; others may now."))
explain(errors.LOCKED_ENOUGH, N_("You keep %(most)s customers locked, that is the most. Unlock one first."))
explain(errors.IN_POOL, N_("“%(name)s” lies in the customer pool already. Type /pool to claim it."))
explain(errors.NO_DEADLINE, N_("This customer has no deadline: it does not go to the pool."))
explain(errors.EXTENDED_ENOUGH, N_("It was extended %(most)s times already. Log a visit, then it is yours for longer."))
explain(errors.ASKED_ALREADY, N_("More time for “%(name)s” is asked for already. It has yet to be decided."))
explain(errors.TOO_MANY_DAYS, N_("%(most)s days at a time are the most. Choose fewer."))
explain(errors.NO_FLOW, N_("Your company has no request for more time. An admin can add one to the playbook."))

thing("pool_claim", N_("claim from the pool"))
thing("pool_lock", N_("lock against the pool"))
thing("pool_extension", N_("more time with a customer"))

RULES: Final[dict[str, Msg]] = {
    "no_followup": N_("no follow-up for %(days)s days"),
    "not_won": N_("no order for %(days)s days"),
}

KEPT: Final[dict[str, Msg]] = {
    "locked": N_("🔒 Locked: it stays out of the pool."),
    "protected": N_("🛡 It came to you only a few days ago: it stays for now."),
    "asked": N_("⏸ More time is asked for: it stays until that is decided."),
    "approval": N_("⏸ A request about it is under way: it stays until that is decided."),
    "away": N_("⏸ The owner is away: it stays until then."),
    "won": N_("🛡 Won: it stays out of the pool."),
    "opportunity": N_("🛡 An opportunity is open: it stays for now."),
}
"""By exemption; a feature that declares one adds its words."""
KEPT_SOMEHOW: Final = N_("🛡 It stays out of the pool for now.")


class Why(StrEnum):
    """The usual reasons for putting a customer back."""

    NO_NEED = "no_need"
    NO_ANSWER = "no_answer"
    OTHER_AREA = "other_area"
    NO_TIME = "no_time"


WHY: Final[dict[str, Msg]] = {
    Why.NO_NEED: N_("No need now"),
    Why.NO_ANSWER: N_("Cannot be reached"),
    Why.OTHER_AREA: N_("Not my area"),
    Why.NO_TIME: N_("No time for them"),
}


class Longer(StrEnum):
    """The usual reasons for more time."""

    TALKING = "talking"
    BUDGET = "budget"
    AWAY = "away"


LONGER: Final[dict[str, Msg]] = {
    Longer.TALKING: N_("In negotiation"),
    Longer.BUDGET: N_("Waiting for budget"),
    Longer.AWAY: N_("Contact is away"),
}


def rule_words(rule: str | None) -> Words:
    """A stored rule ("main no_followup 90") as people read it: 90 天未跟进."""
    _, event, days = (rule or "- - -").split(" ")
    return RULES[event](days=days) if event in RULES else ""


def reason_words(reason: str, usual: dict[str, Msg]) -> Words:
    """One of the usual reasons, or somebody's own words."""
    return usual.get(reason, reason)
