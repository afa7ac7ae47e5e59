"""Amounts of money in words: 1280, ¥12,800, 1.2万, 1万2, 20w, 3k, 三千五, 一百二十块五毛, 500 yuan.

Money here is renminbi, exact to the fen, from nought to under one trillion. Other currencies are refused rather than
mistaken, and so are phone numbers, dates and long numbers without a sign: a person can always add 元.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from crm_core.kit.words.folding import fold
from crm_core.kit.words.numbers import DIGITS, ENGLISH, HAN, read_arabic, read_digits, read_english, read_number

Lang = Literal["zh", "en"]

LIMIT = Decimal(10) ** 12
_LONGEST_AMOUNT = 60
_LONGEST_SENTENCE = 4096
_LONGEST_BARE_DIGITS = 8
_FEN = Decimal("0.01")

_DIGIT = rf"[\d{''.join(DIGITS)}]"
_SIGN = r"¥|cn¥|rmb|cny|人民币"
_BODY = rf"(?:[\d{HAN}]|(?<=\d)[.,](?=\d)|(?<=\d)[kw])+"
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "grand": 1_000,
    "million": 1_000_000,
    "m": 1_000_000,
    "billion": 1_000_000_000,
    "bn": 1_000_000_000,
}
_MEASURE = "[台个件箱套吨平米公里克瓦字次户家名年天步人只支条张片颗粒瓶盒包卷辆亩升斤股份倍位吋寸英像伏]"
_YUAN = r"元人民币|块钱|元钱|元|块|圆|rmb|cny|yuan|kuai|人民币"
_JIAO_FEN = rf"零?(?P<jiao>{_DIGIT})[毛角](?:零?(?P<fen>{_DIGIT})分?)?|零?(?P<only_fen>{_DIGIT})分"
_AMOUNT = re.compile(
    rf"(?:(?P<sign>{_SIGN}) ?)?(?P<body>{_BODY}) ?(?P<scale>{'|'.join(_SCALES)})? ?"
    rf"(?:(?P<yuan>{_YUAN})(?:(?:{_JIAO_FEN}|(?P<pair>[0-9]{{2}})|(?P<one>{_DIGIT})(?!{_MEASURE}))钱?)?)?[整正]?",
    re.ASCII,
)
_SMALL_CHANGE = re.compile(rf"(?:{_JIAO_FEN})钱?", re.ASCII)
_ENGLISH_WORDS = re.compile(rf"(?:rmb )?(?P<words>(?:(?:{ENGLISH}|and)\b[ -]*)+)(?:yuan|rmb|kuai)?")
_ABOUT = re.compile(r"^(?:大约|大概|差不多|总共|一共|合计|共计|约|共|about|around|approx\.?|total)[ :]*")
_MORE_OR_LESS = re.compile(r" ?(?:左右|上下)$")
_A_COUNT_OF = re.compile(rf"(?<=[\d{HAN}])个(?=[万亿])")  # 两个亿
_BLANK_BESIDE_LETTERS = re.compile(r"(?<![\d]) +| +(?!\d)")
_DAY_IN_DIGITS = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")

_NO_START = re.compile(r"[a-z0-9_.,\-/#$€£@第]")
_FOREIGN = re.compile(
    r" ?(?:美[元金刀]|日元|港[元币纸]|欧元|英镑|韩元|台币|新币|澳元|加元|刀|usd|hkd|eur|gbp|jpy|\$|%|％)"
)
_COUNTED = re.compile(
    r"[a-z0-9]| (?!(?:for|by|in|on|per|to|and|or|from|as|at|before|after|with|if|next|this|total|paid|now)(?![a-z]))"
    rf"[a-z0-9]| ?[多来余]?{_MEASURE}|级"
)
_OF_A_DEVICE = re.compile(
    r" ?(?:显示|屏|高清|分辨|画质|摄像|相机|投影|电视|灯|快充|充电|电源|功率|适配|音箱|电机|马达|激光)"
)
_JOINED = re.compile(r"[一-鿿]")
_AFTER_SMALL_SUM = frozenset("钱的了整以左上多每吧吗呢啊和到至")


def read_amount(text: str) -> Decimal | None:
    """The amount that the whole text says, or None."""
    if len(text) > _LONGEST_AMOUNT:
        return None
    plain = _ABOUT.sub("", fold(text).strip().rstrip(".,;! "), count=1)
    plain = _MORE_OR_LESS.sub("", plain, count=1)
    compact = _A_COUNT_OF.sub("", _BLANK_BESIDE_LETTERS.sub("", plain))
    found = _AMOUNT.fullmatch(compact)
    if found:
        return _value(found)
    change = _SMALL_CHANGE.fullmatch(compact)
    if change:
        return _pennies(change)
    words = _ENGLISH_WORDS.fullmatch(plain)
    if words and not set(words["words"].split()) <= {"a", "an", "and"}:
        value = read_english(words["words"])
        return _checked(None if value is None else Decimal(value))
    return None


def find_amount(text: str) -> tuple[Decimal, tuple[int, int]] | None:
    """The first amount inside a sentence and its span, if a sign or unit of money (¥, 元, 块, 万, k, w) marks it.

    Counts (3万台), other currencies (500美元), names (三元里) and 一块 for "together" are passed over.
    """
    plain = fold(text[:_LONGEST_SENTENCE])
    for found in _AMOUNT.finditer(plain):
        if not _is_money_here(found, plain):
            continue
        value = _value(found)
        if value is not None:
            start, end = found.span()
            return value, (start, start + len(plain[start:end].rstrip()))
    return None


def _value(found: re.Match[str]) -> Decimal | None:
    body = found["body"].replace("k", "千").replace("w", "万")
    marked = bool(found["sign"] or found["yuan"] or found["scale"])
    if (body[0] == "0" and body[1:2].isdigit()) or not (marked or _may_stand_bare(body)):
        return None
    value = read_arabic(body) if found["scale"] else read_number(body)
    if value is None:
        return None
    return _checked(value * _SCALES.get(found["scale"] or "", 1) + _pennies(found))


def _may_stand_bare(body: str) -> bool:
    """Long numbers are phones, dates and contract numbers; 两 alone is a weight."""
    if body.isdigit():
        return len(body) <= _LONGEST_BARE_DIGITS and not _DAY_IN_DIGITS.fullmatch(body)
    return body not in ("两", "俩", "仨")


def _pennies(found: re.Match[str]) -> Decimal:
    parts = found.groupdict()
    tenths = read_digits(parts["jiao"] or parts.get("one") or "0") or 0
    hundredths = read_digits(parts["fen"] or parts["only_fen"] or parts.get("pair") or "0") or 0
    return Decimal(tenths * 10 + hundredths) * _FEN


def _checked(value: Decimal | None) -> Decimal | None:
    if value is None or value >= LIMIT or value != value.quantize(_FEN):
        return None
    return value


def _is_money_here(found: re.Match[str], plain: str) -> bool:
    start, end = found.start(), found.start() + len(found[0].rstrip())
    if start and _NO_START.match(plain, start - 1):
        return False
    if _FOREIGN.match(plain, end) or found["scale"] == "m":
        return False
    if found["sign"] or found["scale"]:
        return True
    if found["yuan"]:
        return not _is_a_name_with_yuan(found, plain)
    if found["body"][-1] in "kw" and _OF_A_DEVICE.match(plain, end):
        return False  # 4K显示器, 65W快充
    return any(unit in found["body"] for unit in "万亿kw") and not _COUNTED.match(plain, end)


def _is_a_name_with_yuan(found: re.Match[str], plain: str) -> bool:
    """三元里 is a place, 一元二次 algebra, 两块屏 screens, 一块去 together: small round sums need a clear end."""
    if found["yuan"] not in ("元", "块", "圆") or len(found["body"]) > 1:
        return False
    if found["jiao"] or found["only_fen"] or found["pair"] or (found["one"] and found["yuan"] != "元"):
        return False
    if found["body"] == "一" and found["yuan"] == "块":
        return True
    after = plain[found.end() : found.end() + 1]
    return bool(_JOINED.match(after)) and after not in _AFTER_SMALL_SUM


def write_amount(amount: Decimal, lang: Lang = "zh") -> str:
    """`¥12,800`, with fen only where there are any: `¥1,280.50`. The same in both languages; a minus goes first."""
    del lang
    rounded = amount.quantize(_FEN, ROUND_HALF_UP)
    sign = "-" if rounded < 0 else ""
    whole = rounded == rounded.to_integral_value()
    return f"{sign}¥{abs(rounded):,.0f}" if whole else f"{sign}¥{abs(rounded):,.2f}"


def short_amount(amount: Decimal, lang: Lang = "zh") -> str:
    """For charts and lists: `1.28万`, `3.5亿`; `12.8k`, `1.28M`, `2B`. Rounded, without a sign of money."""
    steps = (
        [(10**8, "亿", 2), (10**4, "万", 2)] if lang == "zh" else [(10**9, "B", 2), (10**6, "M", 2), (10**3, "k", 1)]
    )
    sign, size = ("-" if amount < 0 else ""), abs(amount)
    for step, unit, places in reversed([*steps, (1, "", 0)]):
        shown = (size / step).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
        following = _next_step(step, steps)
        if following is None or shown * step < following:
            return f"{sign if shown else ''}{_trimmed(shown)}{unit}"
    raise AssertionError("the largest step takes every amount")


def _next_step(step: int, steps: list[tuple[int, str, int]]) -> int | None:
    larger = [one for one, _, _ in steps if one > step]
    return min(larger) if larger else None


def _trimmed(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
