"""Days with a name: 国庆, 春节, 清明, 圣诞; Christmas, Mid-Autumn, Thanksgiving."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from crm_core.kit.calendars import lunar_date, solar_term
from crm_core.kit.words.when.facts import Feast

_On = Callable[[int], date | None]


def fixed(month: int, day: int) -> _On:
    """The same Gregorian day every year; None in years that lack it."""

    def on(year: int) -> date | None:
        try:
            return date(year, month, day)
        except ValueError:
            return None

    return on


def lunar(month: int, day: int, *, leap: bool = False) -> _On:
    """The same day of the Chinese lunar calendar; the 30th of a short month is refused, not moved."""
    return lambda year: lunar_date(year, month, day, leap=leap)


def _easter(then_days: int = 0) -> _On:
    """Western Easter (Oudin's way of the Gregorian computus) and days beside it."""

    def on(year: int) -> date | None:
        golden, century = year % 19, year // 100
        epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
        moon = epact - epact // 28 * (1 - 29 // (epact + 1) * ((21 - golden) // 11))
        days = moon - (year + year // 4 + moon + 2 - century + century // 4) % 7
        month = 3 + (days + 40) // 44
        return date(year, month, days + 28 - 31 * (month // 4)) + timedelta(days=then_days)

    return on


def _new_year_eve(year: int) -> date | None:
    first = lunar_date(year, 1, 1)
    return None if first is None else first - timedelta(days=1)


def _term(name: str) -> _On:
    return lambda year: solar_term(year, name)


def _nth_weekday(month: int, nth: int, weekday: int, then_days: int = 0) -> _On:
    def on(year: int) -> date | None:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1) + then_days)

    return on


_CHINESE: dict[str, _On] = {
    "元旦|新年第一天": fixed(1, 1),
    "情人节": fixed(2, 14),
    "妇女节|三八节|三八妇女节|女神节": fixed(3, 8),
    "植树节": fixed(3, 12),
    "愚人节": fixed(4, 1),
    "劳动节|五一劳动节|五一|五一节": fixed(5, 1),
    "青年节|五四青年节|五四": fixed(5, 4),
    "儿童节|六一儿童节|六一": fixed(6, 1),
    "建党节|七一": fixed(7, 1),
    "建军节|八一": fixed(8, 1),
    "教师节": fixed(9, 10),
    "国庆|国庆节|十一国庆|十一国庆节|十一": fixed(10, 1),
    "万圣节": fixed(10, 31),
    "双十一|双11": fixed(11, 11),
    "双十二|双12": fixed(12, 12),
    "平安夜": fixed(12, 24),
    "圣诞|圣诞节": fixed(12, 25),
    "跨年夜": fixed(12, 31),
    "春节|过年|大年初一|农历新年|新春": lunar(1, 1),
    "除夕|除夕夜|大年夜|年三十|大年三十": _new_year_eve,
    "元宵|元宵节|正月十五元宵节": lunar(1, 15),
    "龙抬头": lunar(2, 2),
    "端午|端午节": lunar(5, 5),
    "七夕|七夕节": lunar(7, 7),
    "中元节": lunar(7, 15),
    "中秋|中秋节": lunar(8, 15),
    "重阳|重阳节": lunar(9, 9),
    "腊八|腊八节": lunar(12, 8),
    "小年": lunar(12, 23),
    "母亲节": _nth_weekday(5, 2, 6),
    "父亲节": _nth_weekday(6, 3, 6),
    "感恩节": _nth_weekday(11, 4, 3),
    "黑色星期五|黑五": _nth_weekday(11, 4, 3, 1),
    "复活节": _easter(),
    "清明|清明节": _term("清明"),
    **{
        name: _term(name)
        for name in [
            "立春",
            "惊蛰",
            "春分",
            "谷雨",
            "立夏",
            "芒种",
            "夏至",
            "大暑",
            "立秋",
            "处暑",
            "秋分",
            "寒露",
            "霜降",
            "立冬",
            "冬至",
            "大寒",
        ]
    },
}
_ENGLISH: dict[str, _On] = {
    r"new year'?s day|new years? day": fixed(1, 1),
    r"new year'?s eve|nye": fixed(12, 31),
    r"valentine'?s day|valentines": fixed(2, 14),
    r"(?:international )?women'?s day": fixed(3, 8),
    r"(?:international )?labou?r day|may day": fixed(5, 1),
    r"children'?s day": fixed(6, 1),
    r"teachers?'?s? day": fixed(9, 10),
    r"(?:chinese )?national day|golden week": fixed(10, 1),
    r"halloween": fixed(10, 31),
    r"(?:singles'? day|double (?:eleven|11))": fixed(11, 11),
    r"christmas eve|xmas eve": fixed(12, 24),
    r"(?:christmas|xmas)(?: day)?": fixed(12, 25),
    r"boxing day": fixed(12, 26),
    r"(?:chinese|lunar) new year'?s eve|cny eve": _new_year_eve,
    r"(?:chinese|lunar) new year(?:'?s day)?|spring festival|cny": lunar(1, 1),
    r"lantern festival": lunar(1, 15),
    r"dragon[ -]boat(?: festival)?": lunar(5, 5),
    r"mid[ -]autumn(?: festival| day)?|moon festival": lunar(8, 15),
    r"double ninth(?: festival)?": lunar(9, 9),
    r"qing ?ming(?: festival)?|tomb[ -]sweeping(?: day)?": _term("清明"),
    r"mother'?s'? day": _nth_weekday(5, 2, 6),
    r"father'?s'? day": _nth_weekday(6, 3, 6),
    r"thanksgiving(?: day)?": _nth_weekday(11, 4, 3),
    r"black friday": _nth_weekday(11, 4, 3, 1),
    r"cyber monday": _nth_weekday(11, 4, 3, 4),
    r"good friday": _easter(-2),
    r"easter monday": _easter(1),
    r"easter(?: sunday| day)?(?! eggs?)": _easter(),
}

_NAMED = {name: on for names, on in _CHINESE.items() for name in names.split("|")}
CHINESE = "|".join(sorted(_NAMED, key=len, reverse=True))
"""Every Chinese name as an alternation, longest first."""

_ENGLISH_PATTERNS = [(re.compile(pattern), on) for pattern, on in _ENGLISH.items()]
ENGLISH = "|".join(f"(?:{pattern})" for pattern in _ENGLISH)
"""Every English name as an alternation."""


def beside(feast: Feast, weekday: int, *, before: bool) -> Feast:
    """The first such weekday after a feast, or the last before it."""

    def on(year: int) -> date | None:
        day = feast.on(year)
        if day is None:
            return None
        return (
            day - timedelta((day.weekday() - weekday - 1) % 7 + 1)
            if before
            else day + timedelta((weekday - day.weekday() - 1) % 7 + 1)
        )

    return Feast(on)


def named(name: str) -> Feast | None:
    """The feast of a folded Chinese or English name."""
    on = _NAMED.get(name)
    if on is None:
        on = next((on for pattern, on in _ENGLISH_PATTERNS if pattern.fullmatch(name)), None)
    return None if on is None else Feast(on)
