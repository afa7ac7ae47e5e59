"""The company's own fields, and its visit manual: what the playbook says of both."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Languages = Literal["zh", "en"]
Words = dict[Languages, Annotated[str, Field(min_length=1, max_length=40)]]
Line = dict[Languages, Annotated[str, Field(min_length=1, max_length=120)]]
MOST_FIELDS = 12  # of one kind of record: a card shows what fits on a phone


Prose = dict[Languages, Annotated[str, Field(min_length=1, max_length=200)]]


class FieldKind(StrEnum):
    """The kinds of fields that a company may make its own of: the same that our own forms use."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    MONEY = "money"
    PERCENT = "percent"
    CHOICE = "choice"
    SEVERAL = "several"
    DAY = "day"
    MOMENT = "moment"
    DURATION = "duration"
    PHONE = "phone"
    YES_NO = "yes_no"


class Fault(ValueError):
    """Something wrong that a check of ours found: `at` leads from the checked thing to the place, `mend` says what to
    write there.
    """

    def __init__(self, what: str, mend: str, *at: str | int) -> None:
        super().__init__(what)
        self.mend, self.at = mend, at


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Entry(Strict):
    """One word of a dictionary: what is stored, and what people read."""

    key: Key
    title: Words
    default: bool = False  # proposed where a form has nothing better

    @model_validator(mode="after")
    def both_languages(self) -> Self:
        if set(self.title) != {"zh", "en"}:
            raise Fault(
                f"'{self.key}' needs a title in zh and en", "write title: {zh: 年假, en: Annual leave}", "title"
            )
        return self


class CompanyField(Entry):
    """A field of the company's own on customers, contacts or visits.

    `types` narrows it to customers of those types (and their contacts and visits); none means all.
    """

    kind: FieldKind
    ask: Line | None = None  # the question; else its title
    required: bool = False
    types: tuple[Key, ...] = ()
    options: tuple[Entry, ...] = ()

    @model_validator(mode="after")
    def options_where_listed(self) -> Self:
        if (self.kind in (FieldKind.CHOICE, FieldKind.SEVERAL)) != bool(self.options):
            what = f"'{self.key}' is a {self.kind.value}: options belong to choice and several, and to these only"
            if self.options:
                raise Fault(what, "leave the options out, or write kind: choice", "options")
            raise Fault(what, "write options: with a list of key and title")
        if (at := second(option.key for option in self.options)) is not None:
            raise Fault(f"'{self.key}' has an option twice", "give one of them another key", "options", at)
        return self

    def fits(self, customer_type: str | None) -> bool:
        return not self.types or customer_type in self.types


class CompanyFields(Strict):
    """By the record they belong to."""

    customer: Annotated[tuple[CompanyField, ...], Field(max_length=MOST_FIELDS)] = ()
    contact: Annotated[tuple[CompanyField, ...], Field(max_length=MOST_FIELDS)] = ()
    visit: Annotated[tuple[CompanyField, ...], Field(max_length=MOST_FIELDS)] = ()

    @model_validator(mode="after")
    def keys_are_unique(self) -> Self:
        for subject, fields in self:
            if (at := second(one.key for one in fields)) is not None:
                raise Fault("a key stands there twice", "give one of them another key", subject, at)
        return self


class VisitTemplate(Strict):
    """How a visit to customers of some types goes: what for, step by step, hints, and what to ask there (VI02, VI04).

    The first template whose `types` hold the customer's type counts; one without types is for all others.
    """

    title: Words
    types: tuple[Key, ...] = ()
    goals: tuple[Line, ...] = ()
    steps: tuple[Line, ...] = ()
    tips: tuple[Line, ...] = ()
    ask: Annotated[tuple[CompanyField, ...], Field(max_length=MOST_FIELDS)] = ()


def second(keys: Iterable[str]) -> int | None:
    """Where the first key stands that stood there before."""
    seen: set[str] = set()
    for at, key in enumerate(keys):
        if key in seen:
            return at
        seen.add(key)
    return None


def words(said: dict[Languages, str], language: str) -> str:
    """The company's words in a language; in the other one where it has none."""
    return said.get("zh" if language == "zh" else "en") or next(iter(said.values()))
