"""Words of links between customers."""

from crm_core.links import errors
from screens.screen import N_
from screens.things import thing
from screens.wording import explain

explain(errors.ITSELF, N_("That is the same customer. Choose the other one."))
explain(errors.THERE, N_("%(name)s is linked in this way already. Choose another customer, or another kind."))
explain(errors.CIRCLE, N_("%(name)s stands above this customer already: nobody is the parent of their own parent."))
explain(errors.UNKNOWN_KIND, N_("The company has no such kind of link. Tap one of the buttons."))
thing("customer_link", N_("link between customers"))
