"""A form with a field of every kind, for the tests: the report of a trade fair, with the expenses of the trip.

`Filled` is what it makes: nothing is stored, the last one submitted is kept for the test to look at.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from conversations import form
from conversations.form import Field, Form
from conversations.kinds.choices import Choice, Entry, Several, YesNo
from conversations.kinds.lines import Lines
from conversations.kinds.media import Document, Photos, Place, Voice
from conversations.kinds.numbers import Duration, Integer, Percent
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.times import Day, Moment
from crm_core.attachments.service import FileRef
from crm_core.visits.models import VisitKind
from crm_core.visits.permissions import LOG
from screens.screen import N_, Msg, Screen
from screens.words.visits import KINDS


class Expense(StrEnum):
    TRANSPORT = "transport"
    MEAL = "meal"
    HOTEL = "hotel"


# The texts are some that the catalogue has; those of a form of ours are its own.
EXPENSES: Final[dict[Any, Msg]] = {
    Expense.TRANSPORT: Msg("taxi 打车"),
    Expense.MEAL: Msg("meal 餐饮"),
    Expense.HOTEL: Msg("hotel 住宿"),
}

COSTS: Final = Lines(
    fields=(
        Field("kind", Choice(Expense, EXPENSES), Msg("Expense 费用"), Msg("What was it for? 什么费用？")),
        Field("amount", Money(), Msg("Amount 金额"), Msg("How much? 多少钱？")),
        Field("on", Day(past=True), Msg("Day 日期"), Msg("Which day? 哪天？")),
        Field("note", Text(most=100), Msg("Note 说明"), Msg("What else? 还有什么？"), required=False),
        Field("receipt", Photos(at_most=2), Msg("Receipt 票据"), Msg("Send the receipt. 发票据。"), required=False),
    ),
    example=Msg("打车 45 昨天"),
    money="amount",
    at_most=4,
)


@dataclass(frozen=True, kw_only=True)
class Fair:
    name: str
    visitors: int
    met: tuple[VisitKind, ...]
    again: bool
    why_not: str | None = None
    costs: tuple[dict[str, Any], ...] = ()
    industry: str | None = None
    share: Decimal | None = None
    budget: Decimal | None = None
    took: int | None = None
    began: datetime | None = None
    next_on: date | None = None
    phone: str | None = None
    photos: tuple[FileRef, ...] = ()
    place: tuple[float, float] | None = None
    talk: FileRef | None = None
    list: FileRef | None = None
    confirmed: frozenset[str] = frozenset()


@dataclass
class Filled:
    fairs: list[Fair] = field(default_factory=list)


FILLED: Final = Filled()


async def _keep(_session: Any, _actor: Any, values: dict[str, Any]) -> Fair:
    FILLED.fairs.append(Fair(**values))
    return FILLED.fairs[-1]


async def _done(_session: Any, _actor: Any, _fair: Fair) -> Screen:
    return Screen("system/closed.html")


def _field(name: str, kind: Any, label: str, ask: str, **more: Any) -> Field:
    return Field(name, kind, Msg(label), Msg(ask), **more)


FAIR: Final = Form(
    "test.fair",
    title=N_("Visit"),
    fields=(
        _field("name", Text(most=60), "Fair 展会", "Which fair? 哪个展会？"),
        _field("visitors", Integer(least=1, most=100_000), "Visitors 人数", "How many came? 来了多少人？"),
        _field("met", Several(Choice(VisitKind, KINDS)), "Contacts 接触", "What contacts? 哪些接触？"),
        _field("again", YesNo(), "Again 再去", "Shall we go again? 还去吗？"),
        _field("why_not", Text(), "Why not 原因", "Why not? 为什么？", when=lambda held: held.get("again") is False),
        _field("costs", COSTS, "Costs 费用", "What did it cost? 花了多少？", required=False),
        _field("industry", Entry("industries"), "Industry 行业", "Which industry? 哪个行业？", required=False),
        _field("share", Percent(), "Share 占比", "Which share? 占比多少？", required=False),
        _field("budget", Money(), "Budget 预算", "What budget? 预算多少？", required=False),
        _field("took", Duration(), "Time 时长", "How long? 多久？", required=False),
        _field("began", Moment(past=True), "Began 开始", "When? 几点开始？", required=False),
        _field("next_on", Day(future=True), "Next 下次", "When next? 下次哪天？", required=False),
        _field("phone", Phone(), "Phone 电话", "Which number? 电话多少？", required=False),
        _field("photos", Photos(at_most=3), "Photos 照片", "Send photos. 发照片。", required=False),
        _field("place", Place(), "Place 位置", "Where? 在哪里？", required=False),
        _field("talk", Voice(), "Voice 语音", "Speak. 说一说。", required=False),
        _field("list", Document(), "List 名单", "Send the list. 发名单。", required=False),
    ),
    command=Fair,
    submit=_keep,
    done=_done,
    permission=LOG,
)
form._FORMS.pop(FAIR.key)  # for these tests only
