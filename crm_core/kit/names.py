"""When two company names may be one company: for suggestions only, nothing is ever merged by a score.

A name is taken apart into what tells companies apart (the core: 华宁电子), where they are (深圳), which of several
they are (第二, 3号店, 分行), and what says nothing (有限公司, Co., Ltd). Rapidfuzz compares only the cores; a different
place or number makes two names two companies, however alike they look: 工行深圳分行 is not 工行广州分行.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from crm_core.kit.words.folding import fold
from crm_core.kit.words.numbers import DIGITS

K = TypeVar("K")

LIKELY = 0.85
"""From this score on a person should be asked whether it is the same company."""

_DIFFERENT = 0.6
_HEAD_AND_BRANCH = 0.8
_SAME_BRAND = 0.9
_ONE_PLACE_UNSAID = 0.95
_LONGEST = 120

_PLACES = (
    "北京 上海 天津 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 海南 四川 "
    "贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 "
    "承德 沧州 廊坊 衡水 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 "
    "鄂尔多斯 呼伦贝尔 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 四平 通化 延边 "
    "哈尔滨 齐齐哈尔 鸡西 鹤岗 大庆 伊春 佳木斯 牡丹江 绥化 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 "
    "镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 "
    "安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德 南昌 景德镇 萍乡 "
    "九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 "
    "滨州 菏泽 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店 武汉 "
    "黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 "
    "郴州 永州 怀化 娄底 湘西 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 "
    "中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 儋州 "
    "成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 贵阳 六盘水 遵义 "
    "安顺 毕节 铜仁 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 大理 拉萨 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 "
    "商洛 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 西宁 海东 银川 石嘴山 吴忠 固原 中卫 乌鲁木齐 "
    "克拉玛依 吐鲁番 哈密 昆山 义乌 常熟 张家港 江阴 南山 福田 罗湖 宝安 龙岗 龙华 坪山 浦东 徐汇 静安 闵行 海淀 "
    "西城 东城 丰台 天河 越秀 番禺 华东 华南 华北 华中 西南 西北 东北 shenzhen guangzhou shanghai beijing dongguan "
    "suzhou hangzhou chengdu wuhan hongkong"
)
_AREA = r"(?:特别行政区|自治区|自治州|省|市|地区|新区|区|县)?"
_PLACE = re.compile(rf"({'|'.join(sorted(_PLACES.split(), key=len, reverse=True))}){_AREA}")
_LEADING_PLACES = re.compile(rf"(?:{_PLACE.pattern})+(?=.{{2}})")
_BRACKETS = re.compile(r"[(\[<]([^()\[\]<>]{0,40})[)\]>]")
_SONS = "[电种量粒离]子"  # 华宁电子公司 is a company of electronics, no 子公司
_LEGAL = re.compile(
    rf"(?:股份|集团|控股|有限责任|有限|责任)*(?:总公司|(?<!分)(?:(?<!子)|(?<={_SONS}))公司)"
    r"|(?:集团|控股|股份|有限责任|有限)+(?=$|[(\[])"
)
_LEGAL_ENGLISH = re.compile(
    r"(?:[\s,.&]+(?:co|company|ltd|limited|inc|incorporated|corp|corporation|llc|llp|plc|gmbh|ag|pte|pty|sdn|bhd|"
    r"group|holdings?)\b\.?)+[\s.,]*$"
)
_BRANCH = re.compile(
    r"(?:分公司|(?!(?<=[电种量粒离])子)子公司|分行|支行|分理处|营业部|营业厅|办事处|分店|门店|旗舰店|专卖店|专柜|分校|分院|分部|branch|store)$"
)
_LEGAL_END = re.compile(
    r"(?:(?:集团|控股|股份|有限责任|有限)*公司|[\s,.]+(?:co|company|ltd|limited|inc|corp|llc|plc|gmbh)\b\.?)+\s*$",
    re.IGNORECASE,
)
_SHORTEST_CALLED = 2
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖萧田董袁潘蔡蒋余于杜叶程魏苏吕丁任卢沈姚姜崔钟谭陆"
    "汪范金石廖贾夏韦付傅方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄"
    "聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟"
    "艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞"
    "敖巩明佘池查麻苑迟邝"
)
_TITLES = "总 经理 总监 主任 主管 工 老师 医生 院长 校长 部长 厂长 科长 处长 局长 老板 先生 女士 小姐 董 师傅"
_TITLED = re.compile(rf"(?:{'|'.join(_TITLES.split())})$")
_LATIN_PERSON = re.compile(r"(?:(?:Mr|Mrs|Ms|Dr)\.?\s?)?[A-Z][a-z]+(?:[ -][A-Z][a-z]+){0,2}")
_HAN_ONLY = re.compile(r"[\u3400-\u9fff]+")
_SIGNS = re.compile(r"[\W_]+")
_NUMERAL = rf"[\d{''.join(DIGITS)}十百]+"
_WHICH = re.compile(rf"第({_NUMERAL})|({_NUMERAL})(?=[号店厂局院部期分]|车间|公司)|(?<![a-z])(\d+)(?![a-z])")
_TRADE = re.compile(
    r"(?:电子|科技|技术|信息|网络|软件|智能|贸易|商贸|工贸|实业|发展|投资|制造|机械|设备|工程|建设|建筑|材料|食品|服饰|服装|电器|"
    r"物流|咨询|管理|服务|文化|传媒|生物|医药|医疗|器械|化工|能源|环保|国际|进出口|供应链|technology|technologies|tech|"
    r"electronics|trading|international|industrial|industry)+$"
)
_ALIASES = {
    "工行": "工商银行",
    "农行": "农业银行",
    "建行": "建设银行",
    "中行": "中国银行",
    "交行": "交通银行",
    "招行": "招商银行",
    "邮储": "邮政储蓄",
}
_ALIAS = re.compile(rf"^(?:中国)?({'|'.join(_ALIASES)})(?!业|情)")
_NATIONAL = re.compile(r"^中国(?=.{4})")


class _Parts(NamedTuple):
    """A company name taken apart; `where` is the branch's own place beyond the known cities (科技园)."""

    core: str
    places: frozenset[str]
    where: str
    is_branch: bool
    which: tuple[str, ...]


def is_person(words: str) -> bool:
    """Whether the words look like somebody's name: 王建国, 李经理, Mr Wang, Emma Clarke."""
    if _HAN_ONLY.fullmatch(words) is None:
        return _LATIN_PERSON.fullmatch(words) is not None
    titled = _TITLED.search(words)
    name = words[: titled.start()] if titled else words
    return name[:1] in _SURNAMES and (1 if titled else 2) <= len(name) <= 3


def is_place(words: str) -> bool:
    """Whether the words are the name of a city, province or district that we know: 深圳, 上海市, 浦东新区."""
    return _PLACE.fullmatch(words.strip().casefold()) is not None


def normal_company(name: str) -> str:
    """The name without what says nothing: legal form, bracketed place, signs, case, width. Empty if nothing is left."""
    return _SIGNS.sub("", _without_forms(_plain(name))[0])


def without_form(name: str) -> str:
    """The name as it is, less its legal form at the end (深圳市华宁电子有限公司 → 深圳市华宁电子): for short lines."""
    short = _LEGAL_END.sub("", name).rstrip(" ,")
    return short if len(short) >= _SHORTEST_CALLED else name


def brand(name: str) -> str:
    """What people would call the company for short: its core without the trades (华宁 of 深圳市华宁电子有限公司)."""
    core = _parts(name).core
    return _TRADE.sub("", core) or core


def similar(a: str, b: str) -> float:
    """0 to 1: how likely two names are one company; 1 only for names that differ in form alone."""
    one, other = _parts(a), _parts(b)
    if not one.core or not other.core:
        return 0.0
    from rapidfuzz import fuzz  # noqa: PLC0415 - 3 MB that not every process of ours has a use for

    score = fuzz.ratio(one.core, other.core) / 100
    if score < _SAME_BRAND and _same_brand(one.core, other.core):
        score = _SAME_BRAND
    return min(score, _ceiling(one, other))


def likely_duplicates(
    name: str, candidates: Mapping[K, str], *, at_least: float = LIKELY, at_most: int = 5
) -> list[tuple[K, float]]:
    """The candidates (id → name) that may be the same company, likeliest first, for a person to decide.

    Costs some 20 µs a candidate: narrow them first by search keys, never give the whole table.
    """
    scored = ((key, similar(name, candidate)) for key, candidate in candidates.items())
    likely = [(key, score) for key, score in scored if score >= at_least]
    return sorted(likely, key=lambda pair: -pair[1])[:at_most]


def _ceiling(one: _Parts, other: _Parts) -> float:
    """How alike two names can be at most, given where and which they are."""
    ceilings = [1.0]
    if one.places - other.places and other.places - one.places:
        ceilings.append(_DIFFERENT)
    if one.places != other.places:
        ceilings.append(_HEAD_AND_BRANCH if one.is_branch else _ONE_PLACE_UNSAID)
    for mine, yours in ((one.where, other.where), (one.which, other.which)):
        if mine != yours:
            ceilings.append(_DIFFERENT if mine and yours else _HEAD_AND_BRANCH)
    if one.is_branch != other.is_branch:
        ceilings.append(_HEAD_AND_BRANCH)
    return min(ceilings)


def _same_brand(a: str, b: str) -> bool:
    """华宁 and 华宁电子科技: one name is the other with trades added."""
    short, long = sorted((a, b), key=len)
    return (
        len(short) >= 2
        and long.startswith(short)
        and (_TRADE.sub("", long) or long) == (_TRADE.sub("", short) or short)
    )


@lru_cache(maxsize=4096)
def _parts(name: str) -> _Parts:
    rest, bracketed = _without_forms(_plain(name))
    rest = _SIGNS.sub("", rest)
    places = set(_PLACE.findall(bracketed))
    which = tuple(found for groups in _WHICH.findall(rest) for found in groups if found)
    leading = _LEADING_PLACES.match(rest)
    if leading:
        places.update(_PLACE.findall(leading.group()))
        rest = rest[leading.end() :]
    rest = _NATIONAL.sub("", _ALIAS.sub(lambda found: _ALIASES[found[1]], rest))
    branch = _BRANCH.search(rest)
    where = ""
    if branch and branch.start() >= 2:
        rest = rest[: branch.start()]
        inner = _PLACE.search(rest, 2)
        if inner:
            where = _PLACE.sub("", rest[inner.start() :])
            places.update(_PLACE.findall(rest[inner.start() :]))
            rest = rest[: inner.start()]
    return _Parts(rest, frozenset(places), where, branch is not None, which)


def _plain(name: str) -> str:
    return fold(unicodedata.normalize("NFKC", name[:_LONGEST])).lower().strip()


def _without_forms(plain: str) -> tuple[str, str]:
    """The name without legal forms and bracketed places, and the bracketed places."""
    places: list[str] = []

    def opened(found: re.Match[str]) -> str:
        inside = _LEGAL.sub("", found[1])
        if _PLACE.sub("", inside).strip() in ("", "中国", "china"):
            places.append(inside)
            return ""
        return inside

    rest = _BRACKETS.sub(opened, plain)
    rest = _LEGAL_ENGLISH.sub("", _LEGAL.sub("", rest)) or rest
    return rest, " ".join(places)
