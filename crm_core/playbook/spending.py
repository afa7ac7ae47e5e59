"""What the company pays for, and how much of it: kinds of costs, cities, limits, days' money; and how long one may be
on leave (issue: travel and expenses EX04, leave).
"""

from decimal import Decimal
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from crm_core.org.models import Role
from crm_core.playbook.fields import Entry, Key, Strict

City = Annotated[str, Field(min_length=1, max_length=30)]
Sum = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=2)]
_SUFFIX: Final = "市"


class ExpenseKind(Entry):
    """A kind of cost. `travel`: it comes up on trips only; `per_diem`: the company's rate for each day of one;
    `content`: which of the budget_contents pays it, if any does.
    """

    travel: bool = False
    per_diem: bool = False
    content: Key | None = None


class CityClass(Entry):
    """Cities that cost alike. The one without cities is for all others."""

    cities: tuple[City, ...] = ()


class Limit(Strict):
    """The most that a day or night of these kinds may cost, in cities of these classes, for people of these roles;
    nothing said means all. The first limit that fits counts.
    """

    kinds: Annotated[tuple[Key, ...], Field(min_length=1)]
    most: Sum
    city_classes: tuple[Key, ...] = ()
    roles: tuple[Role, ...] = ()
    each: Literal["line", "day"] = "line"
    """`day`: all lines of these kinds on one day together."""


class ExpenseRules(Strict):
    """The company's rules for expenses (财务制度). What is over one of them is shown to who decides, never refused."""

    city_classes: tuple[CityClass, ...] = ()
    limits: tuple[Limit, ...] = ()
    per_diem: dict[Key, Sum] = Field(default_factory=dict[Key, Sum])
    """A day's money by class of city."""
    late_after_days: Annotated[int, Field(ge=1, le=730)] = 30
    dear_percent: Annotated[int, Field(ge=101, le=1000)] = 150
    """Of what others paid in the middle: what costs more is told."""
    compared_with: Annotated[int, Field(ge=1, le=100)] = 3
    """Fewer lines of others are nothing to compare with."""

    @model_validator(mode="after")
    def classes_are_known(self) -> Self:
        known = {one.key for one in self.city_classes}
        named = [key for limit in self.limits for key in limit.city_classes]
        if unknown := sorted({*named, *self.per_diem} - known):
            raise ValueError(f"'{unknown[0]}' is none of the city_classes")
        return self

    def named(self, text: str | None) -> str | None:
        """The class of the first of our cities that stands in a text."""
        said = (text or "").casefold()
        for one in self.city_classes:
            if any(city.casefold().removesuffix(_SUFFIX) in said for city in one.cities):
                return one.key
        return None

    def city_class(self, *texts: str | None) -> str | None:
        """The class of the first city that these texts name; where none does, that of all others."""
        for text in texts:
            if (found := self.named(text)) is not None:
                return found
        return next((one.key for one in self.city_classes if not one.cities), None)

    def limit(self, kind: str, city_class: str | None, roles: frozenset[Role]) -> Limit | None:
        """The limit that counts for a cost of this kind, there, of somebody with these roles."""
        for one in self.limits:
            there = not one.city_classes or city_class in one.city_classes
            if kind in one.kinds and there and (not one.roles or roles & set(one.roles)):
                return one
        return None


class Allowance(Strict):
    """How many working days of a kind of leave one has in a year; none said: as many as are approved."""

    days: Annotated[int, Field(ge=0, le=366)] | None = None
