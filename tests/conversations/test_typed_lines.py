"""Lines as reps type them, and what is made of each: the fields filled, what is marked, what is only looked for."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from conversations import oneline
from conversations.driver import Scene
from conversations.engine import DOUBTS
from conversations.oneline import Line
from crm_core.audit.service import act_as
from crm_core.customers.commands import NewCustomer
from crm_core.customers.service import create_customer
from crm_core.org import queries
from screens.post import Reader
from tests.conversations.conftest import Office
from tests.conversations.phone import BOT
from tests.support.company import WORDS

MORE = (
    "深圳市华为技术有限公司",
    "三月花店",
    "五一广场店",
    "Sunday Foods Ltd",
    "拜访易网络科技有限公司",
    "北京3M科技有限公司",
    "深圳市天成机械有限公司",
    "Acme Tools Inc",
    "2026电子商城",
    "May Flower Trading",
)
SEARCH = "a search"

VISITS = [
    # as it comes
    ("拜访华宁王总谈了年框,下周三送样", "华宁 | 王建国 | 王总谈了年框,下周三送样 | next 2026-03-18"),
    ("拜访 华宁 李经理 聊了价格，降了2%", "华宁 | 李经理 聊了价格，降了2%"),
    ("拜访:华宁 谈年框", "华宁 | 谈年框"),
    ("拜访：华宁，谈年框", "华宁 | 谈年框"),
    ("拜访-华宁-谈年框", "华宁 | 谈年框"),
    ("拜访/华宁/谈年框", "华宁 | 谈年框"),
    ("拜访【华宁】谈年框", "华宁 | 谈年框"),
    ("拜访“华宁电子”谈年框", "华宁 | 谈年框"),
    ("拜访　华宁　谈了年框", "华宁 | 谈了年框"),
    ("#拜访 华宁 谈年框", "华宁 | 谈年框"),
    ("😀拜访 华宁 谈了年框", "华宁 | 谈了年框"),
    ("拜访 华宁😀 谈了年框👍", "华宁 | 😀 谈了年框👍"),
    ("拜访 华宁'; DROP TABLE customer;-- 谈了", "华宁 | DROP TABLE customer;-- 谈了"),
    ("拜访华宁谈了年框；下周三送样；报价3万", "华宁 | 谈了年框；下周三送样；报价3万 | next 2026-03-18"),
    ("拜访 华宁\n谈了年框\n下周三送样", "华宁 | 谈了年框\n下周三送样 | next 2026-03-18"),
    ("见了华宁的王总，谈了年框", "华宁 | 王建国 | 王总，谈了年框"),
    ("刚拜访完华宁，谈妥了", "华宁 | 谈妥了"),
    ("拜访完华宁了 下周再去", "华宁 | 下周再去 | next 2026-03-16"),
    ("拜访过华宁 样品不错", "华宁 | 样品不错"),
    ("谈判 华宁 让了两个点", "华宁 | 让了两个点 | negotiation"),
    ("打电话给华宁王总 催款", "华宁 | 王建国 | 王总 催款 | phone"),
    ("致电华宁催款5万", "华宁 | 催款5万 | phone"),
    ("电话联系华宁 没人接", "华宁 | 没人接 | phone"),
    ("电话联系 华宁 王总 13:30 没人接", "华宁 | 王建国 | 王总 13:30 没人接 | phone | next ⚠2026-03-11"),
    ("新客户拜访 华宁 谈了设备", "华宁 | 谈了设备"),
    ("visited  huaning   -  price", "华宁 | price"),
    ("VISITED HUANING PRICE OK", "华宁 | PRICE OK"),
    (
        "Visited Huaning w/ Mr Wang: price ok, samples fri",
        "华宁 | 王建国 | Mr Wang: price ok, samples fri | next 2026-03-13",
    ),
    ("met with Mr Wang at Huaning about price", "华宁 | 王建国 | Mr Wang, about price"),
    ("met Mr Wang from Huaning", "华宁 | 王建国 | Mr Wang"),
    ("Called acme tools, left voicemail", "Acme | left voicemail | phone"),
    ("called Acme re samples next tue", "Acme | re samples next tue | phone | next 2026-03-17"),
    ("we have met acme", "Acme"),
    ("visited 华宁 谈了price, next wed 送样", "华宁 | 谈了price, next wed 送样 | next 2026-03-18"),
    # customers that are called like days, verbs and numbers
    ("拜访三月花店 看了花", "三月花店 | 看了花"),
    ("拜访五一广场店 补货3箱", "五一广场店 | 补货3箱"),
    ("visited Sunday Foods, talked price", "Sunday | talked price"),
    ("met Sunday Foods Ltd tomorrow samples", "Sunday | tomorrow samples | next 2026-03-12"),
    ("拜访拜访易 谈合作", "拜访易 | 谈合作"),
    ("拜访3M 谈胶带", "3M | 谈胶带"),
    ("拜访2026电子商城 谈了入驻", "2026 | 谈了入驻"),
    ("just met May Flower Trading", "May"),
    # when it was
    ("今天上午拜访了华宁电子,沟通了新品", "华宁 | 沟通了新品 | at 2026-03-11T10:00"),
    ("今天上午我们去拜访华宁，看样", "华宁 | 看样 | at 2026-03-11T10:00"),
    ("上午10点拜访华宁 看样", "华宁 | 看样 | at 2026-03-11T10:00"),
    ("昨天去拜访华宁谈了年框", "华宁 | 谈了年框 | at 2026-03-10T12:00"),
    ("昨天去华宁拜访了王总", "华宁 | 王建国 | 王总 | at 2026-03-10T12:00"),
    ("去华宁拜访", "华宁"),
    ("拜访华宁 昨天下午3点 谈了年框", "华宁 | 昨天下午3点 谈了年框 | at 2026-03-10T15:00"),
    ("I visited May Flower yesterday, ordered 20", "May | yesterday, ordered 20 | at 2026-03-10T12:00"),
    ("yesterday visited Acme, demo done", "Acme | demo done | at 2026-03-10T12:00"),
    ("拜访华宁 9点半 看了产线", "华宁 | 9点半 看了产线 | at ⚠2026-03-11T09:30"),
    ("visited huaning, talked price yesterday", "华宁 | talked price yesterday | at ⚠2026-03-10T12:00"),
    ("拜访华宁 谈了年框，昨天下午", "华宁 | 谈了年框，昨天下午 | at ⚠2026-03-10T12:00"),
    # what is unsure
    ("拜访华宁和瑞金", "⚠华宁 | 和瑞金"),
    ("拜访华宁、瑞金 送资料", "⚠华宁 | 瑞金 送资料"),
    ("拜访华宁和王总谈了年框", "华宁 | 和王总谈了年框"),
    ("拜访天成五金谈了设备升级", "⚠天成 | 五金谈了设备升级"),
    ("拜访 华 谈了合同", "“华” | 谈了合同"),
    ("拜访 金龙鱼 谈了进场", "“金龙鱼” | 谈了进场"),
    ("拜访远大五金谈了进场", "“远大五金” | 谈了进场"),
    ("拜访广州远大贸易有限公司样品不错", "“广州远大贸易有限公司” | 样品不错"),
    ("见了王总 谈了年框", "“王总” | 谈了年框"),
    ("visited huanning price ok", "“huanning price ok” | ⚠huanning price ok"),
    ("拜访 <b>远大</b> 谈了&年框", "“<b>远大</b>” | 谈了&年框"),
    ("拜访 %", "“%”"),
    ("拜访 王建国 谈了年框", "华宁 | 王建国 | 谈了年框"),
]

CUSTOMERS = [
    ("新客户 三月服装厂 李经理 13900139000 广州 转介绍", "三月服装厂 | ⚠李经理 | 13900139000 | ⚠广州 | 转介绍"),
    ("新客户 李经理 13900139000 广州美丽服装有限公司", "广州美丽服装有限公司 | ⚠李经理 | 13900139000"),
    ("新客户 13900139000 广州 王建国 广州美丽服装有限公司", "广州美丽服装有限公司 | ⚠王建国 | 13900139000 | ⚠广州"),
    (
        "新客户：广州美丽服装有限公司，联系人李芳，电话13900139000，备注展会认识",
        "广州美丽服装有限公司 | 李芳 | 13900139000 | 展会认识",
    ),
    (
        "新客户 广州美丽服装有限公司 李芳 手机13900139000 城市广州 备注：展会认识，要样品",
        "广州美丽服装有限公司 | ⚠李芳 | 13900139000 | 广州 | 展会认识，要样品",
    ),
    ("新客户 5月花店 深圳 13900139000", "5月花店 | 13900139000 | ⚠深圳"),
    ("新客户广州美丽服装有限公司 李芳13900139000", "广州美丽服装有限公司 | ⚠李芳 | 13900139000"),
    (
        "new customer Sunrise Foods Ltd, John Smith, +86 139 0013 9000, Shenzhen, met at expo",
        "Sunrise Foods Ltd | ⚠John Smith | 13900139000 | ⚠Shenzhen | met at expo",
    ),
    (
        "new customer: Sunrise Foods Ltd John Smith 13900139000",
        "Sunrise Foods Ltd | ⚠John Smith | 13900139000",
    ),
    ("new customer Sunrise Foods John Smith 13900139000", "⚠Sunrise Foods John Smith | 13900139000"),
    ("新客户", ""),
]

CONTACTS = [
    ("新联系人 华宁 王建国 采购经理 13800138000", "华宁 | 王建国 采购经理 13800138000"),
    ("新联系人 华宁 13800138000 王建国 采购经理", "华宁 | 13800138000 王建国 采购经理"),
    ("新联系人：华宁，王总，13800138000", "华宁 | 王总，13800138000"),
    ("新联系人 王建国 13800138000", "⚠华宁 | 王建国 13800138000"),
    ("新联系人 李芳 13800138000", "李芳 13800138000"),
    ("new contact Acme John Smith buyer 13800138000", "Acme | John Smith buyer 13800138000"),
]

SEARCHES = [
    "见了面再说",
    "谈判结果",
    "谈判桌咖啡馆？",
    "电话联系不上",
    "回访记录",
    "拜访记录",
    "拜访计划",
    "新客户名单",
    "visitors",
    "visits",
    "visit report",
    "Metro",
    "called off",
    "拜访过华宁吗",
    "拜访哪家？",
    "什么时候拜访华宁?",
    "visited huaning?",
    "上次拜访华宁谈了什么",
    "下周三拜访华宁",
    "明天下午3点拜访华宁",
    "明天去华宁拜访",
    "准备拜访华宁",
    "不用拜访华宁",
    "没拜访华宁",
    "未拜访客户",
    "好久没拜访了",
    "13800138000",
    "华宁 王总",
    "三月花店",
    "2026电子商城",
    "May Flower",
    "😀",
    "",
    "   ",
]


def made_of(line: Line | None) -> str:
    """A line's answers in one string: the customer's first letters, texts, times; ⚠ before what is unsure."""
    if line is None:
        return SEARCH
    doubts = line.answers.get(DOUBTS, ())
    parts: list[str] = []
    for one in line.form.fields:
        if one.name not in line.answers or one.name in ("industry", "source", "category", "type"):
            continue
        value = line.answers[one.name]
        shown = value["label"] if isinstance(value, dict) else str(value).removeprefix("+86").removesuffix(":00+08:00")
        lead = {"next_on": "next ", "happened_at": "at "}.get(one.name, "")
        parts.append(f"{lead}{'⚠' if one.name in doubts else ''}{shown}")
    return " | ".join([*([f"“{line.words}”"] if line.words else []), *parts])


def short(made: str) -> str:
    """Customers by what reps call them."""
    for name, called in (
        ("深圳市华宁电子有限公司", "华宁"),
        ("深圳市天成机械有限公司", "天成"),
        ("Acme Tools Inc", "Acme"),
    ):
        made = made.replace(name, called)
    for name, called in (
        ("Sunday Foods Ltd", "Sunday"),
        ("拜访易网络科技有限公司", "拜访易"),
        ("北京3M科技有限公司", "3M"),
        ("2026电子商城", "2026"),
        ("May Flower Trading", "May"),
    ):
        made = made.replace(name, called, 1) if made.lstrip("⚠").startswith(name) else made
    head, *rest = made.split(" | ")
    kinds = [one for one in rest if one in ("phone", "negotiation", "return", "first")]
    others = [one for one in rest if one not in kinds]
    texts = [one for one in others if not one.startswith(("next ", "at "))]
    return " | ".join([head, *texts, *kinds, *(one for one in others if one not in texts)])


@pytest.fixture
async def scene(office: Office) -> AsyncIterator[Scene]:
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        assert actor is not None
        act_as(session, actor.id)
        for name in MORE:
            await create_customer(session, actor, NewCustomer(name=name, **WORDS))
        yield Scene(session, actor, Reader(BOT, office.rep.user_id, "zh", actor.zone))


async def misread(scene: Scene, rows: list[tuple[str, str]]) -> dict[str, tuple[str, str]]:
    made = {line: (short(made_of(await oneline.read(scene, line))), expected) for line, expected in rows}
    return {line: both for line, both in made.items() if both[0] != both[1]}


async def test_visits(scene: Scene) -> None:
    assert await misread(scene, VISITS) == {}


async def test_new_customers(scene: Scene) -> None:
    assert await misread(scene, CUSTOMERS) == {}


async def test_new_contacts(scene: Scene) -> None:
    assert await misread(scene, CONTACTS) == {}


async def test_what_is_looked_for_is_no_entry(scene: Scene) -> None:
    assert await misread(scene, [(line, SEARCH) for line in SEARCHES]) == {}


async def test_of_a_text_too_long_nothing_is_dropped_silently(scene: Scene) -> None:
    words = "谈了很多内容，" * 400
    line = await oneline.read(scene, f"拜访 华宁 {words}")
    assert line is not None
    assert "summary" not in line.answers
    assert line.words == words.strip()  # the form is told it, and says that it is too long


@pytest.mark.parametrize(
    "words",
    [
        "新客户拜访",
        "拜访新客户",
        "new customer  met  with ",
        "谈",
        "给",
        "拜访 ",
        "昨天去",
        "！",
        "a ",
        "联系人：",
        "\n",
        "😀",
    ],
)
async def test_no_line_is_too_odd(scene: Scene, words: str) -> None:
    for text in (words, (words * 4_096)[:4_096], f"拜访 华宁 {(words * 900)[:900]}"):
        await oneline.read(scene, text)


async def _statements(session: AsyncSession, scene: Scene, line: str) -> int:
    counted: list[str] = []
    engine = session.get_bind()

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        counted.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        await oneline.read(scene, line)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(counted)


@pytest.mark.parametrize(
    "line",
    [
        "拜访 华宁 谈了年框，下周三送样",
        "拜访华宁电子谈了年框",
        "visited Sunday Foods Ltd yesterday, talked price",
        "met with Mr Wang at Huaning about price",
        "拜访远大五金谈了很多很多很多内容",
        "拜访华宁、瑞金 送资料",
    ],
)
async def test_a_line_costs_few_statements(scene: Scene, line: str) -> None:
    assert await _statements(scene.session, scene, line) <= 12
