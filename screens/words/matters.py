"""Words of what hangs on an archive."""

from typing import Final

from crm_core.matters import errors
from screens.screen import N_, Msg
from screens.wording import explain

explain(errors.NEGATIVE, N_("An amount cannot be below zero. Type for example 12800 or 12.8k."))
explain(errors.NOT_ONE, N_("How many? Type 1 or more."))
explain(errors.DAY_IN_PAST, N_("That day is already over. Choose today or a later day."))
explain(errors.DAY_IN_FUTURE, N_("That day is still to come. Choose today or an earlier day."))
explain(errors.ENDED, N_("This is closed already. Open its card: there it can be opened again."))
explain(errors.NOT_ENDED, N_("This is open already."))

WHAT: Final[Msg] = N_("What")
CONTACT: Final[Msg] = N_("Contact")
QUANTITY: Final[Msg] = N_("Quantity")
