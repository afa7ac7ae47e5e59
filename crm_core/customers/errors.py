"""Expected failures of customer archives."""

from crm_core.kit.errors import declare

NAME_TAKEN = declare("customer.name_taken", "name", "owner", "id", "ask")
NAME_TAKEN_HIDDEN = declare("customer.name_taken_hidden", "name", "ask")
NAME_TAKEN_POOL = declare("customer.name_taken_pool", "name", "id")
SIMILAR = declare("customer.similar", "name", "owner", "id", "ask", doubt=True)
SIMILAR_HIDDEN = declare("customer.similar_hidden", "ask", doubt=True)
PHONE_SIMILAR = declare("customer.phone.similar", "name", "owner", "id", "ask", doubt=True)
PHONE_SIMILAR_HIDDEN = declare("customer.phone.similar_hidden", "ask", doubt=True)
POOL_SIMILAR = declare("customer.pool.similar", "name", "id", doubt=True)
POOL_SIMILAR_HIDDEN = declare("customer.pool.similar_hidden", doubt=True)
# failures
NOT_IN_DICTIONARY = declare("customer.not_in_dictionary", "value")
AMOUNT_NEGATIVE = declare("customer.amount_negative")
IS_OWNER = declare("customer.is_owner", "name")
NAME_TOO_SHORT = declare("customer.name_too_short")

ITSELF = declare("merge.itself")
GONE_ALREADY = declare("merge.gone_already", "name")
BUILT_ON = declare("merge.built_on", "what", "who", "at")
OWN = declare("request.own")
IN_POOL = declare("request.in_pool")
PENDING = declare("request.pending", "at")
DECIDED = declare("request.decided", "who", "at")
