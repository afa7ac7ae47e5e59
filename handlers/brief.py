"""The brief before a visit: from the archive, and where a visit is planned."""

from conversations.brief import brief_card
from handlers.routing import button
from handlers.turn import Turn
from screens.brief import KEY


@button(KEY)
async def brief(turn: Turn) -> None:
    await turn.show(await brief_card(turn.session, turn.actor, turn.id))
