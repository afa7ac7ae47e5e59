"""Why something can't be taken back."""

from crm_core.kit.errors import declare

NOTHING = declare("undo.nothing")  # not there, not one's own, or nothing that can be taken back
TOO_LATE = declare("undo.too_late", "minutes")
DONE = declare("undo.done", "at")
CHANGED_SINCE = declare("undo.changed_since", "label", "who", "at")
BUILT_ON = declare("undo.built_on", "label", "what", "who", "at")

FINAL = frozenset({NOTHING, TOO_LATE, DONE})
"""What no waiting and no other undo can change."""
