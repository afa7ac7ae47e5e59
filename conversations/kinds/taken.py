"""Kinds that are taken out of a line when they are read from it: what is left is the matter itself.

下周三跟进 is when to ask, 12.8万 what it was worth; 3个样品 stays, for it is what was sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from conversations.kinds.base import Spot, Typed
from conversations.kinds.numbers import Integer
from conversations.kinds.plain import Money
from conversations.kinds.times import Day
from crm_core.kit.errors import DomainError
from crm_core.kit.words.amounts import read_amount

if TYPE_CHECKING:
    from conversations.form import Facts

_BEFORE: Final = re.compile(
    r"(?:[\s,，;；]|要在|得在|在|到|于|"
    r"\b(?:by|until|before|due|needed|check(?:ing)?|follow(?:ing)? up|call(?:ing)?(?: back)?|on|in|ask)\b)+$",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(
    r"(?:之前|以前|前)?(?:就?要货?|交货?|到货|需要|跟进|回访|确认|看结果|问结果| ?follow[- ]up| ?check)?"
    r"(?=[\s,，。;；!！]|$)",
    re.IGNORECASE,
)
_COUNTED: Final = re.compile(
    r"(?<![\d.,])(?P<n>\d[\d,]*(?:\.\d+)?万?|[一二两三四五六七八九十百千万]+)\s*"
    r"(?:[个台件箱套条张瓶盒包份颗块吨只支把根卷米片组双批]|pcs|pieces?|units?|sets?|samples?|boxes)",
    re.IGNORECASE,
)
_OF_A_THING: Final = re.compile(r"(?<![\w.,/¥$-])(?P<n>\d{1,3}(?:,\d{3})+|\d+) (?=[A-Za-z]{4,})")
_SCALED: Final = re.compile(r"(?<![\w.,])\d[\d,]*(?:\.\d+)?(?:百万|千万|万|亿|[kw])(?=[\s,，。;；]|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Until(Day):
    """A coming day, with the words around it that only say what it is for: by end of May, 5月底前要, 下周三跟进."""

    future: bool = True
    remains: ClassVar[bool] = False

    def spot(self, line: str, facts: Facts) -> Spot[date] | None:
        found = super().spot(line, facts)
        if found is None:
            return None
        before, behind = _BEFORE.search(line[: found.start]), _BEHIND.match(line, found.end)
        start = before.start() if before else found.start
        return replace(found, start=start, end=behind.end() if behind else found.end)


@dataclass(frozen=True)
class Count(Integer):
    """How many: 5000套, 3个, 200 pumps. It stays in the words as well."""

    least: int = 1

    def spot(self, line: str, facts: Facts) -> Spot[int] | None:
        for found in (_COUNTED.search(line), _OF_A_THING.search(line)):
            if found is None:
                continue
            try:
                return Spot(self.read(Typed(found["n"]), facts), found.start(), found.end())
            except DomainError:
                continue
        return None


@dataclass(frozen=True)
class Worth(Money):
    """What it was worth, also where only 万 or k says that it is money."""

    remains: ClassVar[bool] = False

    def spot(self, line: str, facts: Facts) -> Spot[Decimal] | None:
        if (found := super().spot(line, facts)) is not None:
            return found
        scaled = _SCALED.search(line)
        amount = read_amount(scaled.group()) if scaled else None
        if scaled is None or amount is None:
            return None
        return Spot(amount.quantize(Decimal("0.01")), *scaled.span())
