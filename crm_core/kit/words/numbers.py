"""Numbers in words: 二百零五, 两万三, 廿五, 壹仟, 3千5, 1.2万, twenty-five, two hundred.

All readers take the whole of a folded text (see `folding.fold`) and refuse with None what is no number.
"""

import re
from decimal import Decimal

DIGITS = {
    **dict(zip("零一二三四五六七八九", range(10), strict=True)),
    **dict(zip("壹贰叁肆伍陆柒捌玖", range(1, 10), strict=True)),
    "〇": 0,
    "两": 2,
    "俩": 2,
    "仨": 3,
}
_TENS = {"廿": 20, "卅": 30, "卌": 40}
_SMALL_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_BIG_UNITS = {"万": 10_000, "亿": 100_000_000}

HAN = "".join([*DIGITS, *_TENS, *_SMALL_UNITS, *_BIG_UNITS])
"""Every character of Chinese numerals, for the character classes of regular expressions."""

_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_ENGLISH = {word: value for value, word in enumerate(f"{_ONES} seventeen eighteen nineteen".split())}
_ENGLISH.update({"a": 1, "an": 1})
_ENGLISH_TENS = {
    word: 10 * tens
    for tens, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)
}
_ENGLISH_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
ENGLISH = "|".join(sorted([*_ENGLISH, *_ENGLISH_TENS, "hundred", *_ENGLISH_SCALES], key=len, reverse=True))
"""Every English number word as an alternation, longest first."""

_ARABIC = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?", re.ASCII)
_LONGEST = 40


def read_arabic(text: str) -> Decimal | None:
    """1280, 1,280.50; commas only between thousands."""
    if len(text) > _LONGEST or not _ARABIC.fullmatch(text):
        return None
    return Decimal(text.replace(",", ""))


def read_digits(text: str) -> int | None:
    """Digits said one by one, as years are: 二〇二六, 2026."""
    if not text or len(text) > _LONGEST:
        return None
    values = [DIGITS.get(one, int(one) if one.isascii() and one.isdigit() else -1) for one in text]
    return None if -1 in values else int("".join(map(str, values)))


def read_number(text: str) -> Decimal | None:
    """A number in figures, in Chinese numerals, or in figures with Chinese units: 3千5, 1.2万, 1万2.

    A last digit without a unit takes the next lower one, as people speak: 三千五 is 3500, 三千零五 is 3005.
    """
    if not text or len(text) > _LONGEST:
        return None
    plain = read_arabic(text)
    return plain if plain is not None else _Scaled().read(text)


def read_whole(text: str) -> int | None:
    """A number as `read_number`, if it is whole."""
    number = read_number(text)
    return int(number) if number is not None and number == number.to_integral_value() else None


class _Scaled:
    """Reads 九千八百万零三百: digits wait for their unit, sections of thousands for 万 and 亿."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.section = Decimal(0)
        self.waiting: Decimal | None = None
        self.waiting_width = 0
        self.small = 10_000
        self.big = 10**12
        self.last_unit = 0
        self.after_zero = False
        self.fractional = False

    def read(self, text: str) -> Decimal | None:
        at = 0
        while at < len(text):
            figures = _ARABIC.match(text, at)
            if figures:
                taken = self._number(Decimal(figures.group().replace(",", "")), len(figures.group()))
                at = figures.end()
            else:
                taken = self._character(text[at])
                at += 1
            if not taken:
                return None
        return self._finish()

    def _character(self, one: str) -> bool:
        if one in DIGITS:
            return self._zero() if DIGITS[one] == 0 else self._number(Decimal(DIGITS[one]), 1)
        if one in _TENS:
            return self._number(Decimal(_TENS[one] // 10), 1) and self._small_unit(10)
        if one in _SMALL_UNITS:
            return self._small_unit(_SMALL_UNITS[one])
        return one in _BIG_UNITS and self._big_unit(_BIG_UNITS[one])

    def _zero(self) -> bool:
        """零 alone is nought; between units it says that the digit after it is no abbreviation."""
        if self.waiting is not None or self.after_zero:
            return False
        if not self.last_unit:
            return self._number(Decimal(0), 1)
        self.after_zero = True
        return True

    def _number(self, value: Decimal, width: int) -> bool:
        whole = value == value.to_integral_value()
        if self.waiting is not None or self.fractional or not (whole or not self.last_unit):
            return False
        self.waiting, self.waiting_width, self.fractional = value, width, not whole
        return True

    def _small_unit(self, unit: int) -> bool:
        if unit >= self.small:
            return False
        if self.waiting is None:
            if unit != 10 or (self.last_unit and not self.after_zero and self.small > 100):
                return False
            self.waiting = Decimal(1)
        opens = not self.last_unit
        if self.waiting == 0 or (self.waiting >= 10 and not opens):
            return False
        self.section += self.waiting * unit
        self._unit_taken(unit)
        self.small = unit
        return True

    def _big_unit(self, unit: int) -> bool:
        section = self.section + (self.waiting or 0)
        if unit >= self.big or section == 0:
            return False
        self.total += section * unit
        self.section = Decimal(0)
        self._unit_taken(unit)
        self.small, self.big = 10_000, unit
        return True

    def _unit_taken(self, unit: int) -> None:
        self.waiting, self.last_unit, self.after_zero = None, unit, False

    def _finish(self) -> Decimal | None:
        if self.waiting is None:
            return None if self.after_zero or not self.last_unit else self.total + self.section
        if not self.last_unit or self.after_zero or self.last_unit == 10:
            fits = not self.last_unit or self.waiting < self.last_unit
            return self.total + self.section + self.waiting if fits else None
        if self.waiting_width == 1 and self.waiting:
            return self.total + self.section + self.waiting * (self.last_unit // 10)
        full_width = self.waiting_width >= len(str(self.last_unit)) - 2 and self.waiting < self.last_unit
        return self.total + self.section + self.waiting if full_width else None


def read_english(text: str) -> int | None:
    """Whole English numbers: five, twenty-five, a hundred and twenty, three thousand five hundred."""
    words = [word for word in re.split(r"[\s-]+", text.strip()) if word and word != "and"]
    if not words or len(words) > 12:
        return None
    total = section = 0
    last = ""
    for word in words:
        if word in _ENGLISH and (not last or last == "scale" or (last == "tens" and 0 < _ENGLISH[word] < 10)):
            section, last = section + _ENGLISH[word], "ones"
        elif word in _ENGLISH_TENS and last in ("", "scale"):
            section, last = section + _ENGLISH_TENS[word], "tens"
        elif word == "hundred" and last == "ones" and section < 10:
            section, last = section * 100, "scale"
        elif (
            word in _ENGLISH_SCALES and last and section and (not total or total % (_ENGLISH_SCALES[word] * 1000) == 0)
        ):
            total, section, last = total + section * _ENGLISH_SCALES[word], 0, "scale"
        else:
            return None
    return total + section
