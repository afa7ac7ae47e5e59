"""Whole numbers, percentages, spans of time: read strictly, because they are counted on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Final

from conversations.kinds.base import Chip, Given, Kind, Tapped, typed
from crm_core.kit.errors import DomainError, declare
from crm_core.kit.words.durations import read_duration, write_duration
from crm_core.kit.words.folding import fold
from crm_core.kit.words.numbers import read_digits, read_english, read_number
from screens.screen import N_, Msg

if TYPE_CHECKING:
    from conversations.form import Facts

NOT_A_WHOLE_NUMBER = declare("form.not_a_whole_number", "value")
NUMBER_OUT_OF_RANGE = declare("form.number_out_of_range", "least", "most")
NOT_A_PERCENTAGE = declare("form.not_a_percentage", "value")
PERCENT_SIGN_MISSING = declare("form.percent_sign_missing", "value", "times")
PERCENT_OUT_OF_RANGE = declare("form.percent_out_of_range", "least", "most")
NOT_A_DURATION = declare("form.not_a_duration", "value")
DURATION_OUT_OF_RANGE = declare("form.duration_out_of_range", "most")

_MINUS: Final = re.compile(r"^(?:-|负|minus ) ?")
_COUNTED: Final = re.compile(
    r"(?<=[\d零一二三四五六七八九十百千万亿两]) ?(?:[个台件箱套次人家名只条张瓶盒包份颗块吨]|pcs|pieces?|units?)$"
)
_TENTHS: Final = re.compile(r"(?P<whole>[^成]{1,2})成(?P<half>半)?")
_SIGNED: Final = re.compile(r"(?P<body>.*?) ?(?:%|个百分点|个点|percent|per cent|pct)")
_POINT: Final = re.compile(r"(?P<whole>[^点.]+)点(?P<after>[零〇一二三四五六七八九\d]{1,6})")
_LONGEST: Final = 40


def _whole(text: str) -> int | None:
    """The whole number that the whole text says. About 30 is none: a count goes into stock and quotes as it is."""
    plain = fold(text).strip(" .!")
    if not plain or len(plain) > _LONGEST:
        return None
    minus = _MINUS.match(plain)
    body = _COUNTED.sub("", plain[minus.end() :] if minus else plain)
    number = read_number(body)
    if number is None:
        words = set(body.split())
        english = None if words <= {"a", "an", "and"} else read_english(body)
        number = None if english is None else Decimal(english)
    if number is None or number != number.to_integral_value():
        return None
    return -int(number) if minus else int(number)


@dataclass(frozen=True)
class Integer(Kind[int]):
    """A whole number from `least` to `most`: 30, ３０, 三十, 1.2万, 30台, twelve."""

    least: int = 0
    most: int = 999_999_999
    hint: ClassVar[Msg] = N_("A whole number, for example 30 or 1,200.")

    def read(self, given: Given, facts: Facts, before: int | None = None) -> int:
        text = typed(given)
        number = _whole(text)
        if number is None:
            raise DomainError(NOT_A_WHOLE_NUMBER, value=text[:40])
        if not self.least <= number <= self.most:
            raise DomainError(NUMBER_OUT_OF_RANGE, least=f"{self.least:,}", most=f"{self.most:,}")
        return number

    def write(self, value: int, facts: Facts) -> str:
        return f"{value:,}"

    def load(self, stored: Any) -> int:
        if not isinstance(stored, int) or isinstance(stored, bool) or not self.least <= stored <= self.most:
            raise ValueError
        return stored


@dataclass(frozen=True)
class Percent(Kind[Decimal]):
    """A percentage, kept as a Decimal of percent with at most two places: 8%, 8个点, 百分之八, 一成半, 8.

    A bare number is percent too, but 0.08 may be eight percent or eight hundredths of one: it is asked for with a sign.
    """

    least: int = 0
    most: int = 100
    hint: ClassVar[Msg] = N_("For example 8% or 8.5%.")

    def read(self, given: Given, facts: Facts, before: Decimal | None = None) -> Decimal:
        text = typed(given)
        plain = fold(text[: _LONGEST + 1]).strip(" .!")
        percent = _percent(plain)
        if percent is None or percent != percent.quantize(Decimal("0.01")):
            raise DomainError(NOT_A_PERCENTAGE, value=text[:40])
        if 0 < percent < 1 and _bare(plain) is not None:
            raise DomainError(PERCENT_SIGN_MISSING, value=text[:40], times=_trimmed(percent * 100))
        if not self.least <= percent <= self.most:
            raise DomainError(PERCENT_OUT_OF_RANGE, least=self.least, most=self.most)
        return percent.quantize(Decimal("0.01"))

    def write(self, value: Decimal, facts: Facts) -> str:
        return f"{_trimmed(value)}%"

    def dump(self, value: Decimal) -> str:
        return str(value)

    def load(self, stored: Any) -> Decimal:
        if not isinstance(stored, str):
            raise TypeError
        try:
            percent = Decimal(stored)
        except ArithmeticError as error:
            raise ValueError from error
        if not percent.is_finite() or not self.least <= percent <= self.most:
            raise ValueError
        return percent.quantize(Decimal("0.01"))


def _percent(plain: str) -> Decimal | None:
    if len(plain) > _LONGEST:
        return None
    if plain.startswith("百分之"):
        return _bare(plain.removeprefix("百分之"))
    tenths = _TENTHS.fullmatch(plain)
    if tenths:
        whole = _bare(tenths["whole"])
        return None if whole is None else whole * 10 + (5 if tenths["half"] else 0)
    signed = _SIGNED.fullmatch(plain)
    return _bare(signed["body"] if signed else plain)


def _bare(text: str) -> Decimal | None:
    """A number below a million, in figures or words; 八点五 too, and minus."""
    minus = _MINUS.match(text)
    body = text[minus.end() :] if minus else text
    number = read_number(body)
    point = _POINT.fullmatch(body)
    if number is None and point:
        whole = read_number(point["whole"])
        digits = [read_digits(one) for one in point["after"]]
        number = None if whole is None else Decimal(f"{int(whole)}.{''.join(map(str, digits))}")
    if number is None and (english := read_english(body)) is not None:
        number = Decimal(english)
    if number is None or number >= 1_000_000:
        return None
    return -number if minus else number


def _trimmed(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(frozen=True)
class Duration(Kind[int]):
    """A length of time in whole minutes, at most `most`: 半小时, 1h30, two hours. Seconds are rounded.

    A bare number is refused: 2 may be minutes or hours.
    """

    most: int = 30 * 24 * 60
    proposed: tuple[int, ...] = (15, 30, 60, 120)
    hint: ClassVar[Msg] = N_("Tap one, or type it: 45 min, 1.5 hours, 2h.")

    def read(self, given: Given, facts: Facts, before: int | None = None) -> int:
        text = f"{given.arg}m" if isinstance(given, Tapped) else typed(given)
        length = read_duration(text)
        if length is None:
            raise DomainError(NOT_A_DURATION, value=text[:40])
        minutes = int(length.total_seconds() + 30) // 60
        if not 1 <= minutes <= self.most:
            raise DomainError(DURATION_OUT_OF_RANGE, most=self.write(self.most, facts))
        return minutes

    def write(self, value: int, facts: Facts) -> str:
        return write_duration(timedelta(minutes=value), facts.language)

    def load(self, stored: Any) -> int:
        if not isinstance(stored, int) or isinstance(stored, bool) or not 1 <= stored <= self.most:
            raise ValueError
        return stored

    def chips(self, facts: Facts, held: int | None = None) -> tuple[Chip, ...]:
        return tuple(Chip(self.write(minutes, facts), str(minutes)) for minutes in self.proposed)
