"""Words of needs."""

from typing import Final

from crm_core.needs import errors
from crm_core.needs.models import NeedState
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain
from screens.words.matters import CONTACT, QUANTITY, WHAT

explain(
    errors.NOT_FOR_THEM,
    N_("%(name)s can't see this customer, so I can't tell them. Choose somebody who looks after it."),
)

STATES: Final[dict[str, Msg]] = {
    NeedState.OPEN.value: N_("open"),
    NeedState.MET.value: N_("met"),
    NeedState.LOST.value: N_("lost"),
}

FIELDS: Final[dict[str, Msg]] = {
    "what": WHAT,
    "contact": CONTACT,
    "due_on": N_("By when"),
    "quantity": QUANTITY,
    "amount": N_("Worth"),
}
thing("need", N_("need"), opens="need", fields=FIELDS | {"state": N_("State")})
