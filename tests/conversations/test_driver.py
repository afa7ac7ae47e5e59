"""Forms in a chat: finding and making customers on the way, doubts, albums, interruptions, forged buttons."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from conversations import engine
from conversations.form import forms
from crm_core.attachments.models import Attachment
from crm_core.customers.models import Customer
from crm_core.drafts.models import Draft
from crm_core.kit.clock import FixedClock
from crm_core.kit.errors import DomainError
from crm_core.visits.models import Visit
from tests.conversations.conftest import Office
from tests.conversations.phone import Phone


async def count(office: Office, table: type) -> int:
    async with office.db.unit() as session:
        return await session.scalar(select(func.count()).select_from(table)) or 0


async def asked(phone: Phone) -> str | None:
    field = engine.current(*await phone.standing())
    return field.name if field else None


class TestFindingACustomer:
    async def test_the_recent_ones_are_offered(self, office: Office):
        await office.rep.say("/visit")
        assert [label for label in office.rep.labels if "华宁" in label or "瑞金" in label] == office.rep.labels[:2]

    @pytest.mark.parametrize("typed", ["华宁", "huaning", "hndz", "华宁电子"])
    async def test_words_that_fit_one_take_it(self, office: Office, typed: str):
        await office.rep.say("/visit")
        await office.rep.say(typed)
        assert (await office.rep.answers())["customer"]["id"] == office.customer_id
        assert await asked(office.rep) == "summary"

    async def test_words_that_fit_several_offer_them(self, office: Office):
        await office.rep.say("/visit")
        shown = await office.rep.say("有限公司")
        assert "是哪一家" in shown
        await office.rep.tap("上海瑞金")
        assert (await office.rep.answers())["customer"]["id"] == office.other_customer_id

    async def test_the_name_may_stand_behind_the_command(self, office: Office):
        assert "谈了什么" in await office.rep.say("/visit 瑞金")
        assert (await office.rep.answers())["customer"]["id"] == office.other_customer_id

    async def test_nobody_found_offers_a_new_one_or_the_recent_ones(self, office: Office):
        await office.rep.say("/visit")
        assert "没找到“汇川”" in await office.rep.say("汇川")
        assert "➕ 新建 汇川" in office.rep.labels
        await office.rep.tap("最近的客户")
        assert any("华宁" in label for label in office.rep.labels)

    async def test_a_new_customer_made_on_the_way_comes_back_into_the_visit(self, office: Office):
        phone = office.rep
        await phone.say("/visit")
        await phone.say("苏州汇川传感器有限公司")
        await phone.tap("➕ 新建 苏州")
        assert await asked(phone) is None, "industry and source are taken from the last customer"
        assert (await phone.answers())["name"] == "苏州汇川传感器有限公司"
        await phone.tap("💾 保存")
        assert "谈了什么" in phone.text
        await phone.say("看了产线")
        await phone.tap("💾 保存")
        assert "✓ 已记录拜访：苏州汇川传感器有限公司" in phone.text
        assert await count(office, Draft) == 0

    async def test_cancelling_the_new_customer_leaves_the_visit_waiting(self, office: Office):
        phone = office.rep
        await phone.say("/visit")
        visit = await phone.draft()
        await phone.say("苏州汇川传感器有限公司")
        await phone.tap("➕ 新建 苏州")
        await phone.tap("✖ 取消")
        await phone.press(f"resume:{visit.id}:0")
        assert "拜访了哪家客户" in phone.text

    async def test_the_new_customer_is_saved_though_the_visit_was_cancelled_meanwhile(self, office: Office):
        phone = office.rep
        await phone.say("/visit")
        visit = await phone.draft()
        await phone.say("苏州汇川传感器有限公司")
        await phone.tap("➕ 新建 苏州")
        async with office.db.unit() as session:
            await session.delete(await session.get_one(Draft, visit.id))
        await phone.tap("💾 保存")
        assert "已存入公司档案" in phone.text


class TestProposals:
    @pytest.mark.parametrize(
        ("name", "industry"),
        [
            ("苏州汇川电子有限公司", "electronics"),
            ("Acme Machinery Ltd", "machinery"),
            ("广州白云医疗器械厂", "medical"),
            ("Bosch Rexroth", "electronics"),  # says nothing: that of the last customer
        ],
    )
    async def test_the_industry_is_read_out_of_the_name_or_that_of_the_last_customer(
        self, office: Office, name: str, industry: str
    ):
        async with office.db.unit() as session:
            (await session.get_one(Customer, office.other_customer_id)).industry = "electronics"
        await office.rep.say(f"/new {name}")
        assert (await office.rep.answers())["industry"] == industry

    async def test_somebody_s_first_customer_is_asked_about(self, office: Office):
        await office.admin.say("/new Bosch Rexroth")
        assert await asked(office.admin) == "industry"


class TestDoubts:
    async def test_the_same_name_is_refused_as_soon_as_it_is_typed(self, office: Office):
        await office.rep.say("/new")
        shown = await office.rep.say("深圳市华宁电子有限公司")
        assert "负责" in shown
        assert "李娜" in shown
        assert "💾 保存" not in office.rep.labels
        assert "确定，继续" not in office.rep.labels

    @pytest.mark.parametrize("first", ["/new 深圳华宁电子科技有限公司", "/new|深圳华宁电子科技有限公司"])
    async def test_a_name_much_alike_is_doubted_at_once_and_may_be_overruled(self, office: Office, first: str):
        phone = office.rep
        for line in first.split("|"):
            await phone.say(line)
        assert "深圳市华宁电子有限公司" in phone.text
        await phone.tap("确定，继续")
        assert await asked(phone) is None, "the usual words are proposed"
        await phone.tap("💾 保存")
        assert "“深圳华宁电子科技有限公司”已存入公司档案" in phone.text

    async def test_a_doubt_is_raised_from_a_search_too(self, office: Office):
        phone = office.rep
        await phone.press("customer.new:0:0:深圳华宁电子科技有限公司")
        assert "确定，继续" in phone.labels

    async def test_another_name_is_doubted_for_itself(self, office: Office):
        phone = office.rep
        await phone.say("/new 深圳华宁电子科技有限公司")
        await phone.tap("确定，继续")
        await phone.tap("✎ 修改")
        await phone.tap("名称")
        await phone.say("上海瑞金医疗器械股份有限公司")
        assert "瑞金" in phone.text
        assert "💾 保存" not in phone.labels

    async def test_overruling_does_not_let_the_very_same_name_through(self, office: Office):
        phone = office.rep
        await phone.say("/new")
        await phone.say("深圳市华宁电子有限公司")
        draft = await phone.draft()
        await phone.press(f"form:{draft.id}:{draft.revision}:confirm.customer.name_taken")
        draft = await phone.draft()
        await phone.press(f"form:{draft.id}:{draft.revision}:save")
        assert await count(office, Customer) == 2
        assert "深圳市华宁电子有限公司" in phone.text


class TestInterruptions:
    async def test_a_form_waits_while_something_else_is_looked_up(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        await phone.say("/today")
        await phone.tap("回到：拜访 深圳市华宁")
        assert "谈了什么" in phone.text
        await phone.say("谈了年框")
        await phone.tap("💾 保存")
        assert await count(office, Visit) == 1

    async def test_looking_for_another_record_than_the_held_one_shows_what_was_found(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        draft = await phone.draft()
        await phone.press(f"form:{draft.id}:{draft.revision}:open.customer")
        assert "没找到“苏州”" in await phone.say("苏州")
        assert "➕ 新建 苏州" in phone.labels
        assert (await phone.answers())["customer"]["id"] == office.customer_id

    async def test_what_is_typed_goes_to_the_form_that_was_opened_last(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        first = await phone.draft()
        await phone.say("/visit 瑞金")
        await phone.say("谈了采购")
        assert (await phone.answers())["customer"]["id"] == office.other_customer_id
        await phone.press(f"resume:{first.id}:0")
        await phone.say("谈了年框")
        async with office.db.unit() as session:
            told = {one.id: one.answers["summary"] for one in await session.scalars(select(Draft))}
        assert told == {first.id: "谈了年框", first.id + 1: "谈了采购"}

    async def test_only_the_living_card_keeps_its_buttons(self, office: Office):
        phone = office.rep
        await phone.say("/visit")
        await phone.say("华宁")
        await phone.say("谈了年框")
        alive = [message for message in phone.shown if phone.buttons(message)]
        assert alive == [phone.last]

    async def test_the_command_cancels_wherever_the_card_has_gone(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        assert "没有保存" in await phone.say("/cancel")
        assert await count(office, Draft) == 0
        assert "没有在填的表" in await phone.say("/cancel")

    async def test_somebody_else_s_form_cannot_be_opened_or_saved(self, office: Office):
        await office.rep.say("/visit 华宁")
        draft = await office.rep.draft()
        for data in (f"resume:{draft.id}:0", f"form:{draft.id}:{draft.revision}:cancel"):
            await office.admin.press(data)
            assert "已经填完或取消" in office.admin.toast
            assert "华宁" not in office.admin.text
        assert await count(office, Draft) == 1

    async def test_a_form_that_a_new_version_no_longer_has_does_no_harm(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        draft = await phone.draft()
        async with office.db.unit() as session:
            await session.execute(update(Draft).values(form="fax.send"))
        for data in (f"form:{draft.id}:{draft.revision}:save", f"resume:{draft.id}:0"):
            await phone.press(data)
            assert "已经填完或取消" in phone.toast
        assert "没有在填的表" in await phone.say("/cancel")
        assert "深圳市华宁电子有限公司" in await phone.say("华宁")

    async def test_answers_that_no_longer_read_are_asked_again_after_a_deploy(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        await phone.say("谈了年框")
        draft = await phone.draft()
        async with office.db.unit() as session:
            await session.execute(update(Draft).values(answers={**draft.answers, "kind": "telex", "summary": 5}))
        await phone.press(f"resume:{draft.id}:0")
        assert await asked(phone) == "kind"
        await phone.tap("电话联系")
        assert await asked(phone) == "summary"
        assert "深圳市华宁电子" in phone.text


class TestPhotos:
    async def test_an_album_is_one_item_and_one_card(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        before = set(phone.shown)
        for name in ("展厅", "产线", "样品"):
            size = {"file_id": name, "file_unique_id": name, "width": 8, "height": 6}
            await phone.send(photo=[size], media_group_id="77")
        assert len(set(phone.shown) - before) == 1
        assert "📷 3" in phone.text
        await phone.say("看了展厅")
        await phone.tap("💾 保存")
        assert await count(office, Attachment) == 3

    async def test_photos_begin_a_visit(self, office: Office):
        phone = office.rep
        await phone.send_photo("展厅")
        assert "拜访了哪家客户" in phone.text
        assert "照片：📷 1" in phone.text

    async def test_the_largest_picture_is_kept(self, office: Office):
        sizes = [{"file_id": f"f{w}", "file_unique_id": f"u{w}", "width": w, "height": w} for w in (90, 320, 1280)]
        await office.rep.say("/visit 华宁")
        await office.rep.send(photo=sizes)
        assert (await office.rep.answers())["photos"][0][1] == "f1280"


class TestForgery:
    @pytest.mark.parametrize(
        "asks",
        [
            *("page.²", "page.99999999999999999999", "page.-1", "v.²", "v.999999999999999999999", "v.-5", "v."),
            *("open.", "open.customer", "open.secret", "new", "confirm.", "edit", "back", "skip", "card", "nonsense"),
            *("save", "", ".", "v", "open.*", "open.!"),
        ],
    )
    async def test_no_forged_button_breaks_a_form_or_saves_half_of_it(self, office: Office, asks: str):
        phone = office.rep
        await phone.say("/visit")
        draft = await phone.draft()
        await phone.press(f"form:{draft.id}:{draft.revision}:{asks}")
        assert phone.answered
        assert phone.text
        assert await count(office, Visit) == 0

    async def test_a_doubt_about_nothing_cannot_be_overruled(self, office: Office):
        phone = office.rep
        await phone.say("/new")
        for asks in ("open.name", "confirm.customer.similar"):
            draft = await phone.draft()
            await phone.press(f"form:{draft.id}:{draft.revision}:{asks}")
        assert await asked(phone) == "name"

    async def test_a_customer_out_of_sight_cannot_be_slipped_in(self, office: Office):
        async with office.db.unit() as session:
            hidden = await session.get_one(Customer, office.other_customer_id)
            hidden.owner_id = office.admin.employee_id
        phone = office.rep
        await phone.say("/visit")
        draft = await phone.draft()
        await phone.press(f"form:{draft.id}:{draft.revision}:v.{office.other_customer_id}")
        assert "瑞金" not in phone.text
        assert await asked(phone) == "customer"

    async def test_a_customer_that_went_out_of_sight_meanwhile_is_refused_and_the_words_stay(self, office: Office):
        phone = office.rep
        await phone.say("/visit 华宁")
        await phone.say("谈了年框")
        async with office.db.unit() as session:
            (await session.get_one(Customer, office.customer_id)).owner_id = office.admin.employee_id
        await phone.tap("💾 保存")
        assert "现在不归您负责了" in phone.text
        assert (await phone.answers())["summary"] == "谈了年框"
        assert await count(office, Visit) == 0

    async def test_what_is_refused_half_way_leaves_nothing_behind_and_every_word_in_the_form(
        self, office: Office, monkeypatch: pytest.MonkeyPatch
    ):
        async def refuse(*_: object) -> None:
            raise DomainError("visit.next_in_past", field="next_on")

        phone = office.rep
        await phone.say("/visit 华宁")
        await phone.say("谈了年框")
        with monkeypatch.context() as patched:
            patched.setattr("crm_core.visits.service.followed_up", refuse)  # after the visit was written
            await phone.tap("💾 保存")
        assert await count(office, Visit) == 0
        assert await asked(phone) == "next_on"
        assert (await phone.answers())["summary"] == "谈了年框"
        await phone.tap("跳过")
        await phone.tap("💾 保存")
        assert await count(office, Visit) == 1

    async def test_an_old_form_card_cannot_change_what_was_changed_since(self, office: Office):
        phone = office.rep
        async with office.db.unit() as session:
            customer = await session.get_one(Customer, office.customer_id)
        await phone.press(f"customer.field:{customer.id}:{customer.revision}:note")
        await phone.say("先寄样品")
        async with office.db.unit() as session:
            (await session.get_one(Customer, office.customer_id)).note = "不要寄样品"
        await phone.tap("💾 保存")
        assert "刚才有人改过了" in phone.text
        assert (await phone.answers())["value"] == "先寄样品"


class TestExpiry:
    async def test_a_touch_keeps_a_draft_for_seven_more_days(self, office: Office, clock: FixedClock):
        phone = office.rep
        await phone.say("/visit 华宁")
        for _ in range(3):
            clock.advance(timedelta(days=5))
            draft = await phone.draft()
            await phone.press(f"form:{draft.id}:{draft.revision}:card")
        assert (await phone.answers())["customer"]["id"] == office.customer_id

    async def test_words_typed_long_after_are_a_search_and_no_answer(self, office: Office, clock: FixedClock):
        phone = office.rep
        await phone.say("/visit 瑞金")
        clock.advance(timedelta(days=8))
        assert "深圳市华宁电子有限公司" in await phone.say("华宁")
        assert await count(office, Visit) == 0


def test_every_form_says_who_may_open_it():
    assert all(form.permission is not None for form in forms().values())
