"""Slips of the finger, put right before reading: thrusday, febuary, 下 周三; with the way back to where they stood.

Only what can be nothing else is mended: long English names of days and months with one slip, and blanks inside a word.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final, NamedTuple

_NAMES: Final = (
    "monday tuesday wednesday thursday friday saturday sunday tomorrow yesterday "
    "january february april august september october november december"
)
_VOWELS: Final = "aeiou"


def _slips(name: str) -> Iterator[str]:
    """What comes out if one letter is left out, doubled or changed with its neighbour, or one vowel is another; the
    first letter and the last are what people get right.
    """
    for at in range(1, len(name) - 1):
        head, letter, tail = name[:at], name[at], name[at + 1 :]
        yield head + tail
        yield head + letter + letter + tail
        yield head + tail[0] + letter + tail[1:]
        if letter in _VOWELS:
            yield from (head + other + tail for other in _VOWELS)


_SLIPS: Final = {slip: name for name in _NAMES.split() for slip in _slips(name)}
_SLIPS.update({"wensday": "wednesday", "wendsday": "wednesday"})
for _name in _NAMES.split():
    _SLIPS.pop(_name, None)

_WORD = re.compile(r"(?<![a-z])[a-z]{5,11}(?![a-z])")
_ENDS = r"(?=$|[ ,.上下早晚中前后]|\d)"
_BLANKS = re.compile(
    r"(?<= ) +|"  # more than one
    rf"(?:(?<=^[下上本这])|(?<=[ ,.][下上本这])) (?=(?:周|星期|礼拜)[一二三四五六日天末]?{_ENDS}|个?月)|"
    r"(?<=[下上本这]个) (?=周|星期|礼拜|月)|"
    rf"(?:(?<=周)|(?<=星期)|(?<=礼拜)) (?=[一二三四五六日天末]{_ENDS})|"
    r"(?:(?<=^[今明昨后前])|(?<=[ ,.][今明昨后前])) (?=天(?!天))|"
    r"(?<=\d月) (?=\d{1,2}(?:[号日]|$))|(?<=\d 月) (?=\d{1,2}(?:[号日]|$))|"
    r"(?<=点) (?=[一三]刻|半(?![个小天年月价])|[0-5]?\d(?:分|$|[,.]))"
)
_SPACED_OUT = re.compile(r"(?<![^ ,.])(?:[\d一-鿿] ){3,}[\d一-鿿](?![^ ,.])")


class Mended(NamedTuple):
    """A text as it was meant; `places` has for each of its letters, and its end, where that stood in the original."""

    text: str
    places: tuple[int, ...] | None = None

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of the mended text stood in the original."""
        if self.places is None:
            return start, end
        return self.places[start], self.places[end - 1] + 1 if end else 0


def mended(plain: str) -> Mended:
    """A folded text without its slips; most have none."""
    edits = sorted(chain(_wrong_words(plain), _wrong_blanks(plain)))
    if not edits:
        return Mended(plain)
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for start, end, right in edits:
        parts += plain[at:start], right
        places += range(at, start)
        places += (min(start + n, end - 1) for n in range(len(right) - 1))
        places += [end - 1] if right else []
        at = end
    parts.append(plain[at:])
    places += range(at, len(plain) + 1)
    return Mended("".join(parts), tuple(places))


def _wrong_words(plain: str) -> Iterator[tuple[int, int, str]]:
    for found in _WORD.finditer(plain):
        if (right := _SLIPS.get(found[0])) is not None:
            yield (*found.span(), right)


def _wrong_blanks(plain: str) -> Iterator[tuple[int, int, str]]:
    places = {found.span() for found in _BLANKS.finditer(plain)}
    for run in _SPACED_OUT.finditer(plain):
        places |= {(at, at + 1) for at in range(run.start() + 1, run.end(), 2)}
    for start, end in places:
        yield start, end, ""
