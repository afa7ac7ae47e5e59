"""Expected failures of approvals."""

from crm_core.kit.errors import declare

UNKNOWN_FLOW = declare("approval.unknown_flow")
NOBODY_SIGNS = declare("approval.nobody_signs")
LIVE_ALREADY = declare("approval.live_already")
DECIDED = declare("approval.decided", "name", "at", "how")
"""Pressed too late: `how` is approved, rejected, returned, removed, closed; `name` may be none."""
NOT_YOUR_TURN = declare("approval.not_your_turn", "names")
NOT_YOURS = declare("approval.not_yours")
OWN_REQUEST = declare("approval.own_request")
ENDED = declare("approval.ended", "status", "at")
NOT_RETURNED = declare("approval.not_returned")
NOT_ALLOWED_HERE = declare("approval.not_allowed_here")
WITHDRAW_TOO_LATE = declare("approval.withdraw_too_late")
REVOKE_TOO_LATE = declare("approval.revoke_too_late", "days")
REVOKE_ASKED = declare("approval.revoke_asked", "name")
SIGNS_ALREADY = declare("approval.signs_already", "name")
NOT_ADDED = declare("approval.not_added")
NUDGED_JUST_NOW = declare("approval.nudged_just_now", "at")
NO_SUCH_STEP = declare("approval.no_such_step")
PICK_SIGNER = declare("approval.pick_signer", "step")
UNTIL_BEFORE_SINCE = declare("approval.until_before_since")
