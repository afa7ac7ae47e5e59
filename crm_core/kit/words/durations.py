"""Spans of time in words: 半小时, 一个半小时, 1h30, 两天, 三个月, two and a half hours, a fortnight.

A span may hold months (whose length only a calendar knows), days, working days and seconds. `read_duration` gives
the ones that are a fixed length; dates in words use `scan_span` for "in …", "… 后", "… ago".
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from crm_core.kit.words.folding import fold
from crm_core.kit.words.numbers import ENGLISH, HAN, read_english, read_number

Lang = Literal["zh", "en"]

_LONGEST = 60
_MOST_DAYS = 36_525
_HOUR_SECONDS, _DAY_SECONDS = 3600, 86_400


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time; months and working days are counted on a calendar, days and seconds are exact."""

    months: int = 0
    days: int = 0
    working_days: int = 0
    seconds: int = 0

    def plus(self, other: "Span") -> "Span":
        """Both one after the other."""
        return Span(
            self.months + other.months,
            self.days + other.days,
            self.working_days + other.working_days,
            self.seconds + other.seconds,
        )


_Unit = tuple[str, Callable[[Decimal], Span | None]]


def _months(each: int) -> Callable[[Decimal], Span | None]:
    """Months come whole or by halves: half a month is 15 days, as contracts count."""

    def make(count: Decimal) -> Span | None:
        total = count * each
        whole, rest = int(total), total - int(total)
        if rest not in (0, Decimal("0.5")):
            return None
        return Span(months=whole, days=15 if rest else 0)

    return make


def _days(each: int) -> Callable[[Decimal], Span | None]:
    def make(count: Decimal) -> Span | None:
        total = count * each
        whole, rest = int(total), total - int(total)
        return Span(days=whole, seconds=int(rest * _DAY_SECONDS))

    return make


def _working_days(count: Decimal) -> Span | None:
    return Span(working_days=int(count)) if count == int(count) else None


def _seconds(each: int) -> Callable[[Decimal], Span | None]:
    return lambda count: Span(seconds=int(count * each))


_CHINESE_UNITS: tuple[_Unit, ...] = (
    ("工作日", _working_days),
    ("季度", _months(3)),
    ("年(?![级纪度轻糕会])", _months(12)),
    ("月", _months(1)),
    ("星期|礼拜|周(?![年边围岁一二三四五六日末])", _days(7)),
    ("天|日", _days(1)),
    ("小时|钟头|钟(?!头)", _seconds(_HOUR_SECONDS)),
    ("刻钟?", _seconds(900)),
    ("分钟|分(?![之店公行部校钱])", _seconds(60)),
    ("秒钟?", _seconds(1)),
)
_ENGLISH_UNITS: tuple[_Unit, ...] = (
    (r"(?:working|business|work)[ -]?days?", _working_days),
    (r"quarters?(?! of an hour)", _months(3)),
    (r"years?|yrs?", _months(12)),
    (r"months?|mths?|mos?", _months(1)),
    (r"fortnights?", _days(14)),
    (r"weeks?|wks?", _days(7)),
    (r"days?|d", _days(1)),
    (r"hours?|hrs?|h", _seconds(_HOUR_SECONDS)),
    (r"minutes?|mins?|m", _seconds(60)),
    (r"seconds?|secs?", _seconds(1)),
)

_FIGURES = r"\d{1,5}(?:\.\d{1,2})?"


def _any(units: tuple[_Unit, ...]) -> str:
    return "|".join(f"(?P<u{rank}>{unit})" for rank, (unit, _) in enumerate(units))


_CHINESE_PART = re.compile(
    rf"(?:(?P<half>(?<!个)半)|(?P<one>(?<![\d{HAN}几])个(?=半))|"
    rf"(?P<count>{_FIGURES}|[{HAN}]{{1,7}})(?:(?<=十)[来多])?) ?"
    r"(?P<ge>个)?(?:(?<=个)[多来])?(?P<and_half>半)?个?"
    rf"(?:{_any(_CHINESE_UNITS)})(?P<half_after>半(?!天|日|年|个|小))?"
)
_ENGLISH_COUNT = (
    r"(?P<half>half(?: an?)?|(?:an? )?half)(?![a-z])|(?P<couple>(?:an? )?couple(?: of)?)(?![a-z])|"
    rf"(?P<count>{_FIGURES}|(?:(?:{ENGLISH})[ -]){{0,4}}(?:{ENGLISH})(?![a-z]))"
)
_ENGLISH_PART = re.compile(
    rf"(?:{_ENGLISH_COUNT})(?P<half_before> and (?:a|one) half)? ?-?"
    rf"(?:{_any(_ENGLISH_UNITS)})(?![a-z])"
    rf"(?P<half_after> and a half)?"
)
_QUARTERS = re.compile(r"(?:(?P<count>three|3) quarters|(?:an? )?quarter)(?: of an| )? ?hour(?![a-z])")
_CLOCKWISE = re.compile(r"(?P<hours>\d{1,3}) ?(?:h|小时) ?(?P<minutes>[0-5]?\d)(?! ?(?:m|分|\d|[.:]))")
_COLON = re.compile(r"(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)")
_JOIN = re.compile(r"[ ,]*(?:and |零|又)? ?")


@lru_cache(maxsize=2_000)
def scan_span(plain: str, at: int = 0) -> tuple[Span, int] | None:
    """The longest span that starts exactly at `at` in a folded text, and where it ends."""
    total, end, rank = Span(), at, -1
    while True:
        start = end
        if rank >= 0:
            joined = _JOIN.match(plain, end)
            start = joined.end() if joined else end
        part = _scan_part(plain, start)
        if part is None or part[2] <= rank:  # units go down: 1 hour 30 minutes, never 2 days 3 days
            break
        span, end, rank = part
        total = total.plus(span)
    return None if rank < 0 or _too_long(total) else (total, end)


def _too_long(span: Span) -> bool:
    return span.months * 31 + span.days + span.working_days * 2 > _MOST_DAYS or span.seconds > _MOST_DAYS * _DAY_SECONDS


def _scan_part(plain: str, at: int) -> tuple[Span, int, int] | None:
    """One number with its unit: the span, its end, and the unit's rank from years down to seconds."""
    quarters = _QUARTERS.match(plain, at)
    if quarters:
        return Span(seconds=2700 if quarters["count"] else 900), quarters.end(), len(_ENGLISH_UNITS)
    clockwise = _CLOCKWISE.match(plain, at)
    if clockwise:
        return _hours_minutes(clockwise), clockwise.end(), len(_ENGLISH_UNITS)
    for pattern, units in ((_CHINESE_PART, _CHINESE_UNITS), (_ENGLISH_PART, _ENGLISH_UNITS)):
        found = pattern.match(plain, at)
        if found:
            return _part(found, units)
    return None


def _hours_minutes(found: re.Match[str]) -> Span:
    return Span(seconds=int(found["hours"]) * _HOUR_SECONDS + int(found["minutes"]) * 60)


def _part(found: re.Match[str], units: tuple[_Unit, ...]) -> tuple[Span, int, int] | None:
    groups = found.groupdict()
    rank = next(n for n in range(len(units)) if groups[f"u{n}"])
    count = _count(groups)
    if count is None or not _may_say(groups, found.group(f"u{rank}")):
        return None
    span = units[rank][1](count)
    return None if span is None else (span, found.end(), rank)


def _count(groups: dict[str, str | None]) -> Decimal | None:
    half = Decimal("0.5")
    if groups["half"]:
        return half
    if groups.get("one"):  # 个半钟, as one says in the south
        return 1 + half
    if groups.get("couple"):
        return Decimal(2)
    said = groups["count"] or ""
    count = read_number(said)
    if count is None:
        english = read_english(said)
        count = None if english is None else Decimal(english)
    if count is None:
        return None
    halves = sum(bool(groups.get(name)) for name in ("and_half", "half_before", "half_after"))
    return count + half * halves if halves < 2 else None


def _may_say(groups: dict[str, str | None], unit: str) -> bool:
    """3月 is March and 3个月 or 俩月 months; 半天 may be any time from two hours to twelve."""
    if unit == "月":
        return bool(groups.get("ge") or groups.get("and_half") or groups["half"] or groups["count"] in ("俩", "仨"))
    if unit == "季度":  # 四季度 is the fourth
        return bool(groups.get("ge") or groups["half"] or groups["count"] in ("两", "俩"))
    if groups["half"] and unit in ("天", "日", "工作日", "分", "day", "days", "d"):
        return False
    return not (unit in ("日", "年", "天") and groups.get("ge"))


def read_duration(text: str) -> timedelta | None:
    """The fixed length that the whole text says; None for months and working days, whose length depends."""
    if len(text) > _LONGEST:
        return None
    plain = fold(text).strip(" .!,")
    colon = _COLON.fullmatch(plain)
    if colon:
        return timedelta(seconds=_hours_minutes(colon).seconds)
    found = scan_span(plain)
    if found is None or found[1] != len(plain) or found[0].months or found[0].working_days:
        return None
    return timedelta(days=found[0].days, seconds=found[0].seconds)


def write_duration(length: timedelta, lang: Lang = "zh") -> str:
    """`1天2小时30分钟`, `1 d 2 h 30 min`; whole minutes, `0分钟` below one. Raises ValueError for a negative length."""
    if length < timedelta(0):
        raise ValueError("a duration is not negative")
    minutes = int(length.total_seconds()) // 60
    parts = (minutes // 1440, minutes // 60 % 24, minutes % 60)
    units = ("天", "小时", "分钟") if lang == "zh" else (" d", " h", " min")
    said = [f"{count}{unit}" for count, unit in zip(parts, units, strict=True) if count]
    return ("" if lang == "zh" else " ").join(said) or f"0{units[-1]}"
