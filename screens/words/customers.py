"""Words of customers."""

from typing import Final

from crm_core.customers import errors
from screens.screen import N_, Button, Msg
from screens.things import thing
from screens.wording import explain

explain(errors.NAME_TAKEN, N_("“%(name)s” is here already; %(owner)s looks after it. Open it, or type another name."))
explain(errors.NAME_TAKEN_HIDDEN, N_("“%(name)s” is taken by a colleague. Ask for handover, or type another name."))
explain(errors.SIMILAR, N_("“%(name)s” sounds nearly the same; %(owner)s looks after it. Is this another one?"))
explain(errors.SIMILAR_HIDDEN, N_("A colleague has a customer of nearly this name. Really another one?"))
explain(errors.NOT_IN_DICTIONARY, N_("“%(value)s” is not in the company's list. Tap one of the buttons."))
explain(errors.AMOUNT_NEGATIVE, N_("An amount cannot be below zero. Type for example 12800 or 12.8k."))
explain(errors.NAME_TOO_SHORT, N_("A name needs letters or characters. Type the customer's name."))

FIELDS: Final[dict[str, Msg]] = {
    "name": N_("Name"),
    "short_name": N_("Short name"),
    "type": N_("Type"),
    "category": N_("Category"),
    "industry": N_("Industry"),
    "source": N_("Source"),
    "stage": N_("Stage"),
    "status": N_("Status"),
    "territory": N_("Territory"),
    "city": N_("City"),
    "address": N_("Address"),
    "contact_name": N_("Contact"),
    "phone": N_("Phone"),
    "yearly_value": N_("Yearly value"),
    "note": N_("Note"),
}

explain(errors.IS_OWNER, N_("%(name)s looks after this customer already. Choose another colleague."))
thing("customer_member", N_("colleague on the team"))
thing("ownership", N_("change of owner"))
thing("customer", N_("archive"), opens="customer", home=Button(N_("« My customers"), "cl"), fields=FIELDS)
