"""Dates and times in figures, the same in every language: 2026-04-01, 4/1, 20260401, 15:30, 3:30pm."""

import re
from datetime import date

from crm_core.kit.words.when.facts import DOUBTED, REFUSED, Clock, Facts, Reader, Refused, rule

_NEAR_YEARS = 4
_NUMBERED = re.compile(r"(?<![a-z])(?:apt|unit|room|flat|lot|suite|no|score|part|bay|dock)\.? $")
_HALF = r"(?: ?(?P<half>am|pm|a\.m\.?|p\.m\.?)(?![a-z]))"


@rule(r"(?P<y>\d{4})(?P<sep>[-/.])(?P<m>\d{1,2})(?P=sep)(?P<d>\d{1,2})(?![\d/]|[-.]\d)")
def _year_first(found: re.Match[str], today: date) -> Facts | Refused:
    del today
    return full_date(int(found["y"]), int(found["m"]), int(found["d"]))


@rule(r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<y>\d{4})(?![\d/]|[-.]\d)")
def _year_last(found: re.Match[str], today: date) -> Facts | Refused:
    """15/03/2026 is sure; 03/04/2026 is taken for 4 March, 03.04.2026 for 3 April, with the other beside it."""
    del today
    year, a, b = int(found["y"]), int(found["a"]), int(found["b"])
    likely, other = full_date(year, a, b), full_date(year, b, a)
    if found["sep"] != "/":
        likely, other = other, likely
    if isinstance(likely, Refused):
        return DOUBTED if isinstance(other, Refused) else other
    if isinstance(other, Refused) or likely == other or other.fixed is None:
        return likely
    return Facts(fixed=likely.fixed, others=(other.fixed,))


@rule(r"(?P<a>\d{1,2})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{2})(?![\d/]|[-.]\d|[a-z%])")
def _short_year(found: re.Match[str], today: date) -> Facts | Refused | None:
    """20/3/26, 3/20/26, 26.3.20: with a year near this one, and only where nothing else is said."""
    a, b, c = (int(found[name]) for name in ("a", "b", "c"))
    century = today.year // 100 * 100
    said = [full_date(century + y, m, d) for y, m, d in ((a, b, c), (c, a, b), (c, b, a))]
    days = [one.fixed for one in said if isinstance(one, Facts) and one.fixed]
    near = list(dict.fromkeys(day for day in days if abs(day.year - today.year) <= _NEAR_YEARS))
    return Facts(fixed=near[0], others=tuple(near[1:]), weak=True) if near else DOUBTED


@rule(r"(?P<y>(?:19|20|21)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?![\d.]|[a-z])")
def _eight_digits(found: re.Match[str], today: date) -> Facts | Refused:
    del today
    facts = full_date(int(found["y"]), int(found["m"]), int(found["d"]))
    return DOUBTED if isinstance(facts, Refused) else Facts(fixed=facts.fixed, weak=True)


@rule(r"(?P<y>(?:19|20|21)\d\d)[-/](?P<m>0?[1-9]|1[0-2])(?![\d/.-])")
def _year_and_month(found: re.Match[str], today: date) -> Facts:
    del today
    return Facts(year=int(found["y"]), month=int(found["m"]), weak=True)


_PART_OF_SOMETHING = r" ?(?:[强多的以英寸波人圈螺牙管]|inch|of |price|off|full|empty|bolt|screw|nut|thread|pipe|plate)"


@rule(rf"(?<![成占达约近剩率比为])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})(?![\d/%]|\.\d|{_PART_OF_SOMETHING})")
def _slashed(found: re.Match[str], today: date) -> Facts | Refused | None:
    """4/1 is 1 April; 15/4 can only be 15 April; 24/7 is an idiom."""
    del today
    if found.group() in ("24/7", "7/24") or _NUMBERED.search(found.string, 0, found.start()):
        return None
    a, b = int(found["a"]), int(found["b"])
    facts = month_and_day(a, b) or month_and_day(b, a)
    return facts or (REFUSED if 1 <= a <= 12 and 1 <= b <= 31 else DOUBTED)  # 4/31 is a wrong date, 12/80 is none


@rule(r"(?P<m>\d{1,2})[-.](?P<d>\d{1,2})(?![\d/:%]|\.\d|-\d(?!\d?\.\d)| ?(?:点|时|号|日|am|pm|天|周|个|小时|分|h))")
def _dashed(found: re.Match[str], today: date) -> Facts | None:
    """4-1, 4.1: a date only where nothing else is said, or with a time; else a range, a price, a version."""
    del today
    facts = month_and_day(int(found["m"]), int(found["d"]))
    return facts and Facts(month=facts.month, day=facts.day, weak=True)


@rule(r"(?P<m>\d{1,2})\.(?P<d>\d{1,2})[号日](?![线楼会])")
def _dotted_day(found: re.Match[str], today: date) -> Facts | None:
    """3.20号, as it is often written by hand."""
    del today
    return month_and_day(int(found["m"]), int(found["d"]))


@rule(rf"t?(?P<h>\d{{1,2}}):(?P<m>\d{{2}})(?::(?P<s>\d{{2}})(?:\.\d+)?)?(?![\d:])(?P<zone>z|[+]\d\d:?\d\d)?{_HALF}?")
def _clock(found: re.Match[str], today: date) -> Facts | Refused:
    """15:30 and 03:30 are sure of their hour, 3:30 is not. A time of another zone is refused, not mistaken."""
    del today
    if found["zone"]:
        return REFUSED
    sure = len(found["h"]) == 2
    facts = clock_facts(int(found["h"]), int(found["m"]), int(found["s"] or 0), half=found["half"], sure=sure)
    return DOUBTED if isinstance(facts, Refused) else facts


@rule(rf"(?P<h>\d{{1,2}})(?:\.(?P<m>[0-5]\d))?{_HALF}")
def _clock_with_half(found: re.Match[str], today: date) -> Facts | Refused:
    del today
    return clock_facts(int(found["h"]), int(found["m"] or 0), half=found["half"])


@rule(r"(?P<h>\d{1,2})\.(?P<m>[0-5]\d)(?= on (?:mon|tue|wed|thu|fri|sat|sun|the )| (?:today|tomorrow|tmrw?)(?![a-z]))")
def _dotted_clock(found: re.Match[str], today: date) -> Facts | Refused:
    """10.30 on Friday: before the day it is a time."""
    del today
    return clock_facts(int(found["h"]), int(found["m"]))


_DAY_BEFORE = re.compile(r"(?:today|tomorrow|tmrw?|tonight|morning|day|mon|tues?|wed|thur?s?|fri|sat|sun)(?: at)? $")


@rule(r"(?P<h>[01]\d|2[0-3])(?P<m>[0-5]\d)(?: ?(?P<hrs>hrs?|hours|h))?(?![a-z\d.:/-]| ?[a-z])")
def _four_digits(found: re.Match[str], today: date) -> Facts | Refused | None:
    """tomorrow 0900, Friday 1430hrs: right behind a day; Friday 2026 has a year."""
    del today
    if not _DAY_BEFORE.search(found.string, 0, found.start()) or (found["h"] in ("19", "20") and not found["hrs"]):
        return None
    return clock_facts(int(found["h"]), int(found["m"]), sure=True)


@rule(
    r"(?P<h>\d{1,2})(?:[:.](?P<m>[0-5]\d))? ?(?:-|~|to) ?"
    rf"(?P<h2>\d{{1,2}})(?:[:.][0-5]\d)?{_HALF}"
)
def _clock_range(found: re.Match[str], today: date) -> Facts | Refused:
    """2-4pm begins at 14:00, 11-1pm at 11:00."""
    del today
    start, end, half = int(found["h"]), int(found["h2"]), found["half"]
    if half.startswith("p") and start < 12 and (end == 12 or start > end):
        half = "am"
    return clock_facts(start, int(found["m"] or 0), half=half)


@rule(
    r"between (?P<h>\d{1,2})(?::(?P<m>[0-5]\d))? ?(?P<half>am|pm)? and "
    r"\d{1,2}(?::[0-5]\d)? ?(?P<half2>am|pm)?(?![a-z\d])"
)
def _between(found: re.Match[str], today: date) -> Facts | Refused | None:
    """between 2 and 4pm; of two bare numbers nobody knows that they are hours."""
    del today
    half = found["half"] or found["half2"]
    return clock_facts(int(found["h"]), int(found["m"] or 0), half=half) if half else None


def full_date(year: int, month: int, day: int) -> Facts | Refused:
    """A date with its year, if it exists."""
    try:
        return Facts(fixed=date(year, month, day))
    except ValueError:
        return REFUSED


def month_and_day(month: int, day: int) -> Facts | None:
    """A day of some year, if any year has it (29 February passes)."""
    try:
        date(2000, month, day)
    except ValueError:
        return None
    return Facts(month=month, day=day)


def clock_facts(
    hour: int, minute: int = 0, second: int = 0, *, half: str | None = None, sure: bool = False
) -> Facts | Refused:
    """A clock time if clocks show it; with am or pm its hour is sure."""
    if hour > 24 or minute > 59 or second > 59:
        return REFUSED
    if half is None:
        return Facts(clock=Clock(hour, minute, second, sure))
    if half.startswith("a"):
        return REFUSED if hour > 12 else Facts(clock=Clock(hour % 12, minute, second, sure=True))
    if hour == 0:
        return REFUSED
    return Facts(clock=Clock(hour if hour >= 12 else hour + 12, minute, second, sure=True))


READERS: tuple[Reader, ...] = (
    _year_first,
    _year_last,
    _short_year,
    _eight_digits,
    _year_and_month,
    _slashed,
    _dashed,
    _dotted_day,
    _clock,
    _dotted_clock,
    _four_digits,
    _clock_with_half,
    _clock_range,
    _between,
)
