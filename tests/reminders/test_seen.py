"""What stands on a message has been seen when somebody taps it."""

from sqlalchemy import select

from crm_core.kit.db import Database
from crm_core.occurrences.service import note_seen
from crm_core.outbox import service as outbox
from crm_core.outbox.models import Card


async def test_a_message_that_is_two_cards_can_be_tapped(db: Database) -> None:
    """Tapped while the database could not be told that it had gone out, it was adopted; then it was told."""
    async with db.unit() as session:
        first = await outbox.new_card(session, bot_id=700001, chat_id=5)
        await outbox.adopt_card(session, bot_id=700001, chat_id=5, message_id=7)
        (await session.get_one(Card, first)).message_id = 7
        await session.flush()
        await note_seen(session, 700001, 5, 7)
        assert len((await session.scalars(select(Card.id).where(Card.message_id == 7))).all()) == 2
