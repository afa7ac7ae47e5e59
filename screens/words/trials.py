"""Words of samples and trials."""

from typing import Final

from crm_core.trials.models import TrialState
from screens.screen import N_, Msg
from screens.things import thing
from screens.words.matters import CONTACT, QUANTITY

STATES: Final[dict[str, Msg]] = {
    TrialState.SENT.value: N_("sent"),
    TrialState.TESTING.value: N_("being tested"),
    TrialState.PASSED.value: N_("passed"),
    TrialState.FAILED.value: N_("failed"),
    TrialState.NO_ANSWER.value: N_("no answer"),
}

FIELDS: Final[dict[str, Msg]] = {
    "what": N_("Sample"),
    "contact": CONTACT,
    "check_on": N_("Ask on"),
    "quantity": QUANTITY,
    "sent_on": N_("Sent on"),
    "result": N_("Result"),
}
thing("trial", N_("sample"), opens="trial", fields=FIELDS | {"state": N_("State")})
