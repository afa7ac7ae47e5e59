"""Words of the errors that the company's own fields raise."""

from crm_core.custom_fields import errors
from screens.screen import N_
from screens.wording import explain

explain(errors.UNKNOWN, N_("The playbook no longer has the field “%(key)s”. What you filled in besides is kept."))
explain(errors.UNFIT, N_("That does not fit “%(title)s”. Please fill it in again."))
