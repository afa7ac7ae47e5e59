"""Pieces of Chinese date phrases: 下周三, 3月15号, 月底, 三个工作日后, 农历八月十五, 下午三点半."""

import re
from datetime import date, timedelta

from crm_core.kit.words.durations import Span, scan_span
from crm_core.kit.words.numbers import DIGITS, read_digits, read_whole
from crm_core.kit.words.when import feasts
from crm_core.kit.words.when.facts import REFUSED, Edge, Facts, Feast, Nth, Period, Piece, Reader, Refused, rule
from crm_core.kit.words.when.figures import clock_facts, month_and_day

_HAN = "零〇一二两三四五六七八九十廿卅"
_N = rf"(?:\d{{1,2}}|[{_HAN}]{{1,3}})"
_TO = r" ?[-~到至] ?"
_DAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_DAYS.update({str(day + 1): day for day in range(7)})
_EDGES: dict[str, Edge] = {
    "初": Edge("start"),
    "上旬": Edge("first"),
    "中": Edge("middle"),
    "中旬": Edge("second"),
    "下旬": Edge("third"),
    "底": Edge("end"),
    "末": Edge("end"),
}
_EDGE = r"初(?![一二三四五六七八九十])|上旬|中旬|下旬|中(?![秋午国心间东山学央文])|底(?!下|部|层)|末"
_YEARS = {"大前": -3, "前": -2, "去": -1, "今": 0, "本": 0, "当": 0, "明": 1, "后": 2, "大后": 3}


def _number(text: str) -> int:
    """A small number; 零五 and 05 are 5. What is no number is -1, which no calendar and no clock has."""
    value = read_whole(text.lstrip("零〇") or "0")
    return -1 if value is None else value


def _steps(which: str) -> int:
    """How many units 下, 下下, 上个, 这, 本 lead on."""
    return which.count("下") - which.count("上")


# Days --------------------------------------------------------------------------------------------------------------


@rule(r"(?P<more>大*)(?P<which>后|前)[天日](?![性免])|(?P<day>今|明|昨)(?:[天日](?!头条)|儿个?|(?=[早晚晨夜]))")
def _near_day(found: re.Match[str], today: date) -> Facts:
    if found["day"]:
        offset = {"今": 0, "明": 1, "昨": -1}[found["day"]]
    else:
        offset = (2 + len(found["more"])) * (1 if found["which"] == "后" else -1)
    return Facts(fixed=today + timedelta(days=offset))


@rule(r"(?:今明|明后)(?:两天|两日|天)")
def _two_days(found: re.Match[str], today: date) -> Facts:
    """明后天 is either: the first, with the second beside it."""
    first = today + timedelta(days=0 if found.group().startswith("今") else 1)
    return Facts(fixed=first, others=(first + timedelta(days=1),))


@rule(
    r"(?P<which>下下下|下下个?|下一?个?|上上个?|上一?个?|这一?个?|本|当)?(?:周|星期|礼拜)"
    r"(?:(?P<day>[一二三四五六日天]|[1-7](?![\d点时号日月:：./-]))(?!福|鸣)|(?P<end>末)|(?P<edge>初|中(?!旬))|(?P<none>))"
)
def _week(found: re.Match[str], today: date) -> Facts | None:
    which = found["which"]
    if which is None:
        if found["day"]:
            return Facts(weekday=_DAYS[found["day"]])
        return Facts(weekend=True) if found["end"] else None
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_steps(which))
    if found["day"]:
        return Facts(week=monday, weekday=_DAYS[found["day"]])
    if found["end"]:
        return Facts(week=monday, weekend=True)
    if found["edge"]:
        return Facts(week=monday, edge=_EDGES[found["edge"]])
    return None if re.compile(r"[转围边密旋岁年折内]").match(found.string, found.end()) else Facts(week=monday)


@rule(rf"(?P<d>{_N})(?:{_TO}{_N})?[号日](?![线楼厂店机库门桌院仓路馆位球电字房车桥井床本元语历常报均游钢油台]|会议|文件|公寓)")
def _day_of_month(found: re.Match[str], today: date) -> Facts | None:
    """5号, 3-5号; 45号钢 is steel, so a day past 31 is not even a wrong date."""
    del today
    day = _number(found["d"])
    return Facts(day=day) if 1 <= day <= 31 else None


# Months, quarters, years ---------------------------------------------------------------------------------------------


@rule(
    rf"(?P<which>下下个?|下一?个?|上上个?|上一?个?|这一?个?|本|当)月份?"
    rf"(?:(?P<edge>{_EDGE})|(?P<d>\d{{1,2}})(?=$|[ ,.上下早晚中])(?! ?月))?"
)
def _near_month(found: re.Match[str], today: date) -> Facts | Refused:
    year, month = divmod(today.year * 12 + today.month - 1 + _steps(found["which"]), 12)
    if found["d"]:
        day = int(found["d"])
        return Facts(year=year, month=month + 1, day=day) if 1 <= day <= 31 else REFUSED
    return Facts(year=year, month=month + 1, edge=_EDGES[found["edge"]] if found["edge"] else None)


@rule(
    rf"(?P<m>{_N})月份?(?:(?P<edge>{_EDGE})|的?(?P<d>{_N})"
    rf"(?:[号日](?!线|楼)|(?={_TO}{_N}[号日])|(?![\d.:点时个台万千百元块%件人家月年{_HAN}])))?"
)
def _named_month(found: re.Match[str], today: date) -> Facts | Refused:
    del today
    month = _number(found["m"])
    if not 1 <= month <= 12:
        return REFUSED
    if found["d"]:
        return month_and_day(month, _number(found["d"])) or REFUSED
    edge = _EDGES[found["edge"]] if found["edge"] else None
    return Facts(month=month, edge=edge, weak=edge is None)


@rule(r"(?P<unit>月|季度?|年)(?P<edge>初(?![一二三四五六七八九十])|中旬|上旬|下旬|中(?![秋午国心间])|底|末)|(?P<alone>上旬|中旬|下旬)")
def _edge_of_unit(found: re.Match[str], today: date) -> Facts | None:
    del today
    if found["alone"]:
        return Facts(edge=_EDGES[found["alone"]]._replace(unit="month"))
    unit, edge = found["unit"], _EDGES[found["edge"]]
    if unit == "月":
        return Facts(edge=edge._replace(unit="month"))
    if edge.at in ("first", "second", "third"):
        return None
    return Facts(edge=edge._replace(unit="year" if unit == "年" else "quarter"))


@rule(r"(?:(?P<which>下一?个?|上一?个?|这一?个?|本)季度?|第?(?P<n>[一二三四1-4])季度?|q(?P<q>[1-4]))(?:的?(?P<edge>初|中|底|末))?")
def _quarter(found: re.Match[str], today: date) -> Facts:
    edge = _EDGES[found["edge"]] if found["edge"] else None
    if found["which"]:
        count = today.year * 4 + (today.month - 1) // 3 + _steps(found["which"])
        return Facts(year=count // 4, quarter=count % 4 + 1, edge=edge)
    return Facts(quarter=_DAYS[found["n"] or found["q"]] + 1, edge=edge, weak=edge is None)


@rule(
    rf"(?:(?P<which>大前|前|去|今|本|当|明|后|大后)年|(?P<y>\d{{4}}|[{''.join(DIGITS)}]{{4}}|\d\d(?=年{_N}月))年)"
    r"(?:年?(?P<edge>初(?!\d|[一二三四五六七八九十])|中(?![秋国])|底|末))?(?![级龄轻后前内来份限终会])"
)
def _year(found: re.Match[str], today: date) -> Facts | None:
    if found["which"]:
        year = today.year + _YEARS[found["which"]]
    else:
        year = read_digits(found["y"]) or 0
        year += 2000 if len(found["y"]) == 2 else 0
    if not 1 <= year <= 9999:
        return None
    edge = _EDGES[found["edge"]]._replace(unit="year") if found["edge"] else None
    return Facts(year=year, edge=edge, weak=edge is None)


# Named days ---------------------------------------------------------------------------------------------------------

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易常武乔贺赖龚文建"
_COUNTED = "".join(DIGITS) + "十百千万点号月日个台元块年级楼层人家位件路街"


@rule(
    rf"(?:农历|阴历|阳历|公历)?(?P<name>{feasts.CHINESE})(?:节|假期|长假|期间|当天|那天)?"
    r"(?!节?(?:快乐|好|愉快|安康|吉祥|路|街|广场|大道|村|桥|大厦|老人|树|月饼|礼|福利|轻|牌|小学|中学))"
)
def _feast(found: re.Match[str], today: date) -> Facts | None:
    """国庆 may be somebody's name (李国庆), 十一 may be a number: those count only where nothing else is likely."""
    del today
    name, text = found["name"], found.string
    feast = feasts.named(name)
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    if len(found.group()) == 2 and before and before in _SURNAMES:
        return None
    numeral = all(one in _HAN for one in name)
    if numeral and ((before in {*_HAN, "第", "星", "周"} - {""} and before) or (after and after in _COUNTED)):
        return None
    return Facts(feast=feast, weak=numeral and name not in ("五一", "六一") and found.group() == name)


@rule(
    r"(?P<calendar>农历|阴历|旧历)?(?:(?P<y>\d{4})年)?(?P<leap>闰)?"
    rf"(?:(?P<name>正|冬|腊)|(?P<m>{_N}))月(?P<start>初)?(?P<d>{_N})(?:日|号)?"
)
def _lunar_date(found: re.Match[str], today: date) -> Facts | Refused | None:
    """农历八月十五, 正月初三, 八月初五; without any of these marks a month is a solar one."""
    del today
    marked = found["calendar"] or found["name"] or found["leap"] or (found["start"] and not found["d"].isdigit())
    if not marked:
        return None
    month = {"正": 1, "冬": 11, "腊": 12}[found["name"]] if found["name"] else _number(found["m"])
    day = _number(found["d"])
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return REFUSED
    on = feasts.lunar(month, day, leap=bool(found["leap"]))
    return Facts(feast=Feast(on), year=int(found["y"]) if found["y"] else None)


# From now -----------------------------------------------------------------------------------------------------------

_LEAD = re.compile(r"(?:再?过|再等)(?!去)")
_AFTER = re.compile(r" ?(?:(?:之|以)?(?P<after>后(?![天勤台续])|内(?![部容蒙]))|(?:之|以)?(?P<before>前(?![天台面往])))的?")
_BETWEEN = re.compile(
    rf"(?:(?P<first>{_N}){_TO}(?P<second>{_N})|(?P<one>[一两三四五六七八九])(?P<next>[两三四五六七八九]))"
    r"(?= ?个?(?:[天日周月年分刻]|小时|星期|礼拜|季度|工作日))"
)
_NOT_FROM_NOW = re.compile(r"[近前每第提]")


def _from_now(plain: str, at: int, today: date) -> Piece | None:
    """三天后, 半小时后, 2-3天内 (the earlier), 再过两周, 三个工作日后, 三天前; a length alone (谈了三天) is none."""
    del today
    lead = _LEAD.match(plain, at)
    scanned = _span(plain, lead.end() if lead else at)
    if scanned is None or (at and _NOT_FROM_NOW.match(plain, at - 1)):
        return None
    span, end = scanned
    tail = _AFTER.match(plain, end)
    if tail is None and lead is None:
        return None
    backwards = bool(tail and tail["before"])
    end = tail.end() if tail else end
    if span.seconds:
        return Piece(Facts(later=span, backwards=backwards), end)
    return Piece(Facts(shift=span, backwards=backwards), end)


def _span(plain: str, at: int) -> tuple[Span, int] | None:
    """A span; of two numbers (2到3天, 两三天) the first, with the unit of both."""
    between = _BETWEEN.match(plain, at)
    if between is None:
        return scan_span(plain, at)
    later = scan_span(plain, between.start("second") if between["second"] else between.start("next"))
    if later is None:
        return None
    earlier = scan_span((between["first"] or between["one"]) + plain[between.end() : later[1]])
    return (earlier[0], later[1]) if earlier else None


@rule(r"(?P<which>下一?个?|上一?个?)(?:工作日|上班日)")
def _near_working_day(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(shift=Span(working_days=1), backwards=found["which"].startswith("上"))


@rule(
    r"的?(?!第二天)(?:第(?P<n>[一二三四五1-5])|(?P<last>最后一))个?"
    r"(?:(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])|(?P<working>工作日)|(?<!个)天)"
)
def _nth(found: re.Match[str], today: date) -> Facts:
    """第一个周一, 最后一天, 最后一个工作日, of what the phrase says beside it."""
    del today
    number = -1 if found["last"] else _number(found["n"])
    weekday = _DAYS[found["weekday"]] if found["weekday"] else None
    return Facts(nth=Nth(number, weekday, working=bool(found["working"])))


_WAY = re.compile(rf"的?之?(?P<way>前|后)(?:的?(?P<nth>第)(?=[{_HAN}\d])|(?=[{_HAN}\d半]))")


def _from_there(plain: str, at: int, today: date) -> Piece | None:
    """春节前三天, 5号后第一个工作日, 下午3点前半小时: from the day or time before it."""
    del today
    way = _WAY.match(plain, at)
    scanned = scan_span(plain, way.end()) if way else None
    if way is None or scanned is None:
        return None
    return Piece(Facts(shift=scanned[0], backwards=way["way"] == "前", from_there=True), scanned[1])


@rule(r"的?(?P<way>第二天|次日|翌日|后一天|前一天|头一天)")
def _day_beside(found: re.Match[str], today: date) -> Facts:
    """国庆节第二天; alone (次日上午) it says nothing."""
    del today
    return Facts(shift=Span(days=1), backwards=found["way"] in ("前一天", "头一天"), from_there=True)


# Time of day --------------------------------------------------------------------------------------------------------

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


@rule(rf"(?P<long>{'|'.join(sorted(_PERIOD_OF, key=len, reverse=True))})(?![好安茶餐饭报])|(?P<short>[早晚夜])(?!一点(?!半|钟|整|三刻|一刻))")
def _period(found: re.Match[str], today: date) -> Facts | None:
    """下午; 早 and 晚 alone only after a day (明早) or before a clock time (晚8点): elsewhere they are other words."""
    del today
    if found["long"]:
        return Facts(period=_PERIOD_OF[found["long"]])
    text, start, end = found.string, found.start(), found.end()
    after_day = start > 0 and text[start - 1] in "今明昨天一二三四五六日号后前 "
    before_clock = _HOUR_AHEAD.match(text, end) is not None
    if not (before_clock or (after_day and _AFTER_SHORT_PERIOD.match(text, end))):
        return None
    return Facts(period=Period.EARLY if found["short"] == "早" else Period.NIGHT)


_HOUR_AHEAD = re.compile(rf" ?(?:{_N}[点时:]|\d{{1,2}}:\d\d)")
_AFTER_SHORT_PERIOD = re.compile(r"(?!已|就|点|些|年|期|于|饭|餐|会|报|班)")
_MINUTE = r"(?:[0-5]?\d|零[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?|[一二三四五六七八九])"
_SAID_OF_SOMETHING = re.compile(r"[一-鿿](?<![午上早晚天日号一二三四五六末周夜晨间的在到约于])")
_NOT_A_TIME = re.compile(r"建议|意见|要求|问题|原因|说明|想法|[击评赞名心儿子万元折倍%]|[都也不没][^\d]?")


@rule(
    rf"(?P<h>{_N})(?:点(?:钟|整)?|时(?![候间期代常刻尚装节段]))"
    rf"(?:(?P<half>半)|(?P<quarter>[一1三3])刻钟?|[过零]?(?P<m>{_MINUTE})分钟?(?!之)|(?P<bare>\d\d|零[一二三四五六七八九]|[二三四五]?十[一二三四五六七八九]?)(?![\d个万元折倍%]))?"
)
def _clock(found: re.Match[str], today: date) -> Facts | Refused | None:
    """三点, 3点半, 三点一刻, 15时30分, 3点05. 三点五 is a number, 三点建议 are points, 一点 alone may be "a bit"."""
    del today
    minute = _minute(found)
    exact = minute is not None or found.group().endswith(("钟", "整"))
    if not exact and _NOT_A_TIME.match(found.string, found.end()):
        return None
    if minute is None and re.compile(rf"[\d{_HAN}.]").match(found.string, found.end()):
        return None
    hour = _number(found["h"])
    facts = clock_facts(hour, minute or 0, sure=hour == 0 or found["h"] == "零")
    if isinstance(facts, Refused) or hour < 0:
        return REFUSED
    doubtful = not exact and found["h"] == "一"
    if doubtful and _SAID_OF_SOMETHING.match(found.string, found.start() - 1):
        return None
    return Facts(clock=facts.clock, weak=doubtful)


def _minute(found: re.Match[str]) -> int | None:
    if found["half"]:
        return 30
    if found["quarter"]:
        return 15 if found["quarter"] in "一1" else 45
    said = found["m"] or found["bare"]
    return _number(said) if said else None


@rule(rf"差(?P<m>{_MINUTE}分|[一1]刻钟?)(?:到|不到)?(?P<h>{_N})点|(?P<h2>{_N})点差(?P<m2>{_MINUTE}分|[一1]刻钟?)")
def _clock_before(found: re.Match[str], today: date) -> Facts | Refused:
    """差五分三点, 三点差一刻: 2:55, 2:45."""
    del today
    said, hour = found["m"] or found["m2"], _number(found["h"] or found["h2"])
    minutes = 15 if "刻" in said else _number(said.rstrip("分"))
    if not (1 <= hour <= 24 and 1 <= minutes < 60):
        return REFUSED
    return clock_facts(hour - 1, 60 - minutes)


@rule(rf"(?P<h>{_N}){_TO}(?={_N}(?:点|时))(?P<rest>{_N}[点时](?:半|整|钟)?)")
def _clock_range(found: re.Match[str], today: date) -> Facts | Refused:
    """2-4点, 两到四点: from two."""
    del today
    return clock_facts(_number(found["h"]))


@rule(r"午夜|子夜|零时(?![候间])")
def _midnight(found: re.Match[str], today: date) -> Facts | Refused:
    """午夜 ends the day it is said of; 零点 (read as a clock time) begins it."""
    del today
    return clock_facts(0 if found.group() == "零时" else 24, sure=True)


READERS: tuple[Reader, ...] = (
    _near_day,
    _two_days,
    _week,
    _day_of_month,
    _near_month,
    _named_month,
    _edge_of_unit,
    _quarter,
    _year,
    _feast,
    _lunar_date,
    _from_now,
    _near_working_day,
    _nth,
    _from_there,
    _day_beside,
    _period,
    _clock,
    _clock_before,
    _clock_range,
    _midnight,
)
