"""What reps wrote about their visits: sentences with gaps, filled differently each time, in Chinese and English."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from crm_core.visits.models import VisitKind

PRODUCTS: Final = {
    "zh": ("手持终端HX60", "防爆终端HX80", "工业打印机TP300", "桌面打印机TP120", "固定式扫码器FS20", "RFID读写器RF9"),
    "en": ("HX60 handhelds", "HX80 terminals", "TP300 printers", "TP120 printers", "FS20 scanners", "RF9 readers"),
}
SUPPLIES: Final = {
    "zh": ("高温标签", "冷链标签", "树脂碳带", "抗金属标签", "热敏纸"),
    "en": ("high-temperature labels", "cold-chain labels", "resin ribbon", "on-metal tags", "thermal paper"),
}
TROUBLES: Final = {
    "zh": (
        "有两台对焦偏慢",
        "标签进冷库后容易翘边",
        "夜班偶尔掉线",
        "碳带打印偏淡",
        "电池撑不到一个班次",
        "和ERP的接口偶尔超时",
        "新来的仓管还不会换卷",
        "打印头该清洁了",
    ),
    "en": (
        "two units focus slowly",
        "labels lift in the cold room",
        "a few units drop off the network at night",
        "prints come out pale",
        "batteries do not last a whole shift",
        "the ERP interface times out now and then",
        "new staff do not know how to change rolls",
    ),
}

SENTENCES: Final[Mapping[str, Mapping[VisitKind, tuple[str, ...]]]] = {
    "zh": {
        VisitKind.FIRST: (
            "初次见{who}，介绍了公司和{product}，对方在用的是老款，有更换打算。",
            "老客户介绍，第一次上门。{who}带看了仓库，目前还是手工抄单，痛点很明显。",
            "第一次拜访，{who}关心价格和售后响应，留了资料和{supply}样品。",
            "初访，见到{who}。他们今年要上WMS，预计需要{count}台{product}。",
            "登门认识了{who}，聊了半小时，目前供应商交期不稳，有机会。",
        ),
        VisitKind.RETURN: (
            "{who}反馈{product}用得稳定，盘点比原来快了一半。",
            "回访{product}使用情况，{trouble}，已当场处理。",
            "回访{product}使用情况，{trouble}，回去找技术确认。",
            "{who}说下半年扩一条产线，预计再要{count}台{product}。",
            "{who}出差，见了助理，{supply}库存够用三周左右。",
            "和{who}对账，上月货款已安排，尾款下周到。",
            "陪{who}走了一遍收货流程，标签位置要调整，已拍照记录。",
            "{who}提到友商报价低8%，但认可我们的售后，暂时不会换。",
            "盘点淡季，需求不大。{who}让月底再来，先补了一批{supply}。",
            "{who}介绍了新来的对接同事，日常订单以后找他，交接顺利。",
            "现场培训了六名仓管，{who}很满意，要一份操作视频。",
            "{supply}用量比上季度涨了三成，{who}想谈年度框架。",
            "产线停机检修，陪{who}更换了两个打印头，顺带清点备件。",
            "{who}抱怨上次送货晚了一天，已道歉并说明原因。",
        ),
        VisitKind.PHONE: (
            "电话联系{who}，{supply}还够用，暂不补货。",
            "电话里{who}说预算已报上去，等总部批。",
            "{who}来电反映{trouble}，远程指导后恢复。",
            "电话确认发票抬头和收货地址，{who}说本周付款。",
            "打给{who}没接通，微信留言，晚上回复说在验厂。",
            "电话问候，{who}正在比三家，要我们再给一版{product}的报价。",
            "电话跟进试用机，{who}说现场反应不错，想多试一周。",
        ),
        VisitKind.MATERIAL: (
            "寄出{supply}样品两卷和检测报告，{who}收到后试贴。",
            "给{who}发了{product}的彩页和同行案例。",
            "寄送合同扫描件和开票资料，快递已签收。",
        ),
        VisitKind.PRESENTATION: (
            "给{who}和信息部演示了{product}，扫码速度印象深，问了接口文档。",
            "现场演示{product}，连扫三百件没有一个漏读，{who}当场要报价。",
            "带样机试打{supply}，耐刮效果好，{who}要留样对比一周。",
            "向{who}汇报方案，从收货到发货全程扫码，预计两个月上线。",
        ),
        VisitKind.NEGOTIATION: (
            "与{who}谈{product}报价，{count}台，对方希望再让3个点。",
            "商谈年度框架，{supply}按季度结算，{who}要求账期60天。",
            "{who}同意单价，卡在质保两年还是三年，回去请示。",
            "合同条款基本谈定，{who}走内部审批，等盖章。",
            "谈续约，量涨价降，{who}提出返点，先按去年方案留底。",
        ),
    },
    "en": {
        VisitKind.FIRST: (
            "First meeting with {who}. They still use paper lists in the warehouse; keen to see the {product}.",
            "Introduced ourselves to {who}; they plan a new WMS this year and may need {count} {product}.",
            "First visit. {who} cares most about service response. Left brochures and samples of {supply}.",
        ),
        VisitKind.RETURN: (
            "{who} is happy with the {product}; stock counts take half the time.",
            "Checked the {product} on site: {trouble}. Fixed on the spot.",
            "Checked the {product} on site: {trouble}. Will ask our engineers.",
            "{who} adds a line in the second half and expects to need {count} more {product}.",
            "{who} was away; met the deputy. Their {supply} will last three weeks.",
            "Walked the goods-in process with {who}; the label position must change. Took photos.",
            "{who} has a quote 8% below ours but values our service. Staying for now.",
            "Trained six warehouse staff. {who} asked for a video of it.",
            "Use of {supply} is up by a third; {who} wants a frame agreement for the year.",
            "{who} complained about last week's late delivery. Apologised and explained.",
        ),
        VisitKind.PHONE: (
            "Called {who}: enough {supply} for now.",
            "Called {who}: budget is with head office, waiting for a decision.",
            "{who} rang: {trouble}. Solved over the phone.",
            "Called about the trial unit; {who} wants one more week with it.",
        ),
        VisitKind.MATERIAL: (
            "Sent two rolls of {supply} and the test report to {who}.",
            "Sent the {product} brochure and a case from the same industry to {who}.",
        ),
        VisitKind.PRESENTATION: (
            "Showed the {product} to {who} and IT: three hundred reads, none missed. They asked for a quote.",
            "Presented the whole flow from goods-in to dispatch to {who}. Two months to go live.",
        ),
        VisitKind.NEGOTIATION: (
            "Price talk with {who} on {count} {product}; they want another 3% off.",
            "{who} accepts the unit price; open point is two or three years of warranty.",
            "Terms are settled with {who}; the contract goes through their approval now.",
        ),
    },
}

NEXT_STEPS: Final = {
    "zh": (
        "约好{when}送样。",
        "{when}再去确认数量。",
        "{when}带技术过去看看。",
        "说好{when}给报价。",
        "{when}电话跟进。",
        "{when}见采购部。",
        "{when}回访。",
    ),
    "en": (
        "Samples {when}.",
        "Back {when} to settle the quantity.",
        "Bringing an engineer {when}.",
        "Quote promised {when}.",
        "Calling again {when}.",
    ),
}

_WEEKDAYS = {
    "zh": "一二三四五六日",
    "en": tuple(calendar.day_name),
}
_MONTHS = calendar.month_name[1:]


@dataclass(frozen=True, slots=True)
class Talk:
    """A visit about to be written down: how one calls the contact, and the next step if one was agreed."""

    kind: VisitKind
    who: str
    day: date
    next_on: date | None
    language: str


def summary(rng: Random, talk: Talk) -> str:
    """What the rep wrote about it."""
    language = talk.language
    sentence = rng.choice(SENTENCES[language][talk.kind]).format(
        who=talk.who,
        product=rng.choice(PRODUCTS[language]),
        supply=rng.choice(SUPPLIES[language]),
        trouble=rng.choice(TROUBLES[language]),
        count=rng.choice((2, 3, 5, 6, 8, 10, 12, 15, 20, 30)),
    )
    if talk.next_on is None or rng.random() < 0.3:
        return sentence
    step = rng.choice(NEXT_STEPS[language]).format(when=when(talk.day, talk.next_on, language))
    return f"{sentence}{step}" if language == "zh" else f"{sentence} {step}"


def when(day: date, then: date, language: str) -> str:
    """A later day as one says it on `day`: tomorrow, a weekday of this week or the next, else the date."""
    weeks = ((then - timedelta(days=then.weekday())) - (day - timedelta(days=day.weekday()))).days // 7
    weekday = _WEEKDAYS[language][then.weekday()]
    if then - day == timedelta(days=1):
        return "明天" if language == "zh" else "tomorrow"
    if weeks <= 1:
        return f"{'本下'[weeks]}周{weekday}" if language == "zh" else f"{('this', 'next')[weeks]} {weekday}"
    return f"{then.month}月{then.day}日" if language == "zh" else f"on {then.day} {_MONTHS[then.month - 1]}"
