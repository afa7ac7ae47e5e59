"""Files that could not be kept: sending them again."""

from conversations import driver
from conversations.attachments import SEND_AGAIN
from crm_core.attachments.lost import to_send_again
from handlers.routing import button
from handlers.turn import Turn


@button("attachment.again")
async def again(turn: Turn) -> None:
    """The form that takes them; it comes below, so that what is missing stays in sight."""
    await to_send_again(turn.session, turn.actor, turn.id)
    await driver.begin(turn.scene.stays(), SEND_AGAIN, {"attachment": turn.id})
