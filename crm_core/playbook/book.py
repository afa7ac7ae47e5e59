"""The playbook's shape, checked by pydantic with errors that say where and what to write."""

from collections.abc import Iterator
from datetime import time
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Self

import yaml
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from crm_core.kit.places import Datum
from crm_core.org.attention import QUIET_FROM, QUIET_UNTIL
from crm_core.org.models import Role
from crm_core.org.rights import Scope
from crm_core.playbook.fields import (
    MOST_FIELDS,
    CompanyField,
    CompanyFields,
    Entry,
    Fault,
    Key,
    Line,
    Prose,
    Strict,
    VisitTemplate,
    Words,
    second,
)
from crm_core.playbook.flows import ApprovalRules, Flow
from crm_core.playbook.keeping import Keeping
from crm_core.playbook.pools import Pool
from crm_core.playbook.problems import PlaybookError, Problem, load, problems_of, without
from crm_core.playbook.spending import Allowance, ExpenseKind, ExpenseRules

__all__ = ["Playbook", "PlaybookError", "parse", "read"]


class CustomerType(Entry):
    """A kind of customer (客户细分) and its rhythm: how long it may go unattended, how often it wants a visit."""

    definition: Prose = Field(default_factory=dict)
    """What makes a customer one of this kind, as people read it."""
    method: Prose = Field(default_factory=dict)
    """How one sells to them."""
    resources: Prose = Field(default_factory=dict)
    """What the company puts in."""
    care: Prose = Field(default_factory=dict)
    """What looking after them from day to day means."""
    stale_after_days: Annotated[int, Field(ge=1, le=365)] = 30
    visit_every_days: Annotated[int, Field(ge=1, le=365)] = 14
    people_after_days: Annotated[int, Field(ge=1, le=365)] | None = None
    """By when somebody to talk to is to be known there; none: nobody is reminded of it."""
    birthdays: bool = True
    """Whether birthdays and anniversaries of people there are told."""


class Progress(StrEnum):
    """What a life-cycle stage means for the company."""

    OPEN = "open"  # being won
    WON = "won"  # buys
    STALLED = "stalled"  # nothing moves
    LOST = "lost"


class Stage(Entry):
    """A stage of a customer's life with the company (客户生命周期, CA10), and what to do in it next."""

    progress: Progress = Progress.OPEN
    next: Line = Field(default_factory=dict)
    stuck_after_days: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Who stays in it for longer is stuck."""


class KeyAccounts(Strict):
    """Which customers are looked at from above (重点客户, CA15): those of these categories and types."""

    categories: tuple[Key, ...] = ()
    types: tuple[Key, ...] = ()


class Territory(Entry):
    """A sales area (BR11): the customers of its cities."""

    cities: tuple[Annotated[str, Field(min_length=1, max_length=30)], ...] = ()


class LinkKind(Entry):
    """How two customers have to do with each other (CA16): `title` is what the second is to the first, `back` what the
    first is to the second. A `tree` has no circles: a parent is nobody's child below itself.
    """

    back: Words
    tree: bool = False

    @model_validator(mode="after")
    def back_in_both_languages(self) -> Self:
        if set(self.back) != {"zh", "en"}:
            raise Fault(f"'{self.key}' needs its back in zh and en", "write back: {zh: 经销商, en: Dealer}", "back")
        return self


def _link_kinds() -> tuple[LinkKind, ...]:
    """What a playbook that says nothing of links has."""
    known = (
        ("dealer", ("终端客户", "End customer"), ("经销商", "Dealer"), False),
        ("buyer", ("客户的客户", "Their customer"), ("供货方", "Their supplier"), False),
        ("group", ("子公司", "Subsidiary"), ("集团母公司", "Parent company"), True),
        ("partner", ("合作伙伴", "Partner"), ("合作伙伴", "Partner"), False),
    )
    return tuple(
        LinkKind(key=key, title={"zh": there[0], "en": there[1]}, back={"zh": back[0], "en": back[1]}, tree=tree)
        for key, there, back, tree in known
    )


def _minutes(said: Any) -> Any:
    """YAML reads 16:00 without quotes as 960."""
    return time(*divmod(said, 60)) if type(said) is int and 0 <= said < _A_DAY else said


_A_DAY: Final = 24 * 60
Hour = Annotated[time, BeforeValidator(_minutes), AfterValidator(lambda at: at.replace(tzinfo=None))]
"""On the clocks of whoever it is about."""


class WorkingHours(Strict):
    start: Hour = time(8, 30)
    end: Hour = time(17, 30)


class PlanPrompt(Strict):
    """When people are asked for next week's plan (RE04): on a day of the week (1 is Monday), by their own clocks."""

    day: Annotated[int, Field(ge=1, le=7)] = 5
    at: Hour = time(16)

    @model_validator(mode="after")
    def nobody_is_asked_at_night(self) -> Self:
        if not QUIET_UNTIL <= self.at < QUIET_FROM:
            what = f"{self.at:%H:%M} lies in the quiet hours"
            raise Fault(what, 'write a time from 08:30 to 20:59, such as "16:00"', "at")
        return self


class ReminderRules(Strict):
    """How reminders go in this company (RE01-RE11)."""

    birthday_days_before: Annotated[int, Field(ge=0, le=30)] = 3
    weekly_list_after_days: Annotated[int, Field(ge=1, le=60)] = 7
    """After how many days undone something stands in the manager's weekly list."""
    plan_prompt: PlanPrompt = PlanPrompt()


class Sees(StrEnum):
    """Whose customers a role sees. Direct and indirect reports are always among them."""

    OWN = "own"
    SUBORDINATES = "subordinates"
    DEPARTMENT = "department"
    BRANCH = "branch"
    ALL = "all"

    @property
    def scope(self) -> Scope:
        return Scope[self.name]


class DataRights(Strict):
    """Who reads what (BR01), where the company wants it otherwise than Rounds."""

    customers: dict[Role, Sees] = Field(default_factory=dict[Role, Sees])
    """Whose customers and visits a role sees, if it sees any at all."""
    masked_phones: tuple[Role, ...] = ()
    """Who sees whole numbers of own customers only; with a second role that is not among them, all."""


class CheckIn(Strict):
    """How near a visit must be to its customer, and which map typed coordinates come from (BY01)."""

    radius_m: Annotated[int, Field(ge=50, le=50_000)] = 500
    typed_points: Datum = "gcj02"


_DICTIONARIES: Final = (
    *("categories", "industries", "sources", "customer_types", "stages", "statuses"),
    *("team_roles", "territories", "link_kinds"),
    *("relation_kinds", "gift_kinds", "personal_file", "pools", "flows", "expense_kinds", "budget_contents"),
)


@cache
def _standard_body() -> dict[str, Any]:
    return yaml.safe_load(resources.files("crm_core.playbook").joinpath("default.yaml").read_text(encoding="utf-8"))


def _as_standard(section: str) -> Any:
    """As the default playbook has it, for playbooks that were published before the section was known."""
    return Field(default_factory=lambda: _standard_body()[section], validate_default=True)


class Playbook(Strict):
    """The company's own words. What is not said keeps the default playbook's value."""

    categories: Annotated[tuple[Entry, ...], Field(min_length=1)]
    industries: Annotated[tuple[Entry, ...], Field(min_length=1)]
    sources: Annotated[tuple[Entry, ...], Field(min_length=1)]
    customer_types: Annotated[tuple[CustomerType, ...], Field(min_length=1)]
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)] = _as_standard("stages")
    statuses: Annotated[tuple[Entry, ...], Field(min_length=1)] = _as_standard("statuses")
    key_accounts: KeyAccounts = KeyAccounts()
    team_roles: tuple[Entry, ...] = (Entry(key="support", title={"zh": "协助", "en": "Support"}),)
    territories: tuple[Territory, ...] = ()
    link_kinds: tuple[LinkKind, ...] = _link_kinds()
    working_hours: WorkingHours = WorkingHours()
    fields: CompanyFields = CompanyFields()
    visit_templates: tuple[VisitTemplate, ...] = ()
    check_in: CheckIn = CheckIn()
    approvals: ApprovalRules = ApprovalRules()
    reminders: ReminderRules = ReminderRules()
    data_rights: DataRights = DataRights()
    keeping: Keeping = Keeping()
    relation_kinds: Annotated[tuple[Entry, ...], Field(min_length=1)] = (
        Entry(key="friends", title={"zh": "朋友", "en": "Friends"}),
        Entry(key="rivals", title={"zh": "不和", "en": "At odds"}),
    )
    gift_kinds: Annotated[tuple[Entry, ...], Field(min_length=1)] = (
        Entry(key="gift", title={"zh": "礼品", "en": "Gift"}),
        Entry(key="meal", title={"zh": "宴请", "en": "Meal"}),
    )
    personal_file: Annotated[tuple[CompanyField, ...], Field(max_length=MOST_FIELDS)] = ()
    pools: tuple[Pool, ...] = ()
    flows: tuple[Flow, ...] = _as_standard("flows")
    expense_kinds: Annotated[tuple[ExpenseKind, ...], Field(min_length=1)] = _as_standard("expense_kinds")
    expense_rules: ExpenseRules = _as_standard("expense_rules")
    leave: dict[Key, Allowance] = _as_standard("leave")
    """By kind of leave, as the form of its flow lists them."""
    budget_contents: Annotated[tuple[Entry, ...], Field(min_length=1)] = _as_standard("budget_contents")

    @model_validator(mode="after")
    def keys_are_unique(self) -> Self:
        for name in _DICTIONARIES:
            entries = self.entries(name)
            if (at := second(one.key for one in entries)) is not None:
                raise Fault(f"'{entries[at].key}' stands there twice", "give one of them another key", name, at)
        return self

    @model_validator(mode="after")
    def a_city_lies_in_one_territory(self) -> Self:
        seen: dict[str, str] = {}
        for number, one in enumerate(self.territories):
            for at, city in enumerate(one.cities):
                if (other := seen.setdefault(city.casefold().removesuffix("市"), one.key)) != one.key:
                    mend = f"leave it out here or in '{other}'"
                    raise Fault(f"'{city}' lies in two of them", mend, "territories", number, "cities", at)
        return self

    @model_validator(mode="after")
    def types_are_known(self) -> Self:
        known = {kind.key for kind in self.customer_types}
        for where, types in self._named_types():
            if unknown := sorted(set(types) - known):
                raise Fault(f"'{unknown[0]}' is no customer type", f"there are {', '.join(sorted(known))}", *where)
        return self

    @model_validator(mode="after")
    def key_accounts_are_known(self) -> Self:
        for name, keys in (("categories", self.key_accounts.categories), ("customer_types", self.key_accounts.types)):
            if unknown := sorted(set(keys) - {one.key for one in self.entries(name)}):
                known = ", ".join(one.key for one in self.entries(name))
                raise Fault(f"'{unknown[0]}' is not among the {name}", f"there are {known}", "key_accounts")
        return self

    def _named_types(self) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...]]]:
        for subject, fields in self.fields:
            yield from ((("fields", subject, at), one.types) for at, one in enumerate(fields))
        yield from ((("personal_file", at), one.types) for at, one in enumerate(self.personal_file))
        yield from ((("visit_templates", at), one.types) for at, one in enumerate(self.visit_templates))
        for number, pool in enumerate(self.pools):
            yield ("pools", number), pool.types
            yield from ((("pools", number, "rules", at), rule.types) for at, rule in enumerate(pool.rules))

    @model_validator(mode="after")
    def territories_are_known(self) -> Self:
        known = {one.key for one in self.territories}
        for at, pool in enumerate(self.pools):
            if unknown := sorted(set(pool.territories) - known):
                mend = f"there are {', '.join(sorted(known))}" if known else "write it under territories: first"
                raise Fault(f"'{unknown[0]}' is no territory", mend, "pools", at, "territories")
        return self

    @model_validator(mode="after")
    def budgets_are_known(self) -> Self:
        known = {one.key for one in self.budget_contents}
        for at, flow in enumerate(self.flows):
            if flow.budget is not None and flow.budget.content not in known:
                what = f"'{flow.budget.content}' is not among the budget_contents"
                raise Fault(what, f"there are {', '.join(sorted(known))}", "flows", at, "budget", "content")
        for at, kind in enumerate(self.expense_kinds):
            if kind.content is not None and kind.content not in known:
                what = f"'{kind.content}' is not among the budget_contents"
                raise Fault(what, f"there are {', '.join(sorted(known))}", "expense_kinds", at, "content")
        return self

    @model_validator(mode="after")
    def expense_kinds_are_known(self) -> Self:
        known = {one.key for one in self.expense_kinds}
        for at, limit in enumerate(self.expense_rules.limits):
            if unknown := sorted(set(limit.kinds) - known):
                mend = f"there are {', '.join(sorted(known))}"
                raise Fault(f"'{unknown[0]}' is not among the expense_kinds", mend, "expense_rules", "limits", at)
        return self

    def flow_about(self, subject: str) -> Flow | None:
        """The flow by which records of this kind are asked for; none where the company has none."""
        return next((one for one in self.flows if one.subject == subject and not one.withdrawn), None)

    def expense_kind(self, key: str) -> ExpenseKind | None:
        return next((one for one in self.expense_kinds if one.key == key), None)

    def flow_or_none(self, key: str) -> Flow | None:
        return next((one for one in self.flows if one.key == key), None)

    def flow(self, key: str) -> Flow:
        """The flow of a request that runs by this version of the playbook."""
        found = self.flow_or_none(key)
        assert found is not None, f"no flow {key} in the version that its request began with"
        return found

    def pool(self, key: str | None) -> Pool | None:
        """The pool; the first one when the playbook no longer has it; none in a company without pools."""
        return next((one for one in self.pools if one.key == key), self.pools[0] if self.pools else None)

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

    def first(self, dictionary: str) -> str:
        """The key proposed for new records, else the first one."""
        return self.default(dictionary) or self.entries(dictionary)[0].key

    def title(self, dictionary: str, key: str, language: str) -> str:
        """What people read for a stored key; the key itself when the dictionary no longer has it."""
        for entry in self.entries(dictionary):
            if entry.key == key:
                return entry.title["zh" if language == "zh" else "en"]
        return key

    def stage(self, key: str) -> Stage:
        """The stage, or the first one when the playbook no longer has it."""
        return next((one for one in self.stages if one.key == key), self.stages[0])

    def customer_type(self, key: str) -> CustomerType:
        """The type, or the first one when the playbook no longer has it."""
        return next((kind for kind in self.customer_types if kind.key == key), self.customer_types[0])


def parse(text: str) -> Playbook:
    """Read a playbook from YAML. Raises PlaybookError with one clear line a problem."""
    return _checked(*load(text))


def read(body: Any) -> Playbook:
    """Check a body that is already plain data (as the database keeps it).

    What a newer Rounds has put into it is passed over: it was checked when it was published, and is of no use here.
    """
    try:
        return Playbook.model_validate(body)
    except ValidationError as error:
        unknown = [one["loc"] for one in error.errors() if one["type"] == "extra_forbidden"]
        return _checked(without(body, frozenset(unknown)), None)


def _checked(body: Any, node: yaml.Node | None) -> Playbook:
    if not isinstance(body, dict):
        what = "a playbook is a mapping with categories, industries, sources, customer_types"
        raise PlaybookError([Problem(what, mend="begin with what `rounds playbook show` prints", line=1)])
    try:
        return Playbook.model_validate(body)
    except ValidationError as error:
        raise PlaybookError(problems_of(error, Playbook, body, node)) from error
