"""Words of erasing what is known of a person."""

from crm_core.erasure import errors
from screens.screen import N_
from screens.wording import explain

explain(errors.STILL_HERE, N_("%(name)s still works here. Remove the access first, then the data can be erased."))
