"""Files of a record in the chat: kept with their hash, shown through any bot, asked for again when they are lost."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from bot.files.loop import DOUBTS
from crm_core.attachments import service as attachments
from crm_core.attachments.models import Attachment, File
from crm_core.org.models import Role
from tests.handlers.scene import customer_of, pictures, visits
from tests.support.chat import TOKEN, House, Person


async def log_with_photos(rep: Person, *photos: bytes) -> None:
    await rep.say("/visit 华宁")
    await rep.send_photo(*photos)
    await rep.say("看了展厅，下周三送样")
    await rep.tap("保存")


async def fetched(house: House, times: int = 1) -> None:
    """The files are fetched; between the attempts an hour goes by."""
    for at in range(times):
        if at:
            house.clock.advance(timedelta(hours=1))
        await house.fetched()


def handles(person: Person) -> list[str]:
    return [one["photo"][-1]["file_id"] for one in person.own() if "photo" in one]


class TestKept:
    @pytest.mark.feature("BY03")
    async def test_an_album_with_a_visit_is_one_item_and_each_photo_is_kept_once_with_time_and_hash(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        rep.count_from_here()
        photos = [*pictures(3), pictures(1)[0]]  # one is there twice
        await rep.send_photo(*photos)
        assert rep.new_cards() == 1
        await rep.say("看了展厅，下周三送样")
        await rep.tap("保存")
        await house.fetched()
        (visit,) = await visits(house)
        async with house.db.unit() as session:
            files = await attachments.of(session, "visit", visit.id)
        assert [file.state for file in files] == ["stored"] * 4
        assert [file.sha256 for file in files] == [hashlib.sha256(photo).hexdigest() for photo in photos]
        assert {file.created_at for file in files} == {house.clock.now()}
        assert {file.created_by for file in files} == {rep.employee_id}
        assert len({file.key for file in files}) == 3
        for file, photo in zip(files, photos, strict=True):
            assert await house.storage.get(file.key) == photo

    async def test_photos_that_another_bot_received_are_shown_from_what_we_keep(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep)
        photos = pictures(2)
        await log_with_photos(rep, *photos)
        await house.fetched()
        async with house.db.unit() as session:  # as if the branch in Shanghai had a bot of its own
            await session.execute(update(File).values(bot_id=4242, file_id=File.file_id + "-of-another-bot"))
        await boss.say("/today")
        await boss.tap("李娜")
        await boss.tap("看照片")
        shown = [one["photo"][-1]["file_id"] for one in boss.answers()[-2:]]
        files = house.sandbox.world.bot(TOKEN).files
        assert [files.get(file_id).data for file_id in shown] == photos
        assert "📷 2" in boss.answers()[-2]["caption"]

    async def test_one_alone_too_and_what_is_still_on_its_way_is_said(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await customer_of(rep)
        await log_with_photos(rep, *pictures(2))
        await house.fetched()
        async with house.db.unit() as session:
            last = select(Attachment.file_row_id).order_by(Attachment.id.desc()).limit(1).scalar_subquery()
            lost = {"state": "pending", "key": None, "sha256": None, "error": "no line"}
            await session.execute(update(File).where(File.id == last).values(**lost))
            await session.execute(update(File).values(bot_id=4242))
        await boss.say("/today")
        await boss.tap("李娜")
        assert "📷 1 · 还有 1 张在路上" in await boss.tap("看照片")
        file_id = boss.answers()[-1]["photo"][-1]["file_id"]
        assert house.sandbox.world.bot(TOKEN).files.get(file_id).data == pictures(2)[0]


class TestLost:
    async def test_an_expired_photo_is_told_once_and_sent_again_with_two_taps_and_a_photo(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.send_photo(*pictures(2))
        house.sandbox.expire_file(TOKEN, handles(rep)[1])
        await rep.say("看了展厅，下周三送样")
        await rep.tap("保存")
        rep.count_from_here()
        await fetched(house, DOUBTS)
        assert rep.new_cards() == 1
        assert "华宁电子" in rep.screen()
        assert "拜访 · 2026-03-11" in rep.screen()
        assert "缺少：照片 × 1" in rep.screen()
        assert "已经取不到了" in rep.screen()
        await fetched(house, 2)
        assert rep.new_cards() == 1
        assert "请把缺的发过来" in await rep.tap("重新发送")
        again = pictures(3)[2]
        await rep.send_photo(again)
        assert "已补上" in await rep.tap("保存")
        await house.fetched()
        (visit,) = await visits(house)
        async with house.db.unit() as session:
            files = await attachments.of(session, "visit", visit.id)
        assert [file.state for file in files] == ["stored", "stored"]
        assert await house.storage.get(files[1].key) == again
        assert "📷 2" in await rep.tap("打开记录")
        assert "没能保存" not in rep.screen()

    async def test_pressed_once_more_afterwards_it_says_that_nothing_is_missing(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/visit 华宁")
        await rep.send_photo(*pictures(2))
        house.sandbox.expire_file(TOKEN, handles(rep)[0])
        await rep.say("看了展厅")
        await rep.tap("保存")
        await fetched(house, DOUBTS)
        card = rep.answers()[-1]
        data = card["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        await rep.tap("重新发送")
        await rep.send_photo(pictures(3)[2])
        await rep.tap("保存")
        await rep.tap_on(card["message_id"], data=data)
        assert rep.answered
        assert "已经不缺了" in rep.toast

    async def test_the_record_says_what_it_lacks(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep)
        await rep.say("/language")
        await rep.tap("English")
        await rep.say("/visit 华宁")
        await rep.send_photo(*pictures(2))
        for handle in handles(rep):
            house.sandbox.expire_file(TOKEN, handle)
        await rep.say("saw the showroom")
        await rep.tap("Save")
        await fetched(house, DOUBTS)
        assert "Missing: Photos × 2" in rep.screen()
        assert "Telegram no longer has it." in rep.screen()
        assert "Files that could not be kept: 2" in await rep.tap("Open the record")
        assert "📷 Photos" not in rep.buttons()
