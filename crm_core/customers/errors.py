"""Expected failures of customer archives."""

from crm_core.kit.errors import declare

NAME_TAKEN = declare("customer.name_taken", "name", "owner", "id")
NAME_TAKEN_HIDDEN = declare("customer.name_taken_hidden", "name")
SIMILAR = declare("customer.similar", "name", "owner", "id")  # a warning: may be confirmed
SIMILAR_HIDDEN = declare("customer.similar_hidden")  # a warning: may be confirmed
NOT_IN_DICTIONARY = declare("customer.not_in_dictionary", "value")
AMOUNT_NEGATIVE = declare("customer.amount_negative")
IS_OWNER = declare("customer.is_owner", "name")
NAME_TOO_SHORT = declare("customer.name_too_short")
