"""Expected failures of the customer pool."""

from crm_core.kit.errors import declare

NO_POOL = declare("pool.none")
TAKEN = declare("pool.taken", "name", "owner")
CLAIMED_ENOUGH = declare("pool.claimed_enough", "most")
HOLDS_ENOUGH = declare("pool.holds_enough", "most")
COOLING_DOWN = declare("pool.cooling_down", "day")
LOCKED_ENOUGH = declare("pool.locked_enough", "most")
IN_POOL = declare("pool.in_pool", "name")
NO_DEADLINE = declare("pool.no_deadline")
EXTENDED_ENOUGH = declare("pool.extended_enough", "most")
ASKED_ALREADY = declare("pool.asked_already", "name")
TOO_MANY_DAYS = declare("pool.too_many_days", "most")
NO_FLOW = declare("pool.no_flow")
