"""Words of doubles: warnings, merging, and asking for a colleague's customer."""

from crm_core.customers import errors
from screens.screen import N_
from screens.things import thing
from screens.wording import explain

explain(
    errors.NAME_TAKEN_POOL,
    N_("“%(name)s” is here already: it lies in the customer pool. Ask for it there, or type another name."),
)
explain(
    errors.PHONE_SIMILAR,
    N_("“%(name)s” has somebody with this number; %(owner)s looks after it. Is this another customer?"),
)
explain(
    errors.PHONE_SIMILAR_HIDDEN,
    N_("A colleague's customer has somebody with this number. Is this another customer?"),
)
explain(errors.POOL_SIMILAR, N_("“%(name)s” lies in the customer pool and may be the same. Is this another one?"))
explain(
    errors.POOL_SIMILAR_HIDDEN,
    N_("A customer in the pool may be the same. Is this another one?"),
)
explain(errors.ITSELF, N_("That is the same archive. Choose the other one."))
explain(
    errors.GONE_ALREADY,
    N_("“%(name)s” went into another archive already. Nothing was changed; open the list to see what is left."),
)
explain(
    errors.BUILT_ON,
    N_("The merge can't be undone any more: %(who)s added to the archive at %(at)s (%(what)s)."),
)
explain(errors.OWN, N_("This customer is yours already."))
explain(errors.IN_POOL, N_("This customer lies in the pool: nobody has to hand it over. Take it from there."))
explain(errors.PENDING, N_("You asked for it on %(at)s already. It waits for an answer; you will hear of it."))
explain(errors.DECIDED, N_("%(who)s settled this request on %(at)s already."))
thing("customer_merge", N_("merge of two archives"), opens=None)
thing("not_the_same", N_("note that two are not the same"))
thing("handover_request", N_("request for handover"))
