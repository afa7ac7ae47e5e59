"""Stretches of days in words: 上个月, 本周, 最近两周, 3月份, 去年, last week, in March; and one day: 昨天, 3月5号.

For looking back: what recurs is the latest past one. Weeks begin on Monday.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm_core.kit.words.dates import read_moment
from crm_core.kit.words.folding import fold
from crm_core.kit.words.numbers import HAN, read_number

_MOST_DAYS = 3_660
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HAN_RECENT = re.compile(
    rf"(?:最近|近|过去)的?(?P<count>[\d{HAN}]+|半)个?(?P<unit>天|日|周|星期|礼拜|月|年)(?:以?内|里|来)?"
)
_ENGLISH_RECENT = re.compile(
    r"(?<![a-z])(?:last|past|recent) (?P<count>\d{1,3}) (?P<unit>day|week|month|year)s(?![a-z])"
)
_HAN_MONTH = re.compile(
    rf"(?:(?P<year>去年|今年|前年|\d{{4}}年))?的?(?P<month>\d{{1,2}}|[{HAN}]{{1,3}})月份?(?![\d{HAN}底初中末])"
)
_ENGLISH_MONTH = re.compile(
    r"(?<![a-z])(?:in )?(?P<month>january|february|march|april|june|july|august|september|october|november|december"
    r"|(?<=in )may|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)(?: (?P<year>\d{4}))?(?![a-z]| ?\d)"
)
_DAYS = {
    "天": 1,
    "日": 1,
    "周": 7,
    "星期": 7,
    "礼拜": 7,
    "月": 30,
    "年": 365,
    "day": 1,
    "week": 7,
    "month": 30,
    "year": 365,
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days from `first` to `last`, and where in the text they were told."""

    first: date
    last: date
    span: tuple[int, int]


def read_stretch(text: str, now: datetime) -> Stretch | None:
    """The days that the text tells of, as seen from an aware `now`; none if it tells of none."""
    plain, today = fold(text), now.date()
    try:
        for read in (_named, _recent, _month):
            if (found := read(plain, today)) is not None:
                return found
        reading = read_moment(text, now, prefer_future=False)
    except (ValueError, OverflowError):  # a day past the calendar's ends
        return None
    if reading is None or reading.kind != "day" or reading.value > today:
        return None
    return Stretch(reading.value, reading.value, reading.span)


def _of_months(year: int, month: int, count: int = 1) -> tuple[date, date]:
    """So many months from this one on; a month below 1 is one of the year before."""
    index, end = year * 12 + month - 1, year * 12 + month - 1 + count
    after = date(end // 12, end % 12 + 1, 1)
    return date(index // 12, index % 12 + 1, 1), after - timedelta(days=1)


_NAMED = (
    ("上上个?(?:周|星期|礼拜)", "week", 2),
    ("上个?(?:周|星期|礼拜)|last week", "week", 1),
    ("(?:本|这)个?(?:周|星期|礼拜)|this week", "week", 0),
    ("上上个?月(?:份)?", "month", 2),
    ("上个?月(?:份)?|last month", "month", 1),
    ("(?:本|这|当)个?月(?:份)?|this month", "month", 0),
    ("上个?季度|last quarter", "quarter", 1),
    ("(?:本|这)个?季度|this quarter", "quarter", 0),
    ("前年(?!.{0,3}月)", "year", 2),
    ("去年(?!.{0,3}月)|last year", "year", 1),
    ("今年(?!.{0,3}月)|this year", "year", 0),
)
_PATTERNS = tuple(
    (re.compile(rf"(?<![a-z])(?:{words})(?![a-z])(?![一二三四五六日天末初底中\d])"), unit, back)
    for words, unit, back in _NAMED
)


def _days_of(unit: str, back: int, today: date) -> tuple[date, date]:
    match unit:
        case "week":
            monday = today - timedelta(days=today.weekday() + 7 * back)
            return monday, monday + timedelta(days=6)
        case "month":
            return _of_months(today.year, today.month - back)
        case "quarter":
            return _of_months(today.year, (today.month - 1) // 3 * 3 + 1 - 3 * back, 3)
        case _:
            return _of_months(today.year - back, 1, 12)


def _named(plain: str, today: date) -> Stretch | None:
    for pattern, unit, back in _PATTERNS:
        if found := pattern.search(plain):
            return Stretch(*_days_of(unit, back, today), found.span())
    return None


def _recent(plain: str, today: date) -> Stretch | None:
    found = _HAN_RECENT.search(plain) or _ENGLISH_RECENT.search(plain)
    if found is None:
        return None
    days = _DAYS[found["unit"]]
    if found["count"] == "半":
        total = days // 2
    else:
        count = read_number(found["count"])
        total = 0 if count is None else int(count * days)
    if not 1 <= total <= _MOST_DAYS:
        return None
    return Stretch(today - timedelta(days=total - 1), today, found.span())


def _month(plain: str, today: date) -> Stretch | None:
    """A month by its name: the latest one that has begun, unless a year is told."""
    if found := _HAN_MONTH.search(plain):
        month = read_number(found["month"])
        number = int(month) if month is not None else 0
        year = {"今年": today.year, "去年": today.year - 1, "前年": today.year - 2}.get(found["year"] or "")
        if year is None and found["year"]:
            year = int(found["year"][:4])
    elif found := _ENGLISH_MONTH.search(plain):
        number = _ENGLISH_MONTHS.index(found["month"][:3]) + 1
        year = int(found["year"]) if found["year"] else None
    else:
        return None
    if not 1 <= number <= 12:
        return None
    if year is None:
        year = today.year if number <= today.month else today.year - 1
    return Stretch(*_of_months(year, number), found.span())
