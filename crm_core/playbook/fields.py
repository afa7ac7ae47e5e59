"""The company's own fields, and its visit manual: what the playbook says of both."""

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
            raise ValueError(f"'{self.key}' needs a title in zh and en")
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
            raise ValueError(
                f"'{self.key}' is a {self.kind.value}: options belong to choice and several, and to these only"
            )
        if len({option.key for option in self.options}) < len(self.options):
            raise ValueError(f"'{self.key}' has an option twice")
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
            keys = [one.key for one in fields]
            if len(set(keys)) < len(keys):
                raise ValueError(f"{subject}: a key stands there twice")
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


def words(said: dict[Languages, str], language: str) -> str:
    """The company's words in a language; in the other one where it has none."""
    return said.get("zh" if language == "zh" else "en") or next(iter(said.values()))
