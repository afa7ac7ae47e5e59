"""Words of errors that any feature may raise."""

from crm_core.kit import errors
from screens.screen import N_
from screens.wording import explain

explain(errors.NOT_ALLOWED, N_("You don't have the right to do this. Your manager or an admin can help."))
explain(errors.NOT_FOUND, N_("This is not there, or not yours to see. Search for it by name."))
explain(errors.REQUIRED, N_("This is needed. Please type or choose something."))
explain(errors.TOO_LONG, N_("That is too long. Please keep it under %(max)s characters."))
explain(errors.CHANGED_MEANWHILE, N_("Somebody changed this in the meantime. Look again and repeat your change."))
