"""What is no sheet of customers gets a clear line, and nothing of it comes in."""

import io
import zipfile
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select

from crm_core.customers.models import Customer
from crm_core.exchange.models import ImportBatch, ImportRow
from crm_core.org.models import Role
from tests.handlers.test_exchange import HEADINGS, KAIXUAN, sent
from tests.support.chat import TOKEN, House, Person
from tests.support.desk import png
from tests.support.sheets import CSV, XLSX, csv_of, read, xlsx


@pytest.fixture
async def rep(house: House) -> Person:
    return await house.hire("李娜", Role.REP)


async def nothing_came_in(house: House) -> bool:
    async with house.db.unit() as session:
        customers = await session.scalar(select(func.count()).select_from(Customer))
        fates = await session.scalar(select(func.count()).where(ImportRow.fate.is_not(None)))
    return (customers, fates) == (0, 0)


def bomb() -> bytes:
    """A workbook of 60 KB with a part of 60 MB."""
    buffer = io.BytesIO(xlsx([HEADINGS, KAIXUAN]))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("xl/media/image1.bmp", bytes(60 << 20))
    return buffer.getvalue()


def cut_off() -> bytes:
    body = xlsx([HEADINGS, *([KAIXUAN] * 40)])
    return body[: len(body) // 2]


def wide(count: int) -> list[Sequence[str]]:
    return [[f"列{at}" for at in range(count)], ["深圳市凯旋光电有限公司"] * count]


@pytest.mark.feature("BY24")
@pytest.mark.parametrize(
    ("body", "name", "mime", "said"),
    [
        (png(8, 8, (9, 9, 9)), "客户.xlsx", XLSX, "这不是表格文件，或文件已损坏。请发 .xlsx 或 .csv 文件。"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "客户.xlsx", XLSX, "这不是表格文件"),
        (b"<html><body><table></table></body></html>", "客户.xls", "application/vnd.ms-excel", "这不是表格文件"),
        (xlsx(wide(41)), "客户.xlsx", XLSX, "表格有 41 列，最多能读 40 列。请先删掉一些列。"),
        (csv_of(wide(60)), "客户.csv", CSV, "表格有 60 列，最多能读 40 列"),
        (xlsx([]), "客户.xlsx", XLSX, "这张表格是空的。请发一行一家客户的表格。"),
        (b"\r\n,,,\r\n", "客户.csv", CSV, "这张表格是空的"),
        (bomb(), "客户.xlsx", XLSX, "膨胀得不正常，不像客户表格。没有读取。"),
        (cut_off(), "客户.xlsx", XLSX, "或文件已损坏。请发 .xlsx 或 .csv 文件。"),
    ],
    ids=["picture", "pdf", "web page", "41 columns", "60 columns", "empty", "blank lines", "zip bomb", "cut off"],
)
async def test_it_says_why_and_what_to_send_instead(
    house: House, rep: Person, body: bytes, name: str, mime: str, said: str
):
    assert said in await sent(rep, body, name, mime)
    assert "什么也没有导入" in rep.screen()
    assert "📄 下载模板" in rep.buttons()
    assert await nothing_came_in(house)


@pytest.mark.feature("BY24")
async def test_forty_columns_can_be_read(rep: Person):
    assert "将导入 1 家客户" in await sent(rep, xlsx(wide(40)))


@pytest.mark.feature("BY24")
async def test_what_is_too_large_is_not_even_fetched(house: House, rep: Person):
    said = await rep.send_file("document", bytes(21 << 20), "客户.xlsx", XLSX)
    assert "这个文件有 21 MB，最多 20 MB。请分成几份发。" in said
    async with house.db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(ImportBatch)) == 0


async def test_a_sheet_of_headings_alone_lets_nothing_in(house: House, rep: Person):
    said = await sent(rep, xlsx([HEADINGS]))
    assert "将导入 0 家客户" in said or "空的" in said
    assert not any("✓" in one for one in rep.buttons())
    assert await nothing_came_in(house)


@pytest.mark.feature("BY24")
async def test_five_rows_are_shown_all_problems_told_and_how_far_it_is(house: House, rep: Person):
    good = [["客户名称", "城市", "行业"], *([f"苏州{name}机械有限公司", "苏州", "机械设备"] for name in "华汇鼎泰立信")]
    bad = [[f"无锡{name}化工有限公司", "无锡", "火星"] for name in "东西南北中前后"]
    said = await sent(rep, xlsx([*good, *bad]))
    assert "将导入 6 家客户" in said
    assert "有问题 7 行" in said
    said = await rep.tap("👁 看前几行")
    assert [line.split(".")[0] for line in said.splitlines() if "苏州" in line] == ["2", "3", "4", "5", "6"]
    await rep.tap("« 返回")
    said = await rep.tap("⚠ 问题 (7)")
    assert said.count("“火星”") == 5
    said = await rep.tap("下一页")
    assert said.count("“火星”") == 2
    await rep.tap("« 返回")
    await rep.tap("✓ 导入 6 家")
    assert "正在导入" in rep.screen()
    await house.exchanged()
    assert "导入了 6 家客户" in rep.screen()
    calls = [str(one["params"]) for one in house.sandbox.log(TOKEN)]
    assert any("6 / 13 行" in one or "13 / 13 行" in one for one in calls), "the card said how far it was"


@pytest.mark.feature("BY24")
async def test_the_sheet_of_problems_mended_comes_in(house: House, rep: Person):
    rows = [["客户名称", "行业"], ["苏州汇川技术有限公司", "机械设备"], ["无锡东方化工有限公司", "火星"]]
    await sent(rep, xlsx(rows))
    await rep.tap("✓ 导入 1 家")
    await house.exchanged()
    await rep.tap("📄 没导入的行和原因")
    await house.exchanged()
    from tests.handlers.test_exchange import document

    headings, (name, _, *why) = read(document(rep)[1])
    assert (name, why[0]) == ("无锡东方化工有限公司", "行业：“火星”不在公司的列表里")
    assert "将导入 1 家客户" in await sent(rep, xlsx([headings, [name, "化工", *why]]), "补.xlsx")


@pytest.mark.feature("BY24")
async def test_stage_and_status_are_read_from_a_sheet_and_go_out_again(house: House, rep: Person):
    from tests.handlers.test_exchange import document

    rows = [["客户名称", "客户阶段", "客户状态"], ["苏州汇川技术有限公司", "潜在客户", "重点关注"]]
    assert "认出 3 列：客户名称、阶段、状态" in await sent(rep, xlsx(rows))
    await rep.tap("✓ 导入 1 家")
    await house.exchanged()
    async with house.db.unit() as session:
        customer = (await session.scalars(select(Customer))).one()
    assert (customer.stage, customer.status, customer.stage_since) == ("potential", "watch", customer.created_at)
    await rep.say("/export")
    await house.exchanged()
    headings, row = read(document(rep)[1])
    told = dict(zip(headings, row, strict=True))
    assert (told["阶段"], told["状态"]) == ("潜在客户", "重点关注")
