"""Words of deals."""

from typing import Final

from crm_core.deals import errors
from crm_core.deals.models import DealStep
from screens.screen import N_, Msg
from screens.things import thing
from screens.wording import explain
from screens.words.matters import CONTACT, WHAT

explain(errors.OUT_OF_ORDER, N_("Quoted, ordered, delivered, paid: no day can lie before the step ahead of it."))

STEPS: Final[dict[DealStep, Msg]] = {
    DealStep.QUOTED: N_("quoted"),
    DealStep.ORDERED: N_("ordered"),
    DealStep.DELIVERED: N_("delivered"),
    DealStep.PAID: N_("paid"),
}

FIELDS: Final[dict[str, Msg]] = {
    "what": WHAT,
    "amount": N_("Amount"),
    "contact": CONTACT,
    "quoted_on": N_("Quoted on"),
    "ordered_on": N_("Ordered on"),
    "delivered_on": N_("Delivered on"),
    "paid_on": N_("Paid on"),
}
thing("deal", N_("deal"), opens="deal", fields=FIELDS)
