"""Erasing a contact: the core does it, and every card that shows the person says so."""

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.erasure.service import Erased
from crm_core.org import queries as org
from crm_core.outbox import service as outbox
from screens import post
from screens.erasure import gone_screen
from screens.post import Reader


async def take_back_cards(session: AsyncSession, erased: Erased, but: tuple[int, int] | None = None) -> int:
    """The messages that show the person, in all chats, but for the one (chat, message) that is being drawn anew.

    Telegram lets a bot edit its own messages however old they are. Answers how many there were.
    """
    cards = await outbox.cards_of_all(session, [f"contact:{one}" for one in erased.ids])
    for card in cards:
        who = await org.in_chat(session, card.chat_id)
        if who is not None:
            reader = Reader(card.bot_id, card.chat_id, who.language, who.zone)
            await post.edit(session, reader, gone_screen(), card_id=card.id)
    await outbox.release(session, [card.id for card in cards])
    return len(cards)
