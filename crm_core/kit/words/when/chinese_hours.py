"""Chinese pieces that say a time of day: 下午三点半, 明早, 差一刻九点, 2-4点."""

import re
from datetime import date

from crm_core.kit.words.when.chinese import HAN, TO, N, number
from crm_core.kit.words.when.facts import DOUBTED, REFUSED, Facts, Period, Reader, Refused, rule
from crm_core.kit.words.when.figures import clock_facts

_PERIODS = {
    "凌晨": Period.SMALL_HOURS,
    "清晨|清早|大清早|一大早|一早|大早上|早晨|早上|早间": Period.EARLY,
    "上午|午前": Period.MORNING,
    "中午|正午|晌午|午间": Period.NOON,
    "下午|午后": Period.AFTERNOON,
    "傍晚|黄昏": Period.DUSK,
    "晚上|晚间|夜里|夜间|夜晚|今夜|当晚": Period.NIGHT,
    "深夜|半夜": Period.LATE,
}
_PERIOD_OF = {word: period for words, period in _PERIODS.items() for word in words.split("|")}


@rule(
    rf"(?P<long>{'|'.join(sorted(_PERIOD_OF, key=len, reverse=True))})(?![好安茶餐饭报])|"
    r"(?P<short>[早晚夜晨])(?!一点(?!半|钟|整|三刻|一刻))"
)
def _period(found: re.Match[str], today: date) -> Facts | None:
    """下午; 早 and 晚 alone only after a day (明早) or before a clock time (晚8点): elsewhere they are other words."""
    del today
    if found["long"]:
        return Facts(period=_PERIOD_OF[found["long"]])
    text, start, end = found.string, found.start(), found.end()
    after_day = start > 0 and text[start - 1] in "今明昨天一二三四五六日号后前听寻琴 "
    before_clock = _HOUR_AHEAD.match(text, end) is not None
    if not (before_clock or (after_day and _AFTER_SHORT_PERIOD.match(text, end))):
        return None
    return Facts(period=Period.EARLY if found["short"] in "早晨" else Period.NIGHT)


_HOUR_AHEAD = re.compile(rf" ?(?:{N}[点时:]|\d{{1,2}}:\d\d|\d{{1,2}}(?=$|[ ,.]))")
_AFTER_SHORT_PERIOD = re.compile(r"(?!已|就|点|些|年|期|于|饭|餐|会|报|班|辈|宴)")
_MINUTE = r"(?:[0-5]?\d|零[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_SAID_OF_SOMETHING = re.compile(r"[一-鿿](?<![午上早晚天日号一二三四五六末周夜晨间的在到约于])")
_COUNTING_POINTS = "扣涨跌降升让返加减下得打第有这那几差"
_RATES = ("加价", "降价", "涨价", "让价", "提价", "优惠", "返利", "折扣", "毛利", "佣金", "税率")
_NOT_A_TIME = re.compile(
    r"水(?=$|[ ,.旁])|建议|意见|要求|问题|原因|说明|想法|优惠|利润|一线|[击评赞名心儿子式万元折倍%]|[都也不没][^\d]?"
)


@rule(
    rf"(?P<h>{N})(?:点(?:钟|整)?(?!钟?方向)|时(?![候间期代常刻尚装节段]))"
    rf"(?:(?P<half>半)|(?P<quarter>[一1三3])刻钟?|[过零]?(?P<m>{_MINUTE})分钟?(?!之)|"
    rf"(?P<bare>\d\d|零[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)(?![\d{HAN}个万元折倍%点]))?"
)
def _clock(found: re.Match[str], today: date) -> Facts | Refused | None:
    """三点, 3点半, 三点一刻, 15时30分, 3点05. 三点五 is a number, 三点建议 are points, 一点 alone may be "a bit"."""
    del today
    minute = _minute(found)
    exact = minute is not None or found.group().endswith(("钟", "整"))
    if not exact and _NOT_A_TIME.match(found.string, found.end()):
        return None
    if minute is None and re.compile(rf"(?!{N}点|一[起块同定直边])[\d{HAN}.]").match(found.string, found.end()):
        return None
    hour = number(found["h"])
    facts = clock_facts(hour, minute or 0, sure=hour == 0 or found["h"] == "零")
    if isinstance(facts, Refused) or hour < 0:
        return DOUBTED
    doubtful = not exact and found["h"] == "一"
    before = found.string[found.start() - 1 : found.start()]
    if not exact and before and ((doubtful and _SAID_OF_SOMETHING.match(before)) or before in _COUNTING_POINTS):
        return None
    if not exact and found.string[: found.start()].endswith(_RATES):
        return None
    return Facts(clock=facts.clock, weak=doubtful)


def _minute(found: re.Match[str]) -> int | None:
    if found["half"]:
        return 30
    if found["quarter"]:
        return 15 if found["quarter"] in "一1" else 45
    said = found["m"] or found["bare"]
    return number(said) if said else None


@rule(r"(?P<h>[一二两三四五六七八九]|十一)(?P<next>[二三四五六七八九十])点钟?")
def _clock_about(found: re.Match[str], today: date) -> Facts | None:
    """下午三四点: from three; 三五点, 有三四点要求 are no times."""
    del today
    hour, before = number(found["h"]), found.string[found.start() - 1 : found.start()]
    if number(found["next"]) != hour % 10 + 1 or _NOT_A_TIME.match(found.string, found.end()):
        return None
    facts = clock_facts(hour)
    return None if isinstance(facts, Refused) or (before and before in _COUNTING_POINTS) else facts


@rule(r"(?:下班|收工)(?:之|以)?[前后]")
def _end_of_work(found: re.Match[str], today: date) -> Facts:
    """周五下班前; in the middle of other words (他下班后有空) it says nothing of its own."""
    del found, today
    return Facts(period=Period.WHOLE_DAY, weak=True)


@rule(rf"[差缺](?P<m>{_MINUTE}分|[一1]刻钟?)(?:到|不到)?(?P<h>{N})点|(?P<h2>{N})点[差缺](?P<m2>{_MINUTE}分|[一1]刻钟?)")
def _clock_before(found: re.Match[str], today: date) -> Facts | Refused:
    """差五分三点, 三点差一刻: 2:55, 2:45."""
    del today
    said, hour = found["m"] or found["m2"], number(found["h"] or found["h2"])
    minutes = 15 if "刻" in said else number(said.rstrip("分"))
    if not (1 <= hour <= 24 and 1 <= minutes < 60):
        return REFUSED
    return clock_facts(hour - 1, 60 - minutes)


@rule(rf"(?P<h>{N}){TO}(?={N}(?:点|时))(?P<rest>{N}[点时](?:半|整|钟)?)")
def _clock_range(found: re.Match[str], today: date) -> Facts | Refused:
    """2-4点, 两到四点: from two."""
    del today
    return clock_facts(number(found["h"]))


@rule(r"(?<=[午上晚早晨]) ?(?P<h>\d{1,2})(?=$|[ ,.](?!\d))")
def _bare_hour(found: re.Match[str], today: date) -> Facts | Refused:
    """下午4, 晚8: after a part of the day a number that ends the phrase is the hour."""
    del today
    return clock_facts(int(found["h"]))


@rule(r"午夜|子夜|零时(?![候间])")
def _midnight(found: re.Match[str], today: date) -> Facts | Refused:
    """午夜 ends the day it is said of; 零点 (read as a clock time) begins it."""
    del today
    return clock_facts(0 if found.group() == "零时" else 24, sure=True)


READERS: tuple[Reader, ...] = (
    _period,
    _end_of_work,
    _clock_about,
    _clock,
    _clock_before,
    _clock_range,
    _bare_hour,
    _midnight,
)
