"""What is older than its period goes, the rest stays, at a cost that follows what is due; promises still hold."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select, text

from crm_core.attachments.models import Attachment, File, LooseFile
from crm_core.audit.models import AuditEntry
from crm_core.inbox.models import Update
from crm_core.inbox.service import Incoming, store
from crm_core.kit.clock import FixedClock
from crm_core.kit.db import Base, Database
from crm_core.occurrences.models import Occurrence
from crm_core.org.models import Role
from crm_core.outbox.models import Card, Outgoing
from crm_core.playbook.keeping import Keeping
from crm_core.retention import service
from crm_core.retention.models import Swept
from crm_core.retention.periods import ELSEWHERE, PERIODS, Period
from tests.support.chat import House
from tests.support.texts import ROOT

BY_KEY = {one.key: one for one in PERIODS}
DAY = timedelta(days=1)


async def swept(db: Database, key: str) -> int:
    """All steps of a period; how many rows went."""
    count = 0
    while True:
        async with db.unit() as session:
            gone, more = await service.sweep(session, BY_KEY[key], Keeping())
        count += gone
        if not more:
            return count


async def received(db: Database, *numbers: int, state: str = "done") -> None:
    async with db.unit() as session:
        await store(session, 1, [Incoming(at, 10, {"update_id": at}) for at in numbers])
        await session.execute(
            text("UPDATE inbox SET state = :state, ended_at = received_at WHERE number = ANY(:numbers)"),
            {"state": state, "numbers": list(numbers)},
        )


async def numbers(db: Database) -> list[int]:
    async with db.unit() as session:
        return list(await session.scalars(select(Update.number).order_by(Update.number)))


async def test_what_is_older_goes_and_what_is_younger_stays(db: Database, clock: FixedClock):
    await received(db, 1, 2)
    clock.advance(6 * DAY)
    await received(db, 3)
    clock.advance(DAY)
    await received(db, 4)
    clock.advance(timedelta(minutes=1))
    assert await swept(db, "inbox") == 2
    assert await numbers(db) == [3, 4]
    assert await swept(db, "inbox") == 0
    clock.advance(7 * DAY)
    assert await swept(db, "inbox") == 2


async def test_what_failed_stays_for_longer_and_what_waits_stays(db: Database, clock: FixedClock):
    await received(db, 1, state="dead")
    async with db.unit() as session:
        await store(session, 1, [Incoming(2, 10, {"update_id": 2})])
    clock.advance(8 * DAY)
    assert await swept(db, "inbox") == 0
    assert await numbers(db) == [1, 2]
    clock.advance(90 * DAY)
    assert await swept(db, "inbox.dead") == 1
    assert await numbers(db) == [2]


async def test_an_update_that_comes_twice_is_one_as_long_as_telegram_may_send_it_again(db: Database, clock: FixedClock):
    await received(db, 1)
    clock.advance(2 * DAY - timedelta(minutes=1))
    shortest = Keeping(messages_days=2)
    async with db.unit() as session:
        assert await service.sweep(session, BY_KEY["inbox"], shortest) == (0, False)
    async with db.unit() as session:
        assert await store(session, 1, [Incoming(1, 10, {"update_id": 1})]) == 0
    with pytest.raises(ValueError, match="messages_days"):
        Keeping(messages_days=1)


async def test_a_reminder_that_was_sent_is_known_to_have_been_without_its_words(house: House, clock: FixedClock):
    rep = await house.hire("李娜")
    async with house.db.unit() as session:
        at = clock.now()
        card = Card(bot_id=1, chat_id=rep.user_id, message_id=5, subject="digest:1", created_at=at)
        session.add(card)
        await session.flush()
        row = {"bot_id": 1, "chat_id": rep.user_id, "priority": 2, "ambiguous": "resend", "not_before": at}
        sent = row | {"method": "send_message", "state": "sent", "created_at": at, "ended_at": at}
        await session.execute(
            insert(Outgoing), [sent | {"payload": {"text": "王总生日"}, "card_id": one} for one in (card.id, None)]
        )
        session.add(
            Occurrence(
                rule="pool.ahead",
                subject_type="customer",
                subject_id=1,
                recipient_id=rep.employee_id,
                occurrence_key="1",
                state="sent",
                due_at=at,
                created_at=at,
                card_id=card.id,
            )
        )
    clock.advance(8 * DAY)
    await swept(house.db, "outbox")
    async with house.db.unit() as session:
        kept = (await session.scalars(select(Outgoing).where(Outgoing.created_at == at))).one()
        assert (kept.card_id, kept.state, kept.payload) == (card.id, "sent", {})


async def test_a_card_can_be_edited_after_what_sent_it_has_gone(house: House, clock: FixedClock):
    boss = await house.hire("王海燕", Role.MANAGER)
    await boss.say("/help")
    await boss.say("/language")
    shown = boss.messages()[-1]["message_id"]
    clock.advance(8 * DAY)
    assert await swept(house.db, "outbox") > 0
    await swept(house.db, "inbox")
    await boss.tap("English")
    assert boss.messages()[-1]["message_id"] >= shown
    assert "English" in boss.screen()


@pytest.mark.parametrize("period", PERIODS, ids=lambda one: one.key)
async def test_each_step_reads_by_the_key_and_only_what_is_due(db: Database, clock: FixedClock, period: Period):
    async with db.unit() as session:
        await session.execute(text("SET LOCAL enable_seqscan = off"))  # tables are empty here: which ways there are
        await session.execute(text("SET LOCAL enable_bitmapscan = off"))
        facts = {"number": 5, "at": clock.now()}
        plan = "\n".join((await session.scalars(text("EXPLAIN " + service.page_of(period)), facts)).all())
    assert f"Index Scan using pk_{period.table}" in plan
    assert "Index Cond: (id > " in plan


_HISTORY = """
    INSERT INTO audit (at, verb, subject_type, subject_id, before, after)
    SELECT :at, 'change', 'visit', n, '{}', '{}' FROM generate_series(1, 30000) n
"""


async def test_a_step_costs_what_is_due_however_much_is_kept(db: Database, clock: FixedClock):
    async with db.unit() as session:
        await session.execute(text(_HISTORY), {"at": clock.now()})
    clock.advance(11 * 365 * DAY)
    async with db.unit() as session:
        await session.execute(text(_HISTORY), {"at": clock.now()})
    async with db.unit() as session:
        assert await service.sweep(session, BY_KEY["audit"], Keeping()) == (service.AT_ONCE, True)
        assert (await session.get_one(Swept, "audit")).upto == service.AT_ONCE
    assert await swept(db, "audit") == 30_000 - service.AT_ONCE
    async with db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 30_000
        query = "EXPLAIN (ANALYZE, BUFFERS OFF, COSTS OFF, TIMING OFF) " + service.page_of(BY_KEY["audit"])
        facts = {"number": 30_000, "at": clock.now() - 10 * 365 * DAY}
        plan = "\n".join((await session.scalars(text(query), facts)).all())
    assert f"rows={service.AT_ONCE}" in plan  # one page is looked at, of thirty thousand


async def test_files_of_no_record_go_and_those_of_one_stay(db: Database, house: House, clock: FixedClock):
    rep = await house.hire("李娜")
    of_all = {"bot_id": 1, "kind": "photo", "state": "stored", "due_at": clock.now(), "created_at": clock.now()}
    files = [
        File(**of_all, file_id=one, file_unique_id=one, sha256=one, key=f"aa/bb/{one}", look_at=clock.now() + 30 * DAY)
        for one in ("kept", "loose")
    ]
    async with db.unit() as session:
        session.add_all(files)
        await session.flush()
        session.add(
            Attachment(
                subject_type="visit",
                subject_id=1,
                file_row_id=files[0].id,
                created_by=rep.employee_id,
                created_at=clock.now(),
            )
        )
    async with db.unit() as session:
        assert await service.sweep_files(session) == (0, False)
    clock.advance(31 * DAY)
    async with db.unit() as session:
        assert await service.sweep_files(session) == (1, False)
    async with db.unit() as session:
        assert list(await session.scalars(select(File.file_id))) == ["kept"]
        assert list(await session.scalars(select(LooseFile.key))) == ["aa/bb/loose"]


def test_every_table_that_only_grows_has_a_period_or_a_reason() -> None:
    """What is no business record and is written again and again: somebody has to say when it goes."""
    kept = {
        "chat": "one a chat",
        "draft": "sweeps itself",
        "said": "sweeps itself",
        "last_time": "one a form and person",
        "import_row": "with its import",
        "whereabouts": "one a person",
        "reminder_choice": "one a rule and person",
        "rule_day": "one a rule and zone",
        "file": "as long as a record has it",
        "loose_file": "until the bytes are gone",
        "swept": "one a period",
        "serving": "one",
        "bot": "one a bot",
        "stale_timer": "one a customer",
        "erasure": "outlives what it speaks of",
        "notice_receipt": "as long as the notice, which is a record",
        "playbook_proposal": "as long as the versions of the playbook",
    }
    unaudited = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if not mapper.class_.audited and mapper.local_table is not None
    }
    told = {one.table for one in PERIODS} | kept.keys()
    books = {name for name in unaudited if name.startswith(("approval", "plan_", "budget", "counted"))}
    assert unaudited - told - books == set()


def test_the_operator_reads_the_same_table() -> None:
    told = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [one.key for one in PERIODS if f"| {one.what} | " not in told or f"| {one.why} |" not in told] == []
    assert [what for what, how_long, why in ELSEWHERE if f"| {what} | {how_long} | | {why} |" not in told] == []
    assert [one.key for one in PERIODS if one.chosen and one.chosen not in Keeping.model_fields] == []
