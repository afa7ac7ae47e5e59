"""The playbook's shape, checked by pydantic with errors that say where and what to write."""

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from crm_core.kit.places import Datum
from crm_core.org.models import Role
from crm_core.playbook.fields import CompanyField, CompanyFields, Entry, Prose, Strict, VisitTemplate


class PlaybookError(Exception):
    """The text is no playbook; `lines` say where and why, one problem a line."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class CustomerType(Entry):
    """A kind of customer (客户细分) and its rhythm: how long it may go unattended, how often it wants a visit."""

    definition: Prose = Field(default_factory=dict)
    """What makes a customer one of this kind, as people read it."""
    stale_after_days: Annotated[int, Field(ge=1, le=365)] = 30
    visit_every_days: Annotated[int, Field(ge=1, le=365)] = 14


class Territory(Entry):
    """A sales area (BR11): the customers of its cities."""

    cities: tuple[Annotated[str, Field(min_length=1, max_length=30)], ...] = ()


class WorkingHours(Strict):
    start: time = time(8, 30)
    end: time = time(17, 30)


class CheckIn(Strict):
    """How near a visit must be to its customer, and which map typed coordinates come from (BY01)."""

    radius_m: Annotated[int, Field(ge=50, le=50_000)] = 500
    typed_points: Datum = "gcj02"


class Exports(Strict):
    """What spreadsheets that leave the house show (BY25)."""

    mask_phones_for: tuple[Role, ...] = ()
    """Roles that get phones with their middle hidden, but for those of their own customers."""


class Playbook(Strict):
    """The company's own words. What is not said keeps the default playbook's value."""

    categories: Annotated[tuple[Entry, ...], Field(min_length=1)]
    industries: Annotated[tuple[Entry, ...], Field(min_length=1)]
    sources: Annotated[tuple[Entry, ...], Field(min_length=1)]
    customer_types: Annotated[tuple[CustomerType, ...], Field(min_length=1)]
    team_roles: tuple[Entry, ...] = (Entry(key="support", title={"zh": "协助", "en": "Support"}),)
    territories: tuple[Territory, ...] = ()
    working_hours: WorkingHours = WorkingHours()
    fields: CompanyFields = CompanyFields()
    visit_templates: tuple[VisitTemplate, ...] = ()
    check_in: CheckIn = CheckIn()
    exports: Exports = Exports()

    @model_validator(mode="after")
    def keys_are_unique(self) -> Self:
        for name in ("categories", "industries", "sources", "customer_types", "team_roles", "territories"):
            seen: set[str] = set()
            for entry in self.entries(name):
                if entry.key in seen:
                    raise ValueError(f"{name}: '{entry.key}' stands there twice")
                seen.add(entry.key)
        return self

    @model_validator(mode="after")
    def a_city_lies_in_one_territory(self) -> Self:
        seen: dict[str, str] = {}
        for one in self.territories:
            for city in one.cities:
                if seen.setdefault(city.casefold().removesuffix("市"), one.key) != one.key:
                    raise ValueError(f"territories: '{city}' lies in two of them")
        return self

    @model_validator(mode="after")
    def types_are_known(self) -> Self:
        known = {kind.key for kind in self.customer_types}
        for where, types in self._named_types():
            if unknown := sorted(set(types) - known):
                raise ValueError(f"{where}: '{unknown[0]}' is no customer type")
        return self

    def _named_types(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        for subject, fields in self.fields:
            yield from ((f"fields.{subject}.{one.key}", one.types) for one in fields)
        for at, template in enumerate(self.visit_templates, 1):
            yield f"visit_templates.{at}", template.types

    def visit_template(self, customer_type: str | None) -> VisitTemplate | None:
        """How a visit to such a customer goes."""
        named = (one for one in self.visit_templates if customer_type in one.types)
        return next(named, None) or next((one for one in self.visit_templates if not one.types), None)

    def own_fields(self, subject: str, customer_type: str | None) -> tuple[CompanyField, ...]:
        """The company's fields of a `customer`, `contact` or `visit`; of a visit also what its template asks."""
        asked = self.visit_template(customer_type) if subject == "visit" else None
        fields = (*getattr(self.fields, subject), *(asked.ask if asked else ()))
        return tuple({one.key: one for one in fields if one.fits(customer_type)}.values())

    def entries(self, dictionary: str) -> tuple[Entry, ...]:
        return getattr(self, dictionary)

    def default(self, dictionary: str) -> str | None:
        """The key proposed for new records, if the playbook names one."""
        return next((entry.key for entry in self.entries(dictionary) if entry.default), None)

    def title(self, dictionary: str, key: str, language: str) -> str:
        """What people read for a stored key; the key itself when the dictionary no longer has it."""
        for entry in self.entries(dictionary):
            if entry.key == key:
                return entry.title["zh" if language == "zh" else "en"]
        return key

    def customer_type(self, key: str) -> CustomerType:
        """The type, or the first one when the playbook no longer has it."""
        return next((kind for kind in self.customer_types if kind.key == key), self.customer_types[0])


def parse(text: str) -> Playbook:
    """Read a playbook from YAML. Raises PlaybookError with one clear line a problem."""
    try:
        body: Any = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        where = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise PlaybookError([f"{where}{error.problem or 'not YAML'}"]) from error
    except yaml.YAMLError as error:
        raise PlaybookError([f"not YAML: {error}"]) from error
    return read(body)


def read(body: Any) -> Playbook:
    """Check a body that is already plain data (as the database keeps it)."""
    if not isinstance(body, dict):
        raise PlaybookError(["a playbook is a mapping with categories, industries, sources, customer_types"])
    try:
        return Playbook.model_validate(body)
    except ValidationError as error:
        problems = error.errors()
        raise PlaybookError([_line(one) for one in problems if not _follows(one, problems)]) from error


def _follows(problem: Any, problems: list[Any]) -> bool:
    """Whether a list is called too short only because a faulty entry of it does not count."""
    where = problem["loc"]
    inside = (other["loc"] for other in problems if len(other["loc"]) > len(where))
    return problem["type"] == "too_short" and any(one[: len(where)] == where for one in inside)


def _line(problem: Any) -> str:
    where = ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in problem["loc"])
    what = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: {what}" if where else what
