"""Words of contacts."""

from typing import Final

from crm_core.contacts import errors
from crm_core.contacts.models import Attitude, DecisionRole
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.SIMILAR, N_("“%(name)s” is among the contacts here already. Really another person?"))
explain(errors.PHONE_SIMILAR, N_("%(phone)s is the number of %(name)s already. Really another person?"))
explain(errors.PHONE_UNREADABLE, N_("“%(value)s” is no phone number. Type for example 13800138000 or 0755-83216688."))
explain(errors.EMAIL_UNREADABLE, N_("“%(value)s” is no email address. Type for example wang@huaning.com."))
explain(errors.NO_NAME, N_("I see no name in that. Type the name, or paste the signature with the name in it."))
explain(errors.GONE, N_("%(name)s is no longer among the contacts. Open the list to see who is there."))

FIELDS: Final[dict[str, Msg]] = {
    "name": N_("Full name"),
    "title": N_("Position"),
    "phone": N_("Phone"),
    "email": N_("Email"),
    "note": N_("Note"),
}

explain(errors.REPORTS_IN_CIRCLE, N_("%(boss)s reports to %(name)s already, so it can't be the other way round."))
explain(errors.NOT_THERE, N_("A superior must be at the same customer. Tap one of the buttons."))
explain(errors.RELATED_ALREADY, N_("This relation to %(name)s is here already. Choose another kind."))
explain(errors.NOT_ONESELF, N_("That is the same person. Tap or type somebody else."))
explain(errors.NOT_IN_PLAYBOOK, N_("“%(value)s” is not in the company's list. Tap one of the buttons."))
explain(errors.AMOUNT_NEGATIVE, N_("An amount cannot be below zero. Type for example 300 or 1.2k."))
explain(errors.DAY_AHEAD, N_("That day is still to come. Type today or an earlier day."))
explain(errors.POST_BEFORE, N_("The present post began on %(day)s. Type that day or a later one."))
explain(errors.HERE_ALREADY, N_("%(name)s is at this customer already. Choose another customer."))
explain(errors.FOLLOWED_ALREADY, N_("%(name)s has a card at the new customer already."))
explain(
    errors.NO_COLLEAGUE_HERE, N_("%(name)s does not look after this customer. Choose the owner or one of the team.")
)

ROLES: Final[dict[DecisionRole, Msg]] = {
    DecisionRole.USER: N_("User"),
    DecisionRole.INFLUENCER: N_("Influencer"),
    DecisionRole.BUYER: N_("Buyer"),
    DecisionRole.DECIDER: N_("Decider"),
    DecisionRole.GATEKEEPER: N_("Gatekeeper"),
}
SAID_ROLES: Final[dict[DecisionRole, frozenset[str]]] = {
    DecisionRole.USER: frozenset({"使用者", "使用人", "user"}),
    DecisionRole.INFLUENCER: frozenset({"影响者", "影响人", "influencer"}),
    DecisionRole.BUYER: frozenset({"购买者", "采购人", "buyer"}),
    DecisionRole.DECIDER: frozenset({"决策人", "决策者", "决定者", "拍板人", "decider", "decision maker"}),
    DecisionRole.GATEKEEPER: frozenset({"把关者", "把关人", "gatekeeper"}),
}
"""What people call them besides the words that we show."""
ATTITUDES: Final[dict[Attitude, Msg]] = {
    Attitude.SUPPORTER: N_("Supporter"),
    Attitude.FRIENDLY: N_("Friendly"),
    Attitude.NEUTRAL: N_("Neutral"),
    Attitude.SCEPTIC: N_("Sceptic"),
    Attitude.OPPONENT: N_("Opponent"),
}
SIGNS: Final[dict[Attitude, str]] = {
    Attitude.SUPPORTER: "▲▲",
    Attitude.FRIENDLY: "▲",
    Attitude.NEUTRAL: "◆",
    Attitude.SCEPTIC: "▽",
    Attitude.OPPONENT: "▼▼",
}

thing("contact_role", N_("decision role"))
thing("contact_relation", N_("relation"))
thing("contact_day", N_("important day"))
thing("contact_gift", N_("gift or cost"))
thing("contact_post", N_("job move"))
thing("contact", N_("contact"), opens="contact", fields=FIELDS)
