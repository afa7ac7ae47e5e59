"""Files of records: each once, fetched once, told once when they are lost, sent again by who sent them."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from crm_core.attachments import lost, queue
from crm_core.attachments import service as attachments
from crm_core.attachments.content import EXPIRED, TOO_LARGE
from crm_core.attachments.lost import SendAgain
from crm_core.attachments.models import Attachment, File, FileState
from crm_core.attachments.queue import HELD_FOR, Claimed, Outcome
from crm_core.attachments.service import Attached, FileRef
from crm_core.kit.errors import DomainError
from crm_core.visits.models import Visit
from tests.support.company import Firm

BOT = 7
SHA = "ab" * 32


def photo(name: str, **more) -> FileRef:
    return FileRef(BOT, f"handle-{name}", name, **more)


async def visit(firm: Firm, *photos: FileRef, by: str = "owner") -> Visit:
    return await firm.visit(await firm.customer(), by=by, photos=photos)


async def of(firm: Firm, one: Visit) -> list[Attached]:
    async with firm.db.unit() as session:
        return await attachments.of(session, "visit", one.id)


async def claim(firm: Firm, limit: int = 9) -> list[Claimed]:
    async with firm.db.unit() as session:
        return await queue.claim(session, BOT, limit)


async def settle(firm: Firm, file: Claimed, state: FileState, **facts) -> list[lost.Lost]:
    if state is FileState.STORED:
        facts = {"sha256": SHA, "key": f"ab/ab/{SHA}", "mime": "image/jpeg", "size": 9, **facts}
    async with firm.db.unit() as session:
        assert await queue.settle(session, Outcome(file, state, **facts))
        return await lost.untold(session, file.id)


async def rows(firm: Firm) -> list[File]:
    async with firm.db.unit() as session:
        return list(await session.scalars(select(File).order_by(File.id)))


class TestAttaching:
    async def test_a_file_waits_to_be_fetched_with_all_that_is_known_of_it(self, firm: Firm):
        one = await visit(firm, FileRef(BOT, "h", "u", "document", "年框合同.pdf", "application/pdf", 81_234))
        (file,) = await of(firm, one)
        assert (file.kind, file.name, file.mime, file.size) == ("document", "年框合同.pdf", "application/pdf", 81_234)
        assert (file.bot_id, file.file_id, file.state, file.key) == (BOT, "h", "pending", None)
        assert file.created_by == firm.people["owner"].id

    async def test_the_same_file_is_with_a_record_once_and_stored_once(self, firm: Firm):
        one = await visit(firm, photo("展厅"), photo("展厅"))
        other = await firm.customer("上海瑞金医疗器械有限公司")
        two = await firm.visit(other, photos=(photo("展厅"), photo("产线")))
        assert [len(await of(firm, each)) for each in (one, two)] == [1, 2]
        assert [file.file_unique_id for file in await rows(firm)] == ["展厅", "产线"]

    async def test_what_is_there_already_is_not_attached_again(self, firm: Firm):
        one = await visit(firm, photo("展厅"))
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            await attachments.attach(session, actor, "visit", one.id, [photo("展厅"), photo("样品")])
        assert [file.file_id for file in await of(firm, one)] == ["handle-展厅", "handle-样品"]

    async def test_two_bots_have_a_row_each_of_one_file(self, firm: Firm):
        await visit(firm, photo("展厅"), FileRef(8, "other", "展厅"))
        assert len(await rows(firm)) == 2

    async def test_many_files_take_few_statements(self, firm: Firm):
        from sqlalchemy import event

        customer = await firm.customer()
        seen: list[str] = []
        event.listen(firm.db.engine.sync_engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
        await firm.visit(customer, photos=(photo("一"),))
        one = len(seen)
        seen.clear()
        await firm.visit(customer, photos=tuple(photo(str(number)) for number in range(9)))
        assert len(seen) <= one

    async def test_two_who_attach_the_same_files_at_once_do_not_wait_for_each_other_for_ever(self, firm: Firm):
        customer = await firm.customer()
        there = tuple(photo(str(number)) for number in range(8))
        await asyncio.wait_for(
            asyncio.gather(*(firm.visit(customer, photos=there[:: 1 if at % 2 else -1]) for at in range(6))), 20
        )
        assert len(await rows(firm)) == 8


class TestClaiming:
    async def test_what_is_claimed_is_left_alone_until_the_claim_runs_out(self, firm: Firm):
        await visit(firm, photo("展厅"))
        (file,) = await claim(firm)
        assert (file.file_id, file.attempts) == ("handle-展厅", 1)
        assert await claim(firm) == []
        firm.clock.advance(HELD_FOR)
        (again,) = await claim(firm)
        assert again.attempts == 2

    async def test_two_claim_different_files(self, firm: Firm):
        await visit(firm, *(photo(str(number)) for number in range(6)))
        async with firm.db.unit() as one, firm.db.unit() as other:
            first, second = await queue.claim(one, BOT, 3), await queue.claim(other, BOT, 9)
        assert len(first) == len(second) == 3
        assert not {file.id for file in first} & {file.id for file in second}

    async def test_other_bots_files_are_theirs(self, firm: Firm):
        await visit(firm, FileRef(8, "h", "u"))
        assert await claim(firm) == []

    async def test_what_failed_waits_and_says_why(self, firm: Firm):
        await visit(firm, photo("展厅"))
        (file,) = await claim(firm)
        assert await settle(firm, file, FileState.PENDING, error="no line", wait_s=30) == []
        assert await claim(firm) == []
        assert (await rows(firm))[0].error == "no line"
        firm.clock.advance(timedelta(seconds=30))
        assert [one.attempts for one in await claim(firm)] == [2]

    async def test_one_who_was_taken_for_dead_settles_nothing(self, firm: Firm):
        await visit(firm, photo("展厅"))
        (slow,) = await claim(firm)
        firm.clock.advance(HELD_FOR)
        (quick,) = await claim(firm)
        async with firm.db.unit() as session:
            assert not await queue.settle(session, Outcome(slow, FileState.GONE, error=EXPIRED))
        await settle(firm, quick, FileState.STORED)
        assert (await rows(firm))[0].state == "stored"

    async def test_stored_is_stored_with_its_hash(self, firm: Firm):
        one = await visit(firm, photo("展厅"))
        await settle(firm, (await claim(firm))[0], FileState.STORED)
        (file,) = await of(firm, one)
        assert (file.state, file.sha256, file.key) == ("stored", SHA, f"ab/ab/{SHA}")
        assert (await rows(firm))[0].fetched_at == firm.clock.now()
        assert await claim(firm) == []

    async def test_its_cost_is_that_of_what_is_due(self, firm: Firm):
        await visit(firm, photo("展厅"))
        many = "INSERT INTO file (bot_id, file_id, file_unique_id, kind, state, sha256, key, due_at, created_at) "
        many += "SELECT 7, 'h', 'old' || n, 'photo', 'stored', 'x', 'x', now(), now() FROM generate_series(1, 30000) n"
        async with firm.db.engine.begin() as connection:
            await connection.execute(text(many))
            await connection.execute(text("ANALYZE file"))
            sql = str(queue._CLAIM.element if hasattr(queue._CLAIM, "element") else queue._CLAIM)
            for name, value in {":bot_id": "7", ":now": "now()", ":until": "now()", ":limit": "3"}.items():
                sql = sql.replace(name, value)
            plan = "\n".join(row[0] for row in await connection.execute(text("EXPLAIN " + sql)))
        assert "ix_file_pending" in plan, plan
        assert "Seq Scan" not in plan, plan


class TestLost:
    async def test_a_record_s_losses_are_told_together_and_once(self, firm: Firm):
        one = await visit(firm, photo("a"), photo("b"), photo("c"))
        first, second, third = sorted(await claim(firm), key=lambda file: file.id)
        assert await settle(firm, first, FileState.GONE, error=EXPIRED) == []
        assert await settle(firm, second, FileState.STORED) == []
        (told,) = await settle(firm, third, FileState.REFUSED, error=TOO_LARGE)
        assert (told.employee_id, told.subject_type, told.subject_id) == (firm.people["owner"].id, "visit", one.id)
        assert (told.kinds, told.reasons) == (("photo", "photo"), (EXPIRED, TOO_LARGE))
        async with firm.db.unit() as session:
            assert await lost.untold(session, third.id) == []

    async def test_one_that_keeps_failing_holds_nobody_up(self, firm: Firm):
        await visit(firm, photo("a"), photo("b"))
        first, second = await claim(firm)
        assert await settle(firm, first, FileState.GONE, error=EXPIRED) == []
        assert len(await settle(firm, second, FileState.PENDING, error="disk full", wait_s=60)) == 1

    async def test_two_that_are_settled_at_once_are_told_once(self, firm: Firm):
        await visit(firm, photo("a"), photo("b"))
        both = await claim(firm)
        told = await asyncio.gather(*(settle(firm, file, FileState.GONE, error=EXPIRED) for file in both))
        assert sorted(len(one) for one in told) == [0, 1]

    async def test_sent_again_it_takes_the_lost_one_s_place(self, firm: Firm):
        one = await visit(firm, photo("a"), photo("b"))
        first, second = sorted(await claim(firm), key=lambda file: file.id)
        await settle(firm, first, FileState.STORED)
        (told,) = await settle(firm, second, FileState.GONE, error=EXPIRED)
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            found = await lost.send_again(session, actor, SendAgain(attachment=told.attachment_id, files=(photo("c"),)))
        assert (found.type, found.id, found.about) == ("visit", one.id, "深圳市华宁电子有限公司")
        assert [file.file_id for file in await of(firm, one)] == ["handle-a", "handle-c"]

    async def test_the_very_same_file_sent_again_gets_another_chance(self, firm: Firm):
        one = await visit(firm, photo("a"))
        (told,) = await settle(firm, (await claim(firm))[0], FileState.GONE, error=EXPIRED)
        async with firm.db.unit() as session:
            again = FileRef(BOT, "fresh handle", "a")
            await lost.send_again(
                session, await firm.actor(session), SendAgain(attachment=told.attachment_id, files=(again,))
            )
        (file,) = await claim(firm)
        assert (file.file_id, file.attempts) == ("fresh handle", 1)
        await settle(firm, file, FileState.STORED)
        assert [each.state for each in await of(firm, one)] == ["stored"]

    @pytest.mark.parametrize("who", ["peer", "manager", "admin"])
    async def test_nobody_else_sends_it(self, firm: Firm, who: str):
        await visit(firm, photo("a"))
        (told,) = await settle(firm, (await claim(firm))[0], FileState.GONE, error=EXPIRED)
        async with firm.db.unit() as session:
            with pytest.raises(DomainError, match="not_found"):
                await lost.to_send_again(session, await firm.actor(session, who), told.attachment_id)

    async def test_nor_who_has_lost_the_customer_since(self, firm: Firm):
        one = await visit(firm, photo("a"))
        (told,) = await settle(firm, (await claim(firm))[0], FileState.GONE, error=EXPIRED)
        async with firm.db.unit() as session:
            change = text("UPDATE customer SET owner_id = :peer WHERE id = :id")
            await session.execute(change, {"peer": firm.people["peer"].id, "id": one.customer_id})
        async with firm.db.unit() as session:
            with pytest.raises(DomainError, match="not_"):
                await lost.to_send_again(session, await firm.actor(session), told.attachment_id)

    async def test_nothing_lost_nothing_to_send(self, firm: Firm):
        one = await visit(firm, photo("a"))
        await settle(firm, (await claim(firm))[0], FileState.STORED)
        async with firm.db.unit() as session:
            with pytest.raises(DomainError, match="nothing_lost"):
                await lost.to_send_again(session, await firm.actor(session), (await attachments_of(session, one))[0])


async def attachments_of(session, one: Visit) -> list[int]:
    return list(await session.scalars(select(Attachment.id).where(Attachment.subject_id == one.id)))


async def test_that_it_was_told_is_no_change_of_the_record(firm: Firm):
    await visit(firm, photo("a"))
    await settle(firm, (await claim(firm))[0], FileState.GONE, error=EXPIRED)
    async with firm.db.unit() as session:
        verbs = (await session.execute(text("SELECT verb FROM audit WHERE subject_type = 'attachment'"))).scalars()
        assert list(verbs) == ["create"]
        assert await session.scalar(select(Attachment.told_at)) == firm.clock.now()
        await session.execute(update(File).values(error=None))
