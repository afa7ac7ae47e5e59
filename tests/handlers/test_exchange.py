"""Customers out of spreadsheets and into them, through the chat."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from crm_core.audit.models import AuditEntry
from crm_core.contacts.models import Contact
from crm_core.customers.models import Customer, Ownership
from crm_core.exchange.models import ImportBatch, ImportRow
from crm_core.org.models import Role
from tests.handlers.scene import HUANING, contact_of, customer_of
from tests.support.chat import TOKEN, House, Person
from tests.support.sheets import CSV, XLSX, csv_of, read, xlsx

HEADINGS = ["客户名称", "客户类型", "行业", "城市", "联系人", "职务", "电话", "年采购额", "下次跟进", "备注"]
KAIXUAN = [
    "深圳市凯旋光电有限公司",
    "A类·战略",
    "电子制造",
    "深圳",
    "王建国",
    "采购经理",
    "138 0013 8000",
    "120万",
    date(2026, 3, 18),
    "老客户",
]
RUIJIN = [
    "上海瑞金医疗器械有限公司",
    "B类·成长",
    "医疗",
    "上海",
    "沈岚",
    "院长",
    "０２１-６２８８ ６６６６/13900139000",
    560000,
    "2026年4月1日",
    "",
]
SHUNDE = ["佛山顺德美家电器有限公司", "", "", "佛山", "李建华", "", "1391234", "", "", ""]


async def customers(house: House) -> list[Customer]:
    async with house.db.unit() as session:
        return list(await session.scalars(select(Customer).order_by(Customer.id)))


async def sent(person: Person, body: bytes, name: str = "客户清单.xlsx", mime: str = XLSX) -> str:
    """Send a sheet and say that it is customers."""
    await person.send_file("document", body, name, mime)
    await person.tap("⬆ 导入客户")
    await person.house.exchanged()
    return person.screen()


def document(person: Person) -> tuple[str, bytes]:
    """The last file that the bot sent: its name and bytes."""
    told = next(one for one in reversed(person.answers()) if "document" in one)["document"]
    kept = person.house.sandbox.world.bot(TOKEN).files.get(told["file_id"])
    return told["file_name"], kept.data


@pytest.fixture
async def rep(house: House) -> Person:
    return await house.hire("李娜", Role.REP)


@pytest.mark.feature("BY24")
async def test_a_sheet_comes_in_with_contacts_and_can_be_taken_back(house: House, rep: Person):
    said = await rep.send_file("document", xlsx([HEADINGS, KAIXUAN, RUIJIN, SHUNDE]), "客户清单.xlsx", XLSX)
    assert "收到一张表格" in said
    said = await rep.tap("⬆ 导入客户")
    await house.exchanged()
    said = rep.screen()
    assert "将导入 3 家客户，4 位联系人" in said
    assert "认出 10 列" in said
    assert await customers(house) == []

    said = await rep.tap("👁 看前几行")
    assert "2. 深圳市凯旋光电有限公司" in said
    assert "138 0013 8000" in said
    await rep.tap("« 返回")
    said = await rep.tap("⚠ 问题")
    assert "第 4 行 佛山顺德美家电器有…：电话：“1391234”不是电话号码，已记到备注" in said
    assert "行业：“医疗”当作“医疗健康”" in said
    await rep.tap("« 返回")
    await rep.tap("✓ 导入 3 家")
    await house.exchanged()
    assert "导入了 3 家客户" in rep.screen()

    kaixuan, ruijin, shunde = await customers(house)
    assert (kaixuan.name, kaixuan.type, kaixuan.owner_id, kaixuan.territory) == (
        KAIXUAN[0],
        "a",
        rep.employee_id,
        "south",
    )
    assert kaixuan.yearly_value == 1_200_000
    assert kaixuan.next_step_on == date(2026, 3, 18)
    assert ruijin.people_phones == ["+862162886666", "+8613900139000"]
    assert (shunde.type, shunde.category) == ("new", "prospect")
    assert "王建国" in await rep.say("凯旋光电")
    assert "138 0013 8000" in rep.screen()

    await rep.tap("↩ 撤销这次导入")
    await house.exchanged()
    assert any("已撤销 3 行" in one.get("text", "") for one in rep.answers())
    assert await customers(house) == []
    async with house.db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(Contact)) == 0
        assert await session.scalar(select(func.count()).select_from(Ownership)) == 0
        verbs = select(AuditEntry.verb, func.count()).where(AuditEntry.subject_type == "customer")
        assert dict((await session.execute(verbs.group_by(AuditEntry.verb))).all()) == {"create": 3, "delete": 3}


@pytest.mark.feature("BY24")
async def test_rows_that_stay_out_come_back_with_their_reasons_and_doubles_are_told(house: House, rep: Person):
    peer = await house.hire("陈晓东", Role.REP)
    await customer_of(rep, HUANING)
    await customer_of(peer, "苏州汇川技术有限公司")
    rows = [
        ["客户名称", "行业", "联系人", "电话"],
        ["深圳华宁电子有限公司（深圳）", "电子制造", "王建国", "13800138000"],
        ["苏州汇川技术有限公司", "", "张伟", ""],
        ["深圳市安捷物流有限公司", "火星", "", ""],
        ["", "电子制造", "赵敏", "13900139000"],
        ["广州天成食品有限公司", "食品饮料", "刘洋", "13700137000/13600136000"],
        ["广州天成食品有限公司", "", "陈静", "13500135000"],
    ]
    said = await sent(rep, csv_of(rows, "gbk"), "客户.csv", CSV)
    assert "将导入 1 家客户，3 位联系人" in said
    assert "有问题 2 行，已有 1 行，名字相近 1 行" in said
    await rep.tap("✓ 导入 1 家")
    await house.exchanged()
    said = rep.screen()
    assert "导入了 1 家客户" in said
    assert "另有 1 行是他们的联系人" in said
    assert "没导入的行：有问题 2，已有 1，名字相近 1" in said
    async with house.db.unit() as session:
        met = (await session.scalars(select(Contact).order_by(Contact.id))).all()
    assert [(one.name, one.phone, one.is_primary) for one in met] == [
        ("刘洋", "+8613700137000", True),
        ("刘洋", "+8613600136000", False),
        ("陈静", "+8613500135000", False),
    ]
    await rep.tap("📄 没导入的行和原因")
    await house.exchanged()
    name, body = document(rep)
    assert name.endswith(".xlsx")
    headings, *told = read(body)
    assert headings == ["客户名称", "行业", "联系人", "电话", "原因", "行号"]
    reasons = {row[5]: row[4] for row in told}
    assert reasons[2] == f"和 李娜 的“{HUANING}”名字相近"
    assert reasons[3] == "已被同事占用"  # whose it is, a rep may not know
    assert reasons[4] == "行业：“火星”不在公司的列表里"
    assert reasons[5] == "没写名称"


@pytest.mark.feature("BY24")
async def test_columns_defaults_owner_and_doubles_are_chosen_by_taps(house: House):
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", Role.REP, manager=boss)
    await house.hire("郑凯", Role.REP)
    known = await customer_of(rep, HUANING)
    rows = [
        ["甲", "乙", "丙"],
        [HUANING, "深圳", "13800138000"],
        ["上海瑞金医疗器械有限公司", "上海", "13900139000"],
    ]
    said = await sent(boss, xlsx(rows), "名单.xlsx")
    assert "认出 3 列：客户名称、城市、电话" in said, said  # by what stands in them
    await boss.tap("列对应")
    await boss.tap("乙 → 城市")
    await boss.tap("下一页")
    await boss.tap("备注")
    assert "乙 → 备注" in boss.buttons()
    await boss.tap("« 返回")
    assert "请先重新核对再导入" in boss.screen()
    await boss.tap("默认值")
    await boss.tap("行业 → 其他行业")
    await boss.tap("医疗健康")
    await boss.tap("« 返回")
    await boss.tap("负责人")
    assert [one for one in boss.buttons() if "返回" not in one] == ["王海燕", "李娜", "放进公海"]
    await boss.tap("李娜")
    assert "归 李娜 负责" in boss.screen()
    await boss.tap("重复客户")
    await boss.tap("已有的：跳过")
    assert "已有的：补上空缺" in boss.buttons()
    await boss.tap("« 返回")
    await boss.tap("↻ 重新核对")
    await house.exchanged()
    await boss.tap("✓ 导入 1 家")
    await house.exchanged()
    assert "1 家已有客户补上了空缺的内容" in boss.screen()
    huaning, ruijin = await customers(house)
    assert (huaning.id, huaning.note, huaning.people_phones) == (known, "深圳", ["+8613800138000"])
    assert (ruijin.industry, ruijin.owner_id, ruijin.created_by) == ("medical", rep.employee_id, boss.employee_id)
    async with house.db.unit() as session:
        log = (await session.scalars(select(Ownership).where(Ownership.customer_id == ruijin.id))).one()
    assert (log.kind, log.by_id, log.to_owner_id) == ("import", boss.employee_id, rep.employee_id)

    await boss.tap("↩ 撤销这次导入")
    await house.exchanged()
    (huaning,) = await customers(house)
    assert (huaning.note, huaning.people_phones) == (None, [])


@pytest.mark.feature("BY24")
async def test_what_was_built_on_stays_when_the_import_goes(house: House, rep: Person):
    await sent(rep, xlsx([HEADINGS, KAIXUAN, RUIJIN]))
    await rep.tap("✓ 导入 2 家")
    await house.exchanged()
    kaixuan, _ = await customers(house)
    await contact_of(rep, kaixuan.id, "李建华")
    await rep.tap("↩ 撤销这次导入")
    await house.exchanged()
    assert "已撤销 1 行" in rep.screen()
    assert "留下 1 行，之后有人改过或用过：深圳市凯旋光电有限公司" in rep.screen()
    assert [one.name for one in await customers(house)] == [KAIXUAN[0]]


async def test_an_import_can_be_taken_back_for_a_day_and_no_longer(house: House, rep: Person):
    await sent(rep, xlsx([HEADINGS, KAIXUAN]))
    await rep.tap("✓ 导入 1 家")
    await house.exchanged()
    house.clock.advance(timedelta(hours=24, minutes=1))
    await rep.tap("↩ 撤销这次导入")
    assert "24 小时内可以撤销" in rep.toast
    assert len(await customers(house)) == 1


async def test_a_rep_gives_customers_to_nobody_else(house: House, rep: Person):
    await house.hire("陈晓东", Role.REP)
    rows = [["客户名称", "负责人"], ["深圳市凯旋光电有限公司", "陈晓东"], ["上海瑞金医疗器械有限公司", "李娜"]]
    said = await sent(rep, xlsx(rows))
    assert "将导入 1 家客户" in said
    await rep.tap("⚠ 问题")
    assert "负责人：不能把客户给“陈晓东”" in rep.screen()
    await rep.tap("« 返回")
    await rep.tap("负责人")
    assert "放进公海" not in rep.buttons()


async def test_formulas_are_never_computed_and_never_written(house: House, rep: Person):
    rows = [["客户名称", "备注"], ["深圳市凯旋光电有限公司", '=HYPERLINK("http://evil")'], ["+86公司", "@SUM(1)"]]
    await sent(rep, csv_of(rows), "客户.csv", CSV)
    await rep.tap("✓ 导入 2 家")
    await house.exchanged()
    kaixuan, plus = await customers(house)
    assert (kaixuan.note, plus.name) == ('=HYPERLINK("http://evil")', "+86公司")
    await rep.say("/export")
    await house.exchanged()
    name, body = document(rep)
    assert b"<f>" not in body
    headings, *told = read(body)
    notes = [row[headings.index("备注")] for row in told]
    assert sorted(notes) == ['=HYPERLINK("http://evil")', "@SUM(1)"]
    assert name.startswith("客户 2026-03-11")


@pytest.mark.feature("BY25")
async def test_one_exports_what_one_may_see_and_admins_read_who_did(house: House):
    admin = await house.hire("蒋涛", Role.ADMIN)
    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", Role.REP, manager=boss)
    other = await house.hire("郑凯", Role.REP)
    await customer_of(rep, HUANING, contact_name="王建国", phone="13800138000", city="深圳")
    await customer_of(other, "上海瑞金医疗器械有限公司")
    said = await boss.say("/export")
    assert "表格正在生成" in said
    await house.exchanged()
    assert "共 1 家客户" in boss.screen()
    _, body = document(boss)
    headings, *told = read(body)
    assert [row[0] for row in told] == [HUANING]
    row = dict(zip(headings, told[0], strict=True))
    assert (row["联系人"], row["电话"], row["负责人"], row["城市"]) == ("王建国", "138 0013 8000", "李娜", "深圳")
    await admin.say("/menu")
    await admin.tap("📊 工作视图")
    await admin.tap("更多")
    await admin.tap("谁看过、谁导出过")
    assert "03-11 10:00 王海燕 导出了 1 家" in admin.buttons()
    assert "王海燕" not in await rep.say("/access")
    # what was taken out can come in again
    said = await sent(boss, body, "导出.xlsx")
    assert "将导入 0 家客户" in said
    assert "已有 1 行" in said


@pytest.mark.feature("BY25")
async def test_an_export_hides_phones_where_the_company_says_so(house: House):
    from crm_core.playbook import service as playbook

    boss = await house.hire("王海燕", Role.MANAGER)
    rep = await house.hire("李娜", Role.REP, manager=boss)
    await customer_of(rep, HUANING, contact_name="王建国", phone="13800138000")
    async with house.db.unit() as session:
        text = playbook.default_text().replace("masked_phones: []", "masked_phones: [manager]")
        await playbook.apply(session, None, text)
    for who, phone in ((boss, "138****8000"), (rep, "138 0013 8000")):
        await who.say("/export")
        await house.exchanged()
        headings, row = read(document(who)[1])
        assert row[headings.index("电话")] == phone


async def test_the_template_comes_back_as_it_went(house: House, rep: Person):
    said = await rep.say("/import")
    assert "最多 200000 行、40 列、20 MB" in said
    await rep.tap("📄 下载模板")
    await house.exchanged()
    name, body = document(rep)
    assert name.startswith("客户导入模板")
    headings = read(body)[0]
    filled = xlsx([headings, ["深圳市凯旋光电有限公司", "凯旋", "A类·战略"]])
    said = await sent(rep, filled, name)
    assert f"认出 {len(headings)} 列" in said
    assert "将导入 1 家客户" in said


async def test_a_sheet_may_be_for_a_visit_after_all(house: House, rep: Person):
    await rep.send_file("document", xlsx([["报价", "金额"], ["连接器", 1200]]), "报价.xlsx", XLSX)
    said = await rep.tap("📝 记拜访")
    assert "拜访了哪家客户" in said


async def test_cancelled_is_cancelled(house: House, rep: Person):
    await sent(rep, xlsx([HEADINGS, KAIXUAN]))
    said = await rep.tap("✖ 取消")
    assert "什么也没有导入" in said
    assert await customers(house) == []
    async with house.db.unit() as session:
        assert (await session.scalars(select(ImportBatch.state))).all() == ["cancelled"]
        assert await session.scalar(select(func.count()).select_from(ImportRow).where(ImportRow.fate.is_not(None))) == 0
