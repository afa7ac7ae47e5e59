"""Customer archives: made, changed, kept up to date."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update

from crm_core.audit.models import AuditEntry
from crm_core.customers import queries, service
from crm_core.customers.commands import ChangeCustomer
from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.org.models import Employee
from crm_core.playbook import service as playbook
from tests.support.company import Firm


async def refused(firm: Firm, by: str = "owner", **given) -> tuple[str, str | None]:
    """Why a customer cannot be made so: the code, and the field at fault."""
    with pytest.raises(DomainError) as caught:
        await firm.customer(by=by, **given)
    return caught.value.code, caught.value.field


async def change(firm: Firm, customer: Customer, field: str, value, by: str = "owner", **given) -> Customer:
    async with firm.db.unit() as session:
        command = ChangeCustomer(customer_id=customer.id, field=field, value=value, **given)
        return await service.change_customer(session, await firm.actor(session, by), command)


async def why_not(firm: Firm, customer: Customer, field: str, value, by: str = "owner", **given) -> str:
    with pytest.raises(DomainError) as caught:
        await change(firm, customer, field, value, by, **given)
    return caught.value.code


class TestMaking:
    async def test_an_archive_belongs_to_who_makes_it_and_to_the_company(self, firm: Firm):
        customer = await firm.customer(
            name="  深圳市华宁电子有限公司 ",
            city="深圳",
            contact_name="王建国",
            phone="138 0013 8000",
            yearly_value=Decimal(1280000),
            note="每季度对账\n样品先寄前台",
            location=(22.5405, 113.9346),
        )
        kept = await firm.again(customer)
        assert (kept.name, kept.people) == ("深圳市华宁电子有限公司", ["王建国"])
        assert kept.people_phones == ["+8613800138000"]
        assert kept.owner_id == kept.created_by == firm.people["owner"].id
        assert (kept.created_at, kept.maintained_at, kept.last_followup_at) == (
            firm.clock.now(),
            firm.clock.now(),
            None,
        )
        assert (kept.latitude, kept.longitude) == (22.5405, 113.9346)
        assert kept.note == "每季度对账\n样品先寄前台"

    async def test_what_follows_from_the_rest_is_derived(self, firm: Firm):
        kept = await firm.again(await firm.customer(short_name="华宁", contact_name="王建国", phone="13800138000"))
        assert {"华宁", "王建", "hndz", "wjg", "8000"} <= set(kept.keys)
        assert kept.sort_key.startswith("shenzhen")
        assert "有限公司" not in kept.normal_name

    async def test_it_counts_as_stale_after_its_type_s_period(self, firm: Firm):
        kept = await firm.customer(type="a")  # 14 days; made on 11 March in Shanghai
        assert await firm.stale_from(kept) == datetime(2026, 3, 24, 16, tzinfo=UTC)  # midnight of the 25th there

    @pytest.mark.parametrize("by", ["finance", "executive", "other finance"])
    async def test_who_may_not_make_one_does_not(self, firm: Firm, by: str):
        assert await refused(firm, by) == ("not_allowed", None)

    @pytest.mark.parametrize("field", ["type", "category", "industry", "source"])
    async def test_words_come_from_the_company_s_dictionaries(self, firm: Firm, field: str):
        assert await refused(firm, **{field: "whaling"}) == ("customer.not_in_dictionary", field)
        assert await refused(firm, **{field: ""}) == ("required", field)

    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("name", "", "required"),
            ("name", "  ", "required"),
            ("name", "——", "customer.name_too_short"),
            ("name", "华" * 81, "too_long"),
            ("city", "深" * 31, "too_long"),
            ("note", "长" * 1001, "too_long"),
            ("phone", "王总", "contact.phone_unreadable"),
            ("contact_name", "王" * 41, "too_long"),
            ("yearly_value", Decimal(-1), "customer.amount_negative"),
        ],
    )
    async def test_what_cannot_be_is_refused_and_the_field_named(self, firm: Firm, field: str, value, code: str):
        assert await refused(firm, **{field: value}) == (code, field)

    async def test_nothing_is_left_of_a_refused_one(self, firm: Firm):
        await refused(firm, phone="王总")
        async with firm.db.unit() as session:
            assert await session.scalar(select(func.count()).select_from(Customer)) == 0


class TestDoubles:
    async def test_the_same_name_is_refused_naming_the_owner_to_who_may_see_it(self, firm: Firm):
        customer = await firm.customer()
        with pytest.raises(DomainError) as caught:
            await firm.customer(by="manager")
        assert (caught.value.code, caught.value.field) == ("customer.name_taken", "name")
        ids = {"id": customer.id, "ask": customer.id}
        assert caught.value.params == {"name": "深圳市华宁电子有限公司", "owner": "李娜", **ids}

    async def test_and_not_naming_anybody_to_who_may_not(self, firm: Firm):
        await firm.customer()
        with pytest.raises(DomainError) as caught:
            await firm.customer(by="other branch")
        assert caught.value.code == "customer.name_taken_hidden"
        assert "李娜" not in str(caught.value.params)

    @pytest.mark.parametrize("name", ["深圳市华宁电子", "深圳市华宁电子有限责任公司", "深圳市华宁电子 有限公司"])
    async def test_legal_form_and_blanks_do_not_make_another_company(self, firm: Firm, name: str):
        await firm.customer()
        assert (await refused(firm, name=name))[0] == "customer.name_taken"

    async def test_a_name_much_alike_is_a_doubt_that_may_be_overruled(self, firm: Firm):
        await firm.customer()
        with pytest.raises(DomainError) as caught:
            await firm.customer(name="深圳华宁电子科技有限公司")
        assert caught.value.code == "customer.similar"
        assert caught.value.params["owner"] == "李娜"
        made = await firm.customer(name="深圳华宁电子科技有限公司", confirmed=frozenset({"customer.similar"}))
        assert made.id

    async def test_a_hidden_double_tells_nothing_but_that_it_is_there(self, firm: Firm):
        customer = await firm.customer()
        with pytest.raises(DomainError) as caught:
            await firm.customer(name="深圳华宁电子科技有限公司", by="other branch")
        assert (caught.value.code, caught.value.params) == ("customer.similar_hidden", {"ask": customer.id})

    async def test_overruling_a_doubt_does_not_let_the_same_name_through(self, firm: Firm):
        await firm.customer()
        every = frozenset({"customer.similar", "customer.name_taken", "customer.name_taken_hidden"})
        assert (await refused(firm, confirmed=every))[0] == "customer.name_taken"

    @pytest.mark.parametrize(
        "name", ["广州市华宁电子有限公司", "深圳市瑞金医疗器械有限公司", "深圳市华宁电子有限公司龙岗分公司"]
    )
    async def test_another_company_is_another_company(self, firm: Firm, name: str):
        await firm.customer()
        assert (await firm.customer(name=name)).id

    async def test_a_name_is_compared_when_it_is_changed_but_not_with_itself(self, firm: Firm):
        customer = await firm.customer()
        other = await firm.customer(name="上海瑞金医疗器械有限公司")
        assert await why_not(firm, other, "name", "深圳市华宁电子有限公司") == "customer.name_taken"
        assert (await change(firm, customer, "name", "深圳市华宁电子有限责任公司")).name.endswith("有限责任公司")


class TestChanging:
    async def test_a_change_counts_as_maintenance(self, firm: Firm):
        customer = await firm.customer(type="a")
        firm.clock.advance(timedelta(days=20))
        changed = await change(firm, customer, "city", "东莞")
        assert changed.city == "东莞"
        assert changed.maintained_at == firm.clock.now()
        assert await firm.stale_from(changed) == datetime(2026, 4, 13, 16, tzinfo=UTC)

    async def test_another_type_has_another_period(self, firm: Firm):
        changed = await change(firm, await firm.customer(type="a"), "type", "b")
        assert await firm.stale_from(changed) == datetime(2026, 4, 9, 16, tzinfo=UTC)  # 30 days

    async def test_a_new_name_is_found_and_the_old_one_is_not(self, firm: Firm):
        changed = await change(firm, await firm.customer(), "name", "东莞市汇川传感器有限公司")
        assert "汇川" in changed.keys
        assert "华宁" not in changed.keys
        assert changed.sort_key.startswith("dongguan")

    async def test_a_card_out_of_date_changes_nothing(self, firm: Firm):
        customer = await firm.customer()
        seen = customer.revision
        await change(firm, customer, "city", "东莞", by="manager", revision=seen)
        assert await why_not(firm, customer, "city", "惠州", revision=seen) == "changed_meanwhile"
        assert (await firm.again(customer)).city == "东莞"

    @pytest.mark.parametrize("by", ["peer", "department", "other department", "finance", "executive", "other manager"])
    async def test_others_may_not(self, firm: Firm, by: str):
        assert await why_not(firm, await firm.customer(), "city", "东莞", by) == "not_allowed"

    @pytest.mark.parametrize("field", ["owner_id", "created_at", "keys", "id", "", "__class__"])
    async def test_no_other_column_is_reached(self, firm: Firm, field: str):
        assert await why_not(firm, await firm.customer(), field, "1") == "not_found"

    async def test_a_required_field_cannot_be_emptied_another_can(self, firm: Firm):
        customer = await firm.customer(city="深圳")
        assert await why_not(firm, customer, "name", " ") == "required"
        assert (await change(firm, customer, "city", "")).city is None

    async def test_confirming_that_nothing_changed_is_maintenance_too(self, firm: Firm):
        customer = await firm.customer()
        firm.clock.advance(timedelta(days=20))
        async with firm.db.unit() as session:
            await service.confirm_archive(session, await firm.actor(session), customer.id)
        assert (await firm.again(customer)).maintained_at == firm.clock.now()

    async def test_who_may_only_read_cannot_confirm(self, firm: Firm):
        customer = await firm.customer()
        with pytest.raises(DomainError, match="not_allowed"):
            async with firm.db.unit() as session:
                await service.confirm_archive(session, await firm.actor(session, "finance"), customer.id)


class TestReading:
    async def archive(self, firm: Firm, customer: Customer, by: str = "owner") -> queries.Archive:
        async with firm.db.unit() as session:
            return await queries.archive(session, await firm.actor(session, by), customer.id)

    async def test_an_archive_tells_how_long_nobody_cared(self, firm: Firm):
        customer = await firm.customer(type="a")
        firm.clock.advance(timedelta(days=13, hours=13))  # 23:00 of the 13th day after
        assert (await self.archive(firm, customer)).stale_days is None
        firm.clock.advance(timedelta(hours=1))  # midnight in Shanghai
        assert (await self.archive(firm, customer)).stale_days == 14

    async def test_the_period_follows_the_playbook(self, firm: Firm):
        customer = await firm.customer(type="a")
        text = playbook.default_text().replace("stale_after_days: 14", "stale_after_days: 2")
        async with firm.db.unit() as session:
            await playbook.apply(session, firm.people["admin"].id, text)
        firm.clock.advance(timedelta(days=2))
        assert (await self.archive(firm, customer)).stale_days == 2

    async def test_days_are_counted_on_the_reader_s_calendar(self, firm: Firm):
        customer = await firm.customer()
        firm.clock.advance(timedelta(hours=3))  # 13:00 in Shanghai, 01:00 on the same day in New York
        await firm.visit(customer)
        firm.clock.advance(timedelta(hours=12))  # the next day has begun in Shanghai only
        async with firm.db.unit() as session:
            (await session.get_one(Employee, firm.people["manager"].id)).zone = "America/New_York"
        assert (await self.archive(firm, customer)).days_since_followup == 1
        assert (await self.archive(firm, customer, "manager")).days_since_followup == 0

    @pytest.mark.parametrize("by", ["peer", "other branch", "other finance"])
    async def test_who_may_not_see_it_learns_nothing(self, firm: Firm, by: str):
        with pytest.raises(DomainError, match="not_found"):
            await self.archive(firm, await firm.customer(), by)

    async def test_a_type_that_the_playbook_dropped_still_shows(self, firm: Firm):
        customer = await firm.customer()
        async with firm.db.unit() as session:
            gone = update(Customer).values(type="vip", industry="whaling")
            await session.execute(gone, execution_options={"unaudited": "a test"})
        assert (await self.archive(firm, customer)).customer.type == "vip"

    async def test_the_list_is_a_to_z_by_pinyin_and_turns_both_ways(self, firm: Firm):
        for name in (
            "重庆长安汽车",
            "安徽合力叉车",
            "厦门会展中心",
            "北京同仁堂",
            "深圳华宁电子",
            "Bosch 苏州",
            "广州白云电器",
        ):
            await firm.customer(name=name)
        await firm.customer(name="上海吴佳怡的客户", by="other branch")
        async with firm.db.unit() as session:
            actor = await firm.actor(session)
            first = await queries.listing(session, actor, limit=3)
            second = await queries.listing(session, actor, queries.At(after=first.rows[-1].id), limit=3)
            third = await queries.listing(session, actor, queries.At(after=second.rows[-1].id), limit=3)
            back = await queries.listing(session, actor, queries.At(before=third.rows[0].id), limit=3)
        names = [row.name for page in (first, second, third) for row in page.rows]
        assert names[:4] == ["安徽合力叉车", "北京同仁堂", "Bosch 苏州", "重庆长安汽车"]
        assert names[4:] == ["广州白云电器", "深圳华宁电子", "厦门会展中心"]
        assert [row.id for row in back.rows] == [row.id for row in second.rows]
        assert [(page.more_before, page.more_after) for page in (first, second, third)] == [
            (False, True),
            (True, True),
            (True, False),
        ]

    async def test_a_page_after_a_customer_that_is_gone_or_never_was_is_empty(self, firm: Firm):
        await firm.customer()
        async with firm.db.unit() as session:
            page = await queries.listing(session, await firm.actor(session), queries.At(after=999))
        assert page.rows == []


async def test_changes_at_once_take_effect_one_after_the_other(firm: Firm):
    customer = await firm.customer()
    await asyncio.gather(*(change(firm, customer, "city", f"第{at}城") for at in range(6)))
    async with firm.db.unit() as session:
        told = select(AuditEntry).where(AuditEntry.subject_type == "customer", AuditEntry.verb == "change")
        steps = list(await session.scalars(told.order_by(AuditEntry.id)))
    assert [one.before.get("city") for one in steps[1:]] == [one.after["city"] for one in steps[:-1]]
    assert (await firm.again(customer)).revision == customer.revision + 6
