"""Approval flows as the playbook has them (流程): the form, who signs in which order, and what happens on the way.

A flow goes forward only; the way back is the verb "return". Conditions name fields and operators, nothing is evaluated.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import (
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    field_validator,
    model_validator,
)

from crm_core.org.models import Role
from crm_core.playbook.fields import MOST_FIELDS, CompanyField, Entry, Fault, FieldKind, Key, Line, Strict, second

MOST_STEPS: Final = 12
MOST_SIGNERS: Final = 12  # rules of one step
HIGHEST: Final = 10  # superiors above each other

Path = tuple[str | int, ...]
Text = Annotated[str, Field(min_length=1, max_length=80)]


def _plain(said: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """One failure, not one for each thing that it is not."""
    try:
        return handler(said)
    except ValidationError:
        what = "a value is true or false, a number, a word, or a list of words"
        raise Fault(what, 'write for example 5000, or [annual, sick]; "12" in quotes where it is a word') from None


Value = Annotated[bool | int | float | Text | tuple[Text, ...], WrapValidator(_plain)]


class FlowKind(StrEnum):
    """What the company groups its flows by (AP01)."""

    PLANNING = "planning"
    MARKETING = "marketing"
    ADMINISTRATION = "administration"


class Op(StrEnum):
    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="
    IS = "="
    IS_NOT = "!="
    ONE_OF = "in"
    NONE_OF = "not_in"
    IN_TREE = "in_tree"  # a branch or department, or one below it
    THERE = "there"  # whether anything is said


_ORDER: Final = frozenset({Op.MORE, Op.AT_LEAST, Op.LESS, Op.AT_MOST, Op.IS, Op.IS_NOT})
_WORDS: Final = frozenset({Op.IS, Op.IS_NOT, Op.ONE_OF, Op.NONE_OF})
_OPS: Final = {
    **dict.fromkeys((FieldKind.INTEGER, FieldKind.MONEY, FieldKind.PERCENT, FieldKind.DURATION), _ORDER),
    **dict.fromkeys((FieldKind.TEXT, FieldKind.LONG_TEXT, FieldKind.CHOICE, FieldKind.PHONE), _WORDS),
    FieldKind.SEVERAL: frozenset({Op.ONE_OF, Op.NONE_OF}),
    FieldKind.YES_NO: frozenset({Op.IS, Op.IS_NOT}),
    FieldKind.DAY: frozenset[Op](),
    FieldKind.MOMENT: frozenset[Op](),
}
GIVEN: Final = {"amount": FieldKind.MONEY, "days": FieldKind.INTEGER, "role": FieldKind.CHOICE}
"""What every request has besides its form: the sum and the days it is about, and the applicant's roles; and `dept`."""


class Test(Strict):
    """One comparison of a field with a value."""

    __test__ = False  # not for pytest

    field: Key
    op: Op
    value: Value


class When(Strict):
    """All of `all`, and one of `any` where there are some."""

    all: tuple[Test, ...] = ()
    any: tuple[Test, ...] = ()

    @model_validator(mode="after")
    def says_something(self) -> Self:
        if not self.all and not self.any:
            mend = "leave 'when' out for a step that always comes"
            raise Fault("needs tests under 'all' or 'any'", mend)
        return self


class Signer(Strict):
    """Who signs, in one of seven ways."""

    user: Text | None = None
    """A colleague by name, or by number ("12")."""
    role: Role | None = None
    """Everybody with that role."""
    manager: Annotated[int, Field(ge=1, le=HIGHEST)] | None = None
    """The applicant's superior (1), the superior's superior (2), …"""
    managers_up_to: Annotated[int, Field(ge=1, le=HIGHEST)] | None = None
    """All superiors up to that height, the nearest first."""
    dept_head: bool | None = None
    """Who stands highest in the applicant's department."""
    form_user: Key | None = None
    """The colleague that a field of the form names."""
    applicant_pick: bool | None = None
    """Whom the applicant chooses."""

    @model_validator(mode="after")
    def one_way(self) -> Self:
        said = [name for name, value in self if value is not None and value is not False]
        if len(said) != 1:
            known = ", ".join(type(self).model_fields)
            mend = "write one of them, a line '- ' for each signer" if said else "write for example {manager: 1}"
            raise Fault(f"says who signs in exactly one way, of {known}; this one says {len(said)}", mend)
        return self


class Act(StrEnum):
    """What a signer may do besides approving and rejecting."""

    TRANSFER = "transfer"
    ADD_BEFORE = "add_before"
    ADD_AFTER = "add_after"
    REMOVE_ADDED = "remove_added"
    RETURN = "return"
    COMMENT = "comment"
    ATTACH = "attach"


class Sla(Strict):
    """By when a step is to be decided: reminded at half the time, both told at full, then a superior may sign too."""

    hours: Annotated[int, Field(ge=1, le=24 * 60)]
    calendar: Literal["working", "clock"] = "working"
    then: Literal["escalate", "remind"] = "escalate"


class Step(Strict):
    """A step; without `title` it is named after who signs."""

    id: Key
    title: Line | None = None
    approvers: Annotated[tuple[Signer, ...], Field(min_length=1, max_length=MOST_SIGNERS)]
    mode: Annotated[str, Field(pattern=r"^(any|all|in_order|ratio:(0\.\d{1,2}|1(\.0{1,2})?))$")] = "any"
    when: When | None = None
    sla: Sla | None = None
    allow: tuple[Act, ...] = tuple(Act)

    @field_validator("mode")
    @classmethod
    def some_must_agree(cls, value: str) -> str:
        if value.startswith("ratio:") and Decimal(value.removeprefix("ratio:")) <= 0:
            raise Fault("a ratio is more than 0 and at most 1", "write for example ratio:0.67")
        return value

    @property
    def ratio(self) -> Decimal:
        """Which part of the signers must agree."""
        return Decimal(self.mode.removeprefix("ratio:")) if self.mode.startswith("ratio:") else Decimal(1)


class Revoke(Strict):
    """Taking back what was approved: within so many days, and with whose consent."""

    days: Annotated[int, Field(ge=0, le=365)] = 7
    consent: Literal["last_approver", "nobody"] = "last_approver"


class Policy(Strict):
    empty_approver: Annotated[str, Field(pattern=r"^(admin|user:.{1,80})$")] = "admin"
    self_approval: Literal["next_manager", "dept_head", "admin"] = "next_manager"
    repeat_approver: Literal["merge_consecutive", "ask_again"] = "merge_consecutive"
    withdraw: Literal["until_first_decision", "until_final", "never"] = "until_final"
    revoke: Revoke = Revoke()
    resubmit: Literal["from_start", "from_rejecter"] = "from_start"


class TaskKind(StrEnum):
    """What money is spent for (EX16)."""

    MARKET = "market"
    SALES = "sales"
    SERVICE = "service"
    OPERATIONS = "operations"


class Spends(Strict):
    """What the flow's sum is spent on (EX12): requests hold it in the budget of that content.

    `day` and `task` are fields of the form: when it is spent (else the day it is asked for), and for which project.
    """

    content: Key
    day: Key | None = None
    task: Key | None = None
    task_kind: TaskKind | None = None


class FlowField(CompanyField):
    """A field of a flow's form; a `colleague` is somebody of ours, who can be asked to sign."""

    colleague: bool = False

    @model_validator(mode="before")
    @classmethod
    def a_colleague_is_a_number(cls, said: Any) -> Any:
        """A colleague is kept by number: nobody needs to write that."""
        body = cast("dict[str, Any]", said)
        return {"kind": FieldKind.INTEGER, **body} if isinstance(said, dict) and body.get("colleague") is True else body


class Flow(Entry):
    """A flow. `subject` is what the request is about for features that have more to it than a form."""

    kind: FlowKind
    subject: Key = "request"
    about: Line | None = None
    """What it is for, as people read it when they choose."""
    customer: Literal["no", "may", "must"] = "may"
    form: Annotated[tuple[FlowField, ...], Field(max_length=MOST_FIELDS)] = ()
    amount: Key | None = None
    """The field of the form that is the sum."""
    budget: Spends | None = None
    """What the sum is spent on; a flow that says nothing spends nothing of any budget."""
    policy: Policy = Policy()
    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=MOST_STEPS)]
    cc: tuple[Signer, ...] = ()
    withdrawn: bool = False
    """No longer to be started; what runs goes on."""

    def step(self, key: str) -> Step:
        return next(one for one in self.steps if one.id == key)

    @model_validator(mode="after")
    def steps_are_told_apart(self) -> Self:
        if (at := second(one.id for one in self.steps)) is not None:
            what = f"the step '{self.steps[at].id}' stands there twice"
            raise Fault(what, "give it an id of its own", "steps", at, "id")
        if (at := second(one.key for one in self.form)) is not None:
            what = f"the field '{self.form[at].key}' stands there twice"
            raise Fault(what, "give it a key of its own", "form", at, "key")
        return self

    @model_validator(mode="after")
    def fields_are_known(self) -> Self:
        kinds = {one.key: one for one in self.form}
        if self.amount is not None and (self.amount not in kinds or kinds[self.amount].kind is not FieldKind.MONEY):
            money = [one.key for one in self.form if one.kind is FieldKind.MONEY]
            mend = f"write {' or '.join(money)}" if money else "add a field of kind money to the form, or leave it out"
            raise Fault(f"'{self.amount}' is no field of kind money in the form", mend, "amount")
        if self.budget is not None:
            _check_budget(self.budget, self.amount, kinds)
        for where, signer in self._signers():
            if signer.form_user is not None and not (signer.form_user in kinds and kinds[signer.form_user].colleague):
                what = f"'{signer.form_user}' is no field of the form that names a colleague"
                raise Fault(what, "add a field with colleague: true to the form", *where, "form_user")
        for where, test in self._tests():
            _check(where, test, kinds)
        return self

    def _signers(self) -> Iterator[tuple[Path, Signer]]:
        for number, step in enumerate(self.steps):
            yield from ((("steps", number, "approvers", at), one) for at, one in enumerate(step.approvers))
        yield from ((("cc", at), one) for at, one in enumerate(self.cc))

    def _tests(self) -> Iterator[tuple[Path, Test]]:
        for number, step in enumerate(self.steps):
            for name, tests in step.when or ():
                yield from ((("steps", number, "when", name, at), one) for at, one in enumerate(tests))


def _check_budget(budget: Spends, amount: str | None, fields: dict[str, FlowField]) -> None:
    """Whether the form says how much, when and what for."""
    if amount is None:
        raise Fault("a budget needs a sum", "say under 'amount' which field of the form it is", "budget")
    for name, kinds in (("day", {FieldKind.DAY}), ("task", {FieldKind.TEXT, FieldKind.CHOICE})):
        field = getattr(budget, name)
        if field is not None and (field not in fields or fields[field].kind not in kinds):
            known = " or ".join(sorted(one.value for one in kinds))
            raise Fault(f"'{field}' is no field of kind {known} in the form", "add one to the form", "budget", name)


def _check(where: Path, test: Test, fields: dict[str, FlowField]) -> None:
    """Whether a comparison makes sense: the field is there, the operator fits its kind, the value its options."""
    if test.op is Op.THERE:
        if test.field not in fields or not isinstance(test.value, bool):
            mend = f"write one of {', '.join(fields)}, and value: true" if fields else "add a field to the form"
            raise Fault("'there' takes a field of the form, and true or false", mend, *where)
        return
    if test.field == "dept":
        if test.op not in {Op.IN_TREE, Op.IS, Op.IS_NOT} or not isinstance(test.value, str):
            mend = "write for example {field: dept, op: in_tree, value: 深圳分公司}"
            raise Fault("dept takes in_tree, = or != and the name of a branch or department", mend, *where)
        return
    kind = fields[test.field].kind if test.field in fields else GIVEN.get(test.field)
    if kind is None:
        known = ", ".join((*fields, *GIVEN, "dept"))
        raise Fault(f"no field '{test.field}'", f"there are {known}", *where, "field")
    if test.op not in _OPS[kind]:
        known = ", ".join(sorted(_OPS[kind])) or "only 'there'"
        what = f"'{test.field}' is a {kind.value}, it does not take '{test.op.value}'"
        raise Fault(what, f"it takes {known}", *where, "op")
    _check_value((*where, "value"), test, kind, fields.get(test.field))


def _check_value(where: Path, test: Test, kind: FieldKind, field: FlowField | None) -> None:
    many = test.op in {Op.ONE_OF, Op.NONE_OF}
    if many != isinstance(test.value, tuple):
        what = f"'{test.op.value}' takes {'a list' if many else 'one value'}"
        raise Fault(what, "write it in [ ]" if many else "write one value, or op: in for a list", *where)
    if _OPS[kind] is _ORDER and (isinstance(test.value, bool) or not isinstance(test.value, int | float)):
        what = f"'{test.field}' is compared with a number, not '{test.value}'"
        raise Fault(what, "write a number without quotes, unit or comma, for example 5000", *where)
    if kind is FieldKind.YES_NO and not isinstance(test.value, bool):
        raise Fault(f"'{test.field}' is compared with true or false", "write true or false, without quotes", *where)
    if kind in {FieldKind.CHOICE, FieldKind.SEVERAL}:
        known = {one.key for one in field.options} if field is not None else {role.value for role in Role}
        said = test.value if isinstance(test.value, tuple) else (test.value,)
        if unknown := [one for one in said if one not in known]:
            mend = f"there are {', '.join(sorted(known))}"
            raise Fault(f"'{unknown[0]}' is none of the options of '{test.field}'", mend, *where)


class ApprovalRules(Strict):
    """What holds for all flows: approving several at once for more than this sum (yuan) is asked once more."""

    bulk_ask_over: Annotated[int, Field(ge=0, le=10**9)] = 10_000
