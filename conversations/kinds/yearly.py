"""A day of the year, solar or lunar, in words: 农历八月十五, 3月5日, Mar 5; the year may be told or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from conversations.kinds.base import Given, Kind, typed
from crm_core.kit.errors import DomainError, declare
from crm_core.kit.words.yearly import Yearly, read_yearly, write_yearly
from screens.screen import N_, Msg, Words
from screens.words.yearly import yearly_words

if TYPE_CHECKING:
    from conversations.form import Facts

NOT_A_YEARLY_DAY = declare("form.not_a_yearly_day", "value")


@dataclass(frozen=True)
class YearlyDay(Kind[Yearly]):
    """A birthday or an anniversary. A month and day of no calendar that is named are solar."""

    hint: ClassVar[Msg] = N_("Type it: 5 March, Mar 5 1985, lunar 8-15.")

    def read(self, given: Given, facts: Facts, before: Yearly | None = None) -> Yearly:
        text = typed(given)
        value = read_yearly(text)
        if value is None:
            raise DomainError(NOT_A_YEARLY_DAY, value=text[:40])
        return value

    def write(self, value: Yearly, facts: Facts) -> str:
        return write_yearly(value, "zh" if facts.language == "zh" else "en")

    def show(self, value: Yearly, facts: Facts) -> Words:
        """With the day on which it comes next: so one sees whether it was taken as solar or lunar."""
        return yearly_words(value, facts.local_now.date(), facts.language)

    def dump(self, value: Yearly) -> list[Any]:
        return [value.month, value.day, value.year, value.lunar, value.leap]

    def load(self, stored: Any) -> Yearly:
        month, day, year, lunar, leap = stored
        return Yearly(int(month), int(day), None if year is None else int(year), bool(lunar), bool(leap))
