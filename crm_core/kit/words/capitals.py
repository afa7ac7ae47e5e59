"""Sums in words as receipts carry them, so that nobody adds a digit: 人民币大写 (壹万贰仟捌佰元伍角整), and in English.

The Chinese follows the rules for filling in bills (支付结算办法, appendix 1): a zero between digits is said once, one
that stands before fen where there are no jiao is always said, a sum without fen ends in 整.
"""

from decimal import Decimal
from typing import Final

from crm_core.kit.words.amounts import LIMIT

_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("仟", "佰", "拾", "")
_GROUPS: Final = ("亿", "万", "")
_ONES: Final = (
    *("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"))


def in_words(amount: Decimal, language: str) -> str:
    """The sum in words of that language. Raises ValueError for one that is negative, or not exact to the fen."""
    return capitals(amount) if language == "zh" else english(amount)


def capitals(amount: Decimal) -> str:
    """人民币大写, without the word 人民币. Raises ValueError as `in_words`."""
    yuan, fen = _parts(amount)
    jiao, fen = divmod(fen, 10)
    said = f"{_han(yuan)}元" if yuan or not (jiao or fen) else ""
    if jiao:
        said += f"{_DIGITS[jiao]}角"
    if fen:
        said += ("零" if yuan and not jiao else "") + f"{_DIGITS[fen]}分"
    return said if fen else f"{said}整"


def english(amount: Decimal) -> str:
    """RMB twelve thousand eight hundred and 50/100 only. Raises ValueError as `in_words`."""
    yuan, fen = _parts(amount)
    cents = f" and {fen:02d}/100" if fen else ""
    return f"RMB {_said(yuan)}{cents} only"


def _parts(amount: Decimal) -> tuple[int, int]:
    """Whole yuan, and the fen besides."""
    fen = amount * 100
    if not 0 <= amount < LIMIT or fen != fen.to_integral_value():
        raise ValueError(f"no sum that a receipt could carry: {amount}")
    return divmod(int(fen), 100)


def _han(number: int) -> str:
    if number == 0:
        return "零"
    said, skipped = "", False
    for group, name in zip((number // 10**8, number // 10**4 % 10**4, number % 10**4), _GROUPS, strict=True):
        if group:
            said += ("零" if said and (group < 1000 or skipped) else "") + _group(group) + name
        skipped = not group
    return said


def _group(number: int) -> str:
    """Up to four digits: a run of zeros between two of them is one 零."""
    said = ""
    for digit, place in zip(f"{number:04d}", _PLACES, strict=True):
        if digit == "0":
            said += "零" if said and not said.endswith("零") else ""
        else:
            said += _DIGITS[int(digit)] + place
    return said.rstrip("零")


def _said(number: int) -> str:
    if number == 0:
        return "zero"
    parts: list[str] = []
    for scale, name in _SCALES:
        if number >= scale:
            parts.append(f"{_said(number // scale)} {name}")
            number %= scale
    if number >= 100:
        parts.append(f"{_ONES[number // 100]} hundred")
        number %= 100
    if number:
        parts.append(("and " if parts else "") + _below_hundred(number))
    return " ".join(parts)


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    tens, ones = divmod(number, 10)
    return f"{_TENS[tens]}-{_ONES[ones]}" if ones else _TENS[tens]
