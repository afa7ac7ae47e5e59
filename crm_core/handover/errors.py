"""Expected failures of handing over."""

from crm_core.kit.errors import declare

NOTHING = declare("handover.nothing", "name")
NOBODY = declare("handover.nobody", "name")
CANNOT_OWN = declare("handover.cannot_own", "name")
TO_SELF = declare("handover.to_self", "name")
NO_RECEIVER = declare("handover.no_receiver")
IN_POOL = declare("handover.in_pool")
DONE = declare("handover.done")
TOO_MANY = declare("handover.too_many", "max")
TOO_LONG_REASON = declare("handover.too_long_reason", "max")
ASKED_ALREADY = declare("handover.asked_already", "name")
MOVED_ON = declare("handover.moved_on", "name")
