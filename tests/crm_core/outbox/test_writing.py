"""Writing behind: rows wait and go to the database together, and nobody who reads can tell."""

import pytest
from sqlalchemy import event, select, update

from crm_core.kit.behind import Write, catch_up, later, nested, waits
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Database
from crm_core.kit.errors import Conflict
from crm_core.outbox import service
from crm_core.outbox.models import Card, Outgoing
from tests.crm_core.outbox.conftest import BOT, LI, Outbox

NOTED = Write(
    "noted",
    {"id": "bigint", "subject": "text"},
    "UPDATE card SET subject = r.subject FROM {rows} WHERE card.id = r.id",
    each=True,
)


def said(db: Database) -> list[str]:
    """The statements that go to the database from now on."""
    statements: list[str] = []
    event.listen(db.engine.sync_engine, "before_cursor_execute", lambda *args: statements.append(str(args[2])))
    return statements


def a_row(clock: FixedClock, text: str, card_id: int | None = None) -> dict[str, object]:
    return service.row(
        bot_id=BOT, chat_id=LI, method="send_message", payload={"text": text}, at=clock.now(), card_id=card_id
    )


async def texts(db: Database) -> list[str]:
    async with db.unit() as session:
        return [one["text"] for one in await session.scalars(select(Outgoing.payload).order_by(Outgoing.id))]


async def test_a_card_and_what_is_sent_about_it_are_one_statement(db: Database, clock: FixedClock):
    async with db.unit() as session:
        await service.new_card(session, bot_id=BOT, chat_id=LI)  # ids are taken in advance, some at once
    statements = said(db)
    async with db.unit() as session:
        card_id = await service.new_card(session, bot_id=BOT, chat_id=LI, subject="visit:12")
        await service.enqueue(session, [a_row(clock, "拜访已记录", card_id), a_row(clock, "第二条")])
        assert statements == []
    assert len(statements) == 1
    assert await texts(db) == ["拜访已记录", "第二条"]
    async with db.unit() as session:
        assert await session.scalar(select(Card.subject).where(Card.id == card_id)) == "visit:12"


async def test_who_reads_finds_what_was_written_before(db: Database, clock: FixedClock):
    async with db.unit() as session:
        card_id = await service.new_card(session, bot_id=BOT, chat_id=LI, subject="visit:12")
        assert [one.id for one in await service.cards_of(session, "visit:12")] == [card_id]
        await service.enqueue(session, [a_row(clock, "改期到周五")])
        assert len((await session.scalars(select(Outgoing))).all()) == 1


async def test_what_an_object_refers_to_is_written_before_it(db: Database):
    async with db.unit() as session:
        card_id = await service.new_card(session, bot_id=BOT, chat_id=LI)
        session.add(Outgoing(**a_row(FixedClock(db.clock.now()), "你好", card_id)))
    assert await texts(db) == ["你好"]


async def test_a_savepoint_undoes_what_waits_and_keeps_what_came_before(db: Database, clock: FixedClock):
    async def fails(*, written: bool) -> None:
        async with nested(session):
            await service.enqueue(session, [a_row(clock, "里面")])
            if written:
                await catch_up(session)
            raise ZeroDivisionError

    async with db.unit() as session:
        await service.enqueue(session, [a_row(clock, "之前")])
        with pytest.raises(ZeroDivisionError):
            await fails(written=False)
        with pytest.raises(ZeroDivisionError):
            await fails(written=True)
        await service.enqueue(session, [a_row(clock, "之后")])
    assert await texts(db) == ["之前", "之后"]


async def test_what_fails_leaves_nothing(db: Database, clock: FixedClock):
    async def fails() -> None:
        async with db.unit() as session:
            await service.enqueue(session, [a_row(clock, "没了")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await texts(db) == []


async def test_a_row_that_changes_nothing_where_each_has_to_is_a_conflict(db: Database, outbox: Outbox):
    card_id = await outbox.card(LI)

    async def write_two() -> None:
        async with db.unit() as session:
            later(session, NOTED, card_id, "visit:1", key=card_id)
            later(session, NOTED, card_id + 1000, "visit:2", key=card_id + 1000)

    with pytest.raises(Conflict):
        await write_two()
    async with db.unit() as session:
        assert await session.scalar(select(Card.subject).where(Card.id == card_id)) is None
        later(session, NOTED, card_id, "visit:1", key=card_id)
        later(session, NOTED, card_id, "visit:3", key=card_id)
        assert waits(session, NOTED, card_id) == (card_id, "visit:3")
    async with db.unit() as session:
        assert await session.scalar(select(Card.subject).where(Card.id == card_id)) == "visit:3"


class TestTheTappedMessage:
    async def test_has_the_card_that_was_sent_as_it(self, db: Database, outbox: Outbox):
        card_id = await outbox.card(LI)
        async with db.unit() as session:
            await service.adopt_card(session, bot_id=BOT, chat_id=LI, message_id=77, likely=card_id)
        async with db.unit() as session:
            assert await service.adopt_card(session, bot_id=BOT, chat_id=LI, message_id=77) == card_id

    async def test_has_it_also_when_that_is_noted_while_the_tap_is_handled(self, db: Database, outbox: Outbox):
        """The claim still knew of no card."""
        card_id = await outbox.card(LI)
        async with db.unit() as session:
            await session.execute(update(Card).values(message_id=77))
        async with db.unit() as session:
            service.know_tapped(session, service.Tapped(BOT, LI, 77, None))
            found = await service.adopt_card(session, bot_id=BOT, chat_id=LI, message_id=77, likely=card_id)
        assert found == card_id

    async def test_is_not_taken_for_a_card_that_is_another_message(self, db: Database, outbox: Outbox):
        """Somebody taps a message of ours that has no card, while the form's card is known to be another one."""
        card_id = await outbox.card(LI)
        async with db.unit() as session:
            assert await service.adopt_card(session, bot_id=BOT, chat_id=LI, message_id=77, likely=card_id) == card_id
            other = await service.adopt_card(session, bot_id=BOT, chat_id=LI, message_id=78, likely=card_id)
        assert other != card_id

    async def test_a_card_that_is_made_for_it_can_be_about_something_at_once(self, db: Database):
        async with db.unit() as session:
            service.know_tapped(session, service.Tapped(BOT, LI, 77, None))
            card_id = await service.adopt_card(session, bot_id=BOT, chat_id=LI, message_id=77)
            await service.note_subject(session, bot_id=BOT, chat_id=LI, message_id=77, subject="visit:9")
        async with db.unit() as session:
            found = await session.get_one(Card, card_id)
            assert (found.message_id, found.subject) == (77, "visit:9")
            assert await service.subject_at(session, bot_id=BOT, chat_id=LI, message_id=77) == ("visit", 9)
