"""Chinese pieces that say a day: 下周三, 3月15号, 月底, 国庆前一天, 三个工作日后, 农历八月十五."""

import re
from datetime import date, timedelta

from crm_core.kit.words.durations import Span, scan_span
from crm_core.kit.words.numbers import DIGITS, read_digits, read_whole
from crm_core.kit.words.when import feasts
from crm_core.kit.words.when.facts import DOUBTED, REFUSED, Edge, Facts, Feast, Nth, Piece, Reader, Refused, rule
from crm_core.kit.words.when.figures import month_and_day

HAN = "零〇一二两三四五六七八九十廿卅"
N = rf"(?:\d{{1,2}}(?: (?=[点时月号日]))?|[{HAN}]{{1,3}})"
"""A number that a day, a month or an hour may be, as a pattern."""
TO = r" ?[-~到至] ?"
"""Between the ends of a range."""
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
    "尾": Edge("end"),
    "头": Edge("start"),
    "上半月": Edge("first"),
    "下半月": Edge("half"),
    "上半年": Edge("start"),
    "下半年": Edge("half"),
}
_ENDS = r"尾(?![款货数牌部号])|(?<=月)头(?![批期次条部发家])"
_EDGE = (
    r"初(?![一二三四五六七八九十])|上旬|中旬|下旬|[上下]半月|中(?![秋午国心间东山学央文])|底(?!下|部|层)|末|" + _ENDS
)
_OF_A_NAME = r"(?:科技|集团|资本|控股|传媒|影城|影院|酒店|超市)(?:公司|有限|股份|$|[ ,.])"  # 明日科技
_YEARS = {"大前": -3, "前": -2, "去": -1, "今": 0, "本": 0, "当": 0, "明": 1, "后": 2, "大后": 3}


def number(text: str) -> int:
    """A small number; 零五 and 05 are 5. What is no number is -1, which no calendar and no clock has."""
    value = read_whole(text.strip().lstrip("零〇") or "0")
    return -1 if value is None else value


def _steps(which: str) -> int:
    """How many units 下, 下下, 上个, 这, 本 lead on."""
    return which.count("下") + which.count("next") - which.count("上") - which.count("last")


# Days --------------------------------------------------------------------------------------------------------------


@rule(
    r"(?P<more>大{0,3})(?P<which>后|前)(?:[天日](?![性免])|儿个?(?=$|[ ,.上下早晚中])|"
    r"(?<![之以会饭国节天日月周年午班课完]后)(?<![之以提面往]前)(?=晚(?![宴会饭餐点辈期]|上的)))|"
    rf"(?<!赶)(?P<day>今|明|昨)(?:[天日](?!头条|之(?![前后内间])|{_OF_A_NAME})|儿个?|个儿?(?=$|[ ,.上下早晚中])|"
    r"(?=[早晚晨夜])|(?<![说声证表发]明)(?=[上下中]午))|"
    r"(?P<south>[听寻]|(?<![一-鿿])琴)(?:日(?![本语方企])|(?=晚))"
)
def _near_day(found: re.Match[str], today: date) -> Facts:
    """明天, 大后天; in the north 明儿个, in the south 听日 and 寻日."""
    if said := found["day"] or found["south"]:
        offset = {"今": 0, "明": 1, "昨": -1, "听": 1}.get(said, -1)
    else:
        offset = (2 + len(found["more"])) * (1 if found["which"] == "后" else -1)
    return Facts(fixed=today + timedelta(days=offset))


@rule(r"(?:今明|明后)(?:两天|两日|天)")
def _two_days(found: re.Match[str], today: date) -> Facts:
    """明后天 is either: the first, with the second beside it."""
    first = today + timedelta(days=0 if found.group().startswith("今") else 1)
    return Facts(fixed=first, others=(first + timedelta(days=1),))


@rule(
    r"(?P<which>下下下|(?:next|this|last) |下下个?|下一?个?|上上个?|上一?个?|这一?个?|本|当)?(?:周|星期|礼拜)"
    r"(?:(?P<day>[一二三四五六日天]|[1-7](?![\d点时号日月:./-]))(?!福|鸣)|"
    rf"(?P<end>末(?!愉快|快乐|{_OF_A_NAME}))|(?P<edge>初|中(?!旬))|)"
)
def _week(found: re.Match[str], today: date) -> Facts | None:
    which = found["which"]
    if which is None:
        if found["day"]:
            return Facts(weekday=_DAYS[found["day"]])
        if found["edge"] and not (found.start() and found.string[found.start() - 1] > "\u2e80"):
            return Facts(edge=_EDGES[found["edge"]]._replace(unit="week"), weak=True)  # 周中, of what has such a name
        return Facts(weekend=True) if found["end"] else None
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=_steps(which))
    if found["day"]:
        return Facts(week=monday, weekday=_DAYS[found["day"]])
    if found["end"]:
        return Facts(week=monday, weekend=True)
    if found["edge"]:
        return Facts(week=monday, edge=_EDGES[found["edge"]])
    return None if re.compile(r"[转围边密旋岁年折期]").match(found.string, found.end()) else Facts(week=monday)


@rule(
    rf"(?<![路街巷弄园村])(?<!大道)(?P<d>{N})(?:{TO}{N}| ?[,/或和] ?(?P<next>{N}))?[号日]"
    r"(?![线楼厂店机库门桌院仓路馆位球电字房车桥井床本元语历常报均游钢油台]|会议|文件|公[寓馆]|人物|产线|机台)"
)
def _day_of_month(found: re.Match[str], today: date) -> Facts | None:
    """5号, 3-5号, 18、19号; 45号钢 is steel, so a day past 31 is not even a wrong date; 中山路8号 is a house."""
    del today
    day = number(found["d"])
    if found["next"] and number(found["next"]) != day + 1:
        return None
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
        return Facts(year=year, month=month + 1, day=day) if 1 <= day <= 31 else DOUBTED
    return Facts(year=year, month=month + 1, edge=_EDGES[found["edge"]] if found["edge"] else None)


@rule(
    rf"(?P<m>{N})月份?(?:(?P<edge>{_EDGE})|的?(?P<d>{N})"
    rf"(?:[号日](?!线|楼)|(?={TO}{N}[号日])|(?![\d.:点时个台万千百元块%件人家月年{HAN}])))?"
)
def _named_month(found: re.Match[str], today: date) -> Facts | Refused:
    del today
    month = number(found["m"])
    if not 1 <= month <= 12:
        return REFUSED
    if found["d"]:
        return month_and_day(month, number(found["d"])) or REFUSED
    edge = _EDGES[found["edge"]] if found["edge"] else None
    return Facts(month=month, edge=edge, weak=edge is None)


@rule(
    r"(?P<unit>月|季度?|年)(?P<edge>初(?![一二三四五六七八九十])|中旬|上旬|下旬|中(?![秋午国心间])|底|末|"
    rf"{_ENDS})|(?P<alone>上旬|中旬|下旬)|(?P<half>下半[月年])"
)
def _edge_of_unit(found: re.Match[str], today: date) -> Facts | None:
    """月底, 年初, 下旬; 下半年 while it has not begun."""
    if found["half"]:
        of_year = found["half"] == "下半年"
        begun = today.month > 6 if of_year else today.day > 15
        return None if begun else Facts(edge=Edge("half", "year" if of_year else "month"))
    if found["alone"]:
        return Facts(edge=_EDGES[found["alone"]]._replace(unit="month"))
    unit, edge = found["unit"], _EDGES[found["edge"]]
    if unit == "月":
        return Facts(edge=edge._replace(unit="month"))
    if edge.at in ("first", "second", "third"):
        return None
    return Facts(edge=edge._replace(unit="year" if unit == "年" else "quarter"))


@rule(
    r"(?:(?P<which>下下个?|下一?个?|上上个?|上一?个?|这一?个?|本)季度?|第?(?P<n>[一二三四1-4])季度?|q(?P<q>[1-4]))"
    r"(?:的?(?P<edge>初|中|底|末))?"
)
def _quarter(found: re.Match[str], today: date) -> Facts:
    edge = _EDGES[found["edge"]] if found["edge"] else None
    if found["which"]:
        count = today.year * 4 + (today.month - 1) // 3 + _steps(found["which"])
        return Facts(year=count // 4, quarter=count % 4 + 1, edge=edge)
    return Facts(quarter=_DAYS[found["n"] or found["q"]] + 1, edge=edge, weak=edge is None)


@rule(
    rf"(?:(?P<which>大前|前|去|今|本|当|明|后|大后)年|(?P<y>\d{{4}}|[{''.join(DIGITS)}]{{4}}|(?:\d\d|[二三][{''.join(DIGITS)}])(?=年(?:{N}月|{feasts.CHINESE})))年)"
    r"(?:年?(?P<edge>初(?!\d|[一二三四五六七八九十])|中(?![秋国])|底|末|[上下]半年|尾(?![款货数牌部号])))?(?![级龄轻后前内来份限终会])"
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

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易常武乔贺赖龚文建"
)
_WEEKDAY = r"(?:周|星期|礼拜)(?P<day>[一二三四五六日天])"
_COUNTED = "".join(DIGITS) + "十百千万点号月日个台元块年级楼层人家位件路街"


@rule(
    rf"(?:农历|阴历|阳历|公历)?(?P<name>{feasts.CHINESE})(?:节|假期|长假|期间|当天|那天)?"
    r"(?!节?(?:快乐|好|愉快|安康|吉祥|路|街|广场|大道|村|桥|大厦|老人|树|月饼|粽|糕|饺|礼|福利|轻|牌|班|小学|中学|超市|商场|商店|"
    r"商城|酒店|大酒店|饭店|宾馆|花园|公园|小区|新村|幼儿园|水库|农场|钢铁|科技|文化|传媒|商贸|贸易|电子|实业|集团|"
    r"上河|木|劳动奖))"
)
def _feast(found: re.Match[str], today: date) -> Facts | None:
    """国庆 may be somebody's name (李国庆), 十一 may be a number: those count only where nothing else is likely."""
    del today
    name, text = found["name"], found.string
    feast = feasts.named(name)
    before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
    if len(found.group()) == 2 and before and before in _SURNAMES:
        return None
    numeral = all(one in HAN for one in name)
    if numeral and ((before and before in HAN + "第星周") or (after and after in _COUNTED)):
        return None
    return Facts(feast=feast, weak=numeral and name not in ("五一", "六一") and found.group() == name)


@rule(rf"(?P<name>{feasts.CHINESE})节?(?:假期)?之?(?P<way>后的?第|前的?最后)一个{_WEEKDAY}")
def _weekday_beside_feast(found: re.Match[str], today: date) -> Facts | None:
    """国庆后第一个周一."""
    del today
    feast = feasts.named(found["name"])
    return feast and Facts(feast=feasts.beside(feast, _DAYS[found["day"]], before=found["way"].startswith("前")))


@rule(
    r"(?P<calendar>农历|阴历|旧历)?(?:(?P<y>\d{4})年)?(?P<leap>闰)?"
    rf"(?:(?P<new_year>大?年(?=初))|(?:(?P<name>正|冬|腊)|(?P<m>{N}))月)(?P<start>初)?(?P<d>{N})(?:日|号)?"
)
def _lunar_date(found: re.Match[str], today: date) -> Facts | Refused | None:
    """农历八月十五, 正月初三, 八月初五; without any of these marks a month is a solar one."""
    del today
    marked = found["calendar"] or found["name"] or found["leap"] or (found["start"] and not found["d"].isdigit())
    if not marked:
        return None
    if found["new_year"]:
        month = 1  # 大年初五
    else:
        month = {"正": 1, "冬": 11, "腊": 12}[found["name"]] if found["name"] else number(found["m"])
    day = number(found["d"])
    if not (1 <= month <= 12 and 1 <= day <= 30):
        return REFUSED
    on = feasts.lunar(month, day, leap=bool(found["leap"]))
    return Facts(feast=Feast(on), year=int(found["y"]) if found["y"] else None)


# From now -----------------------------------------------------------------------------------------------------------

_LEAD = re.compile(r"(?:再?过|再等)(?!去)")
_AFTER = re.compile(
    r" ?(?:(?:之|以)?(?P<after>后(?![天勤台续])|内(?![部容蒙]))|(?:之|以)?(?P<before>前(?![天台面往])))的?"
)
_BETWEEN = re.compile(
    rf"(?:(?P<first>{N}){TO}(?P<second>{N})|(?P<one>[一两三四五六七八九])(?P<next>[两三四五六七八九]))"
    r"(?= ?个?(?:[天日周月年分刻]|小时|星期|礼拜|季度|工作日))"
)
_BEFORE_THE_DAY = re.compile(r"\d{1,2} ?日前")  # 20日前 is before the 20th; 三日前, 20天前 are so long ago
_NOT_FROM_NOW = re.compile(r"[近前每第提]|[上下]半[年月]")


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
    if tail and _BEFORE_THE_DAY.match(plain, at):
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
    r"(?:(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天])|(?P<working>工作日|上班日)|(?<!个)天|"
    r"(?P<week>周|星期|礼拜)(?![年边围岁期]))"
)
def _nth(found: re.Match[str], today: date) -> Facts:
    """第一个周一, 最后一天, 最后一个工作日, 第二周, of what the phrase says beside it."""
    del today
    count = -1 if found["last"] else number(found["n"])
    weekday = _DAYS[found["weekday"]] if found["weekday"] else None
    return Facts(nth=Nth(count, weekday, working=bool(found["working"]), week=bool(found["week"])))


_WAY = re.compile(rf"的?之?(?P<way>前|后)(?:的?(?P<nth>第)(?=[{HAN}\d])|(?=[{HAN}\d半]))")


def _from_there(plain: str, at: int, today: date) -> Piece | None:
    """春节前三天, 5号后第一个工作日, 下午3点前半小时: from the day or time before it."""
    del today
    way = _WAY.match(plain, at)
    scanned = scan_span(plain, way.end()) if way else None
    if way is None or scanned is None:
        return None
    return Piece(Facts(shift=scanned[0], backwards=way["way"] == "前", from_there=True), scanned[1])


@rule(
    r"(?<![底末尾])的?之?(?:前的?最后一?个?(?P<day>天|工作日|上班日)|后的?(?:上班|开工)的?第一天|后的?第一个(?:工作日|上班日))"
)
def _working_day_beside(found: re.Match[str], today: date) -> Facts:
    """五一前最后一个工作日, 国庆后上班第一天."""
    del today
    span = Span(days=1) if found["day"] == "天" else Span(working_days=1)
    return Facts(shift=span, backwards=bool(found["day"]), from_there=True)


@rule(r"的?(?P<way>第二天|次日|翌日|后一天|前一天|头一天)")
def _day_beside(found: re.Match[str], today: date) -> Facts:
    """国庆节第二天; alone (次日上午) it says nothing."""
    del today
    return Facts(shift=Span(days=1), backwards=found["way"] in ("前一天", "头一天"), from_there=True)


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
    _weekday_beside_feast,
    _lunar_date,
    _from_now,
    _near_working_day,
    _nth,
    _from_there,
    _working_day_beside,
    _day_beside,
)
