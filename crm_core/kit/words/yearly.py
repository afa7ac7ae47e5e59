"""Days that come every year, in words: 农历八月十五, 3月5日, Mar 5, lunar 8-15; and on which days they fall.

A birthday is told by month and day of its own calendar, the year may be unknown. A lunar day that a year does not have
moves to the day before it; who was born in a leap month keeps the ordinary month of that name; 29 February is the 28th
in common years.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from crm_core.kit.calendars import lunar_date, lunar_day
from crm_core.kit.words.folding import fold
from crm_core.kit.words.numbers import read_digits, read_number

_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_LUNAR: Final = re.compile(r"农历|阴历|旧历|\b(?:chinese |by the )?lunar(?: calendar)?\b")
_SOLAR: Final = re.compile(r"公历|阳历|新历|\bsolar\b")
_ASIDE: Final = re.compile(
    r"^(?:(?:出生于|生于|生日|born(?: on)?|birthday)(?:是|为|在)?\s*[::]?\s*)|\s*(?:出生|生日|生)$"
)
_HAN_DIGITS = "零〇一二三四五六七八九十廿卅两"
_CHINESE: Final = re.compile(
    rf"(?:(?P<year>\d{{4}}|[{_HAN_DIGITS}]{{4}})年)?(?:的)?(?P<leap>闰)?"
    rf"(?P<month>正|冬|腊|\d{{1,2}}|[{_HAN_DIGITS}]{{1,3}})月"
    rf"(?P<day>初[{_HAN_DIGITS}]|\d{{1,2}}|[{_HAN_DIGITS}]{{1,3}})[日号]?"
)
_FIGURES: Final = re.compile(
    r"(?:(?P<year>\d{4})(?P<sign>[-/.]))?(?P<leap>leap )?(?P<month>\d{1,2})(?(sign)(?P=sign)|[-/.])(?P<day>\d{1,2})"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES: Final = (
    "january|february|march|april|may|june|july|august|september|october|november|december|"
    "jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec"
)
_ENGLISH: Final = (
    re.compile(
        rf"(?P<leap>leap )?(?P<month>{_NAMES})\.? (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?"
    ),
    re.compile(
        r"(?P<leap>leap )?(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? "
        rf"(?P<month>{_NAMES})\.?(?:,? (?P<year>\d{{4}}))?"
    ),
)
_NAMED_MONTHS: Final = {"正": 1, "冬": 11, "腊": 12}
_SIGNS: Final = " ,:的"
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Yearly:
    """A day of the year. Raises ValueError for one that no year has, or that its own year has not."""

    month: int
    day: int
    year: int | None = None  # of the solar calendar, or the lunar year by the number it begins in
    lunar: bool = False
    leap: bool = False  # of the lunar calendar's leap month

    def __post_init__(self) -> None:
        if not (1 <= self.month <= 12 and 1 <= self.day <= (30 if self.lunar else 31)) or (
            self.leap and not self.lunar
        ):
            raise ValueError("no such day")
        if self.year is not None and not _FIRST_YEAR <= self.year <= _LAST_YEAR:
            raise ValueError("no such year")
        if not self.lunar:
            date(self.year or 2000, self.month, self.day)
        elif self.year is not None and lunar_date(self.year, self.month, self.day, leap=self.leap) is None:
            raise ValueError("that lunar year has no such day")

    def in_year(self, year: int) -> tuple[date, ...]:
        """The days of a solar year on which it falls: one, and of a lunar day none, one or two."""
        if not self.lunar:
            return (_solar(year, self.month, self.day),)
        days = (_lunar(lunar_year, self.month, self.day) for lunar_year in (year - 1, year))
        return tuple(day for day in days if day is not None and day.year == year)

    def next_on(self, today: date) -> date | None:
        """The first day from `today` on; none past the calendar's end."""
        coming = (day for year in range(today.year, today.year + 3) for day in self.in_year(year))
        return next((day for day in coming if day >= today), None)

    def born_on(self) -> date | None:
        """The day itself, if the year is known."""
        if self.year is None:
            return None
        if self.lunar:
            return lunar_date(self.year, self.month, self.day, leap=self.leap)
        return date(self.year, self.month, self.day)


def _solar(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # 29 February
        return date(year, month, day - 1)


def _lunar(year: int, month: int, day: int) -> date | None:
    found = lunar_date(year, month, day)
    return found or (lunar_date(year, month, day - 1) if day == 30 else None)


@dataclass(frozen=True, slots=True)
class Falls:
    """A month and day that fall on some day, and the year of their own calendar in which they do."""

    lunar: bool
    month: int
    day: int
    year: int


def falling_on(day: date) -> tuple[Falls, ...]:
    """All that falls on a solar day: what `Yearly.in_year` answers, asked the other way round."""
    found = [Falls(lunar=False, month=day.month, day=day.day, year=day.year)]
    if (day.month, day.day) == (2, 28) and _solar(day.year, 2, 29) == day:
        found.append(Falls(lunar=False, month=2, day=29, year=day.year))
    if (lunar := lunar_day(day)) is not None and not lunar[3]:
        year, month, number, _ = lunar
        found.append(Falls(lunar=True, month=month, day=number, year=year))
        if number == 29 and lunar_date(year, month, 30) is None:
            found.append(Falls(lunar=True, month=month, day=30, year=year))
    return tuple(found)


def read_yearly(text: str) -> Yearly | None:
    """The day that the whole text says; none for anything else, or a day that does not exist."""
    if len(text) > _LONGEST:
        return None
    plain = " ".join(fold(text).casefold().split()).strip(" .,!")
    lunar, plain = _taken(_LUNAR, plain)
    solar, plain = _taken(_SOLAR, plain)
    plain = _ASIDE.sub("", plain.strip(_SIGNS)).strip(_SIGNS)
    for form in (_CHINESE, _FIGURES, *_ENGLISH):
        found = form.fullmatch(plain)
        if found is not None and not (lunar and solar):
            return _day(found, lunar=lunar or (not solar and _sounds_lunar(found)))
    return None


def _taken(sign: re.Pattern[str], text: str) -> tuple[bool, str]:
    """Whether a word that names the calendar stands in the text, and the text without it."""
    rest = sign.sub("", text, count=1)
    return rest != text, rest


def _sounds_lunar(found: re.Match[str]) -> bool:
    """正月初一, 腊月廿三: nobody speaks of solar days so."""
    if found.re is not _CHINESE:
        return bool(found["leap"])
    return bool(found["leap"]) or found["month"] in _NAMED_MONTHS or found["day"][0] in "初廿"


def _day(found: re.Match[str], *, lunar: bool) -> Yearly | None:
    month, day, year = _month(found["month"]), _number(found["day"]), found["year"]
    if month is None or day is None:
        return None
    try:
        return Yearly(month, day, _year(year) if year else None, lunar, bool(found["leap"]))
    except ValueError:
        return None


def _month(text: str) -> int | None:
    if text[:3] in _MONTHS:
        return _MONTHS.index(text[:3]) + 1
    return _NAMED_MONTHS.get(text) or _number(text)


def _number(text: str) -> int | None:
    text = text.removeprefix("初").replace("廿", "二十").replace("卅", "三十")
    number = read_number(text)
    return None if number is None else int(number)


def _year(text: str) -> int:
    digits = text if text.isdigit() and text.isascii() else "".join(str(read_digits(one)) for one in text)
    return int(digits)


_ONES = "一二三四五六七八九十"
_LUNAR_MONTHS = ("正", "二", "三", "四", "五", "六", "七", "八", "九", "十", "冬", "腊")


def _lunar_day(day: int) -> str:
    if day <= 10:
        return "初" + _ONES[day - 1]
    if day in (20, 30):
        return "二十" if day == 20 else "三十"
    return ("十" if day < 20 else "廿") + _ONES[day % 10 - 1]


def write_yearly(value: Yearly, language: str) -> str:
    """In words that `read_yearly` reads back: 农历1968年八月十五, 3月5日; lunar 8-15, Mar 5, 1985."""
    if language == "zh":
        year = f"{value.year}年" if value.year else ""
        if not value.lunar:
            return f"{year}{value.month}月{value.day}日"
        return f"农历{year}{'闰' if value.leap else ''}{_LUNAR_MONTHS[value.month - 1]}月{_lunar_day(value.day)}"
    if not value.lunar:
        month = _MONTHS[value.month - 1].capitalize()
        return f"{month} {value.day}, {value.year}" if value.year else f"{month} {value.day}"
    year = f"{value.year}-" if value.year else ""
    return f"lunar {year}{'leap ' if value.leap else ''}{value.month}-{value.day}"


def days_until(value: Yearly, today: date) -> int | None:
    """How many days from `today` until it comes."""
    coming = value.next_on(today)
    return None if coming is None else (coming - today) // timedelta(days=1)
