"""Whether a step comes: comparisons of fields with values, by operators that are named here and no others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from crm_core.playbook.flows import Op, Test, When


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions may look at: the form, the sum, the days, the applicant's roles, and the names of the units that
    the applicant's own lies in, from the root down.
    """

    form: Mapping[str, Any]
    amount: Decimal | None = None
    days: Decimal | None = None
    roles: frozenset[str] = frozenset()
    units: tuple[str, ...] = ()

    def value(self, field: str) -> Any:
        given = {"amount": self.amount, "days": self.days, "role": self.roles, "dept": self.units}
        return self.form[field] if field in self.form else given.get(field)


def comes(when: When | None, facts: Facts) -> bool:
    """Whether the step is for this request. What is not said compares with nothing: the test fails."""
    if when is None:
        return True
    return all(_holds(one, facts) for one in when.all) and (not when.any or any(_holds(one, facts) for one in when.any))


def _holds(test: Test, facts: Facts) -> bool:
    said = facts.value(test.field)
    if test.op is Op.THERE:
        return (said not in (None, "", [])) == test.value
    if said is None:
        return False
    if test.field == "dept":
        return _in_units(test, facts.units)
    return _COMPARE[test.op](said, test.value)


def _in_units(test: Test, units: tuple[str, ...]) -> bool:
    if test.op is Op.IN_TREE:
        return test.value in units
    return (units[-1:] == (test.value,)) == (test.op is Op.IS)


def _number(value: Any) -> Decimal | None:
    try:
        return None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None


def _ordered(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[Any, Any], bool]:
    def holds(said: Any, value: Any) -> bool:
        one, other = _number(said), _number(value)
        return one is not None and other is not None and compare(one, other)

    return holds


def _same(said: Any, value: Any) -> bool:
    if isinstance(said, frozenset | set | list | tuple):
        return value in said
    if isinstance(value, bool) or isinstance(said, bool):
        return said is value
    one, other = _number(said), _number(value)
    return one == other if one is not None and other is not None else str(said) == str(value)


def _among(said: Any, values: Any) -> bool:
    return any(_same(said, one) for one in values)


_COMPARE: Final[Mapping[Op, Callable[[Any, Any], bool]]] = {
    Op.MORE: _ordered(lambda one, other: one > other),
    Op.AT_LEAST: _ordered(lambda one, other: one >= other),
    Op.LESS: _ordered(lambda one, other: one < other),
    Op.AT_MOST: _ordered(lambda one, other: one <= other),
    Op.IS: _same,
    Op.IS_NOT: lambda said, value: not _same(said, value),
    Op.ONE_OF: _among,
    Op.NONE_OF: lambda said, value: not _among(said, value),
}
