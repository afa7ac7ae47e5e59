"""Text, money, phone: what is simply typed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from conversations.kinds.base import Given, Kind, Spot, typed
from crm_core.kit.errors import REQUIRED, TOO_LONG, DomainError, declare
from crm_core.kit.phones import find_phone, read_phone, write_phone
from crm_core.kit.words.amounts import find_amount, read_amount, write_amount
from screens.screen import N_, Msg

if TYPE_CHECKING:
    from conversations.form import Facts

NOT_AN_AMOUNT = declare("form.not_an_amount", "value")
AMOUNT_TOO_LARGE = declare("form.amount_too_large")
NOT_A_PHONE = declare("form.not_a_phone", "value")

_LARGEST = Decimal(10) ** 11


@dataclass(frozen=True)
class Text(Kind[str]):
    """Words, trimmed, of at most `most` characters."""

    most: int = 200
    lines: bool = False  # may hold line breaks
    likely: Callable[[str], bool] | None = None  # whether a part of a line is such a text
    prose: ClassVar[bool] = True

    def read(self, given: Given, facts: Facts, before: str | None = None) -> str:
        text = typed(given)
        text = text if self.lines else " ".join(text.split())
        if not text:
            raise DomainError(REQUIRED)
        if len(text) > self.most:
            raise DomainError(TOO_LONG, max=self.most)
        return text

    def tells(self) -> bool:
        return self.lines

    def looks(self, words: str) -> bool:
        return self.likely is None or self.likely(words)

    def write(self, value: str, facts: Facts) -> str:
        return value

    def load(self, stored: Any) -> str:
        if not isinstance(stored, str) or not stored or len(stored) > self.most:
            raise ValueError
        return stored


@dataclass(frozen=True)
class Money(Kind[Decimal]):
    """An amount in the company's currency, with two places."""

    hint: ClassVar[Msg] = N_("For example 12800, 12.8k or 3 thousand.")

    def read(self, given: Given, facts: Facts, before: Decimal | None = None) -> Decimal:
        text = typed(given)
        amount = read_amount(text)
        if amount is None:
            raise DomainError(NOT_AN_AMOUNT, value=text[:40])
        if abs(amount) >= _LARGEST:
            raise DomainError(AMOUNT_TOO_LARGE)
        return amount.quantize(Decimal("0.01"))

    def write(self, value: Decimal, facts: Facts) -> str:
        return write_amount(value, facts.language)

    def spot(self, line: str, facts: Facts) -> Spot[Decimal] | None:
        """An amount that says it is money: ¥300, 1.2万, 300块."""
        found = find_amount(line)
        if found is None or abs(found[0]) >= _LARGEST:
            return None
        amount, (start, end) = found
        return Spot(amount.quantize(Decimal("0.01")), start, end)

    def dump(self, value: Decimal) -> str:
        return str(value)

    def load(self, stored: Any) -> Decimal:
        try:
            amount = Decimal(stored)
        except ArithmeticError as error:
            raise ValueError from error
        if not amount.is_finite() or abs(amount) >= _LARGEST:
            raise ValueError
        return amount


@dataclass(frozen=True)
class Phone(Kind[str]):
    """A telephone number, kept as E.164."""

    hint: ClassVar[Msg] = N_("For example 138 0013 8000 or 0755-8321 6688.")
    remains: ClassVar[bool] = False

    def read(self, given: Given, facts: Facts, before: str | None = None) -> str:
        text = typed(given)
        number = read_phone(text)
        if number is None:
            raise DomainError(NOT_A_PHONE, value=text[:40])
        return number

    def write(self, value: str, facts: Facts) -> str:
        return write_phone(value)

    def spot(self, line: str, facts: Facts) -> Spot[str] | None:
        found = find_phone(line)
        return Spot(found[0], *found[1]) if found else None

    def load(self, stored: Any) -> str:
        if not isinstance(stored, str):
            raise TypeError
        return stored
