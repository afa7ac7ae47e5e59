"""Buttons of reminders that belong to no feature."""

from crm_core.occurrences import service as occurrences
from handlers.routing import button
from handlers.turn import Turn
from screens.screen import N_

_PUT_OFF = N_("Put off to the next working morning.")
_SETTLED = N_("This is settled already.")


@button("snooze")
async def snooze(turn: Turn) -> None:
    """Later: the next working morning brings it again, at most three times. The button has done its work."""
    row = await occurrences.snooze(turn.session, turn.actor, turn.id)
    await turn.toast(_PUT_OFF if row.state == "snoozed" else _SETTLED)
    await turn.drop_button()
