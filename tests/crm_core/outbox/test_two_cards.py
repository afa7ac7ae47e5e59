"""A message that has two cards: who taps before delivery has noted its number makes another one known by it."""

from sqlalchemy import select

from crm_core.occurrences import service as occurrences
from crm_core.occurrences.models import Occurrence
from crm_core.outbox.models import Card
from tests.support.chat import House


async def test_what_stands_on_either_of_them_has_been_seen(house: House):
    rep = await house.hire("李娜")
    at = house.clock.now()
    async with house.db.unit() as session:
        cards = [Card(bot_id=1, chat_id=rep.user_id, message_id=630, created_at=at) for _ in range(2)]
        session.add_all(cards)
        await session.flush()
        key = {"rule": "stale", "subject_type": "customer", "recipient_id": rep.employee_id, "occurrence_key": "1"}
        row = Occurrence(**key, subject_id=1, state="sent", due_at=at, created_at=at, card_id=cards[1].id)
        session.add(row)
    async with house.db.unit() as session:
        await occurrences.note_seen(session, 1, rep.user_id, 630)
    async with house.db.unit() as session:
        assert await session.scalar(select(Occurrence.state)) == "seen"
