"""Whether a step comes: every operator, and what is not said."""

from decimal import Decimal
from typing import Any

import pytest

from crm_core.approvals.conditions import Facts, comes
from crm_core.playbook.flows import Op, Test, When

FACTS = Facts(
    {"sort": "meal", "tags": ["vip", "export"], "urgent": True, "note": "去厦门", "discount": "12.5", "empty": ""},
    amount=Decimal("5000.00"),
    days=Decimal(3),
    roles=frozenset({"rep", "manager"}),
    units=("华宁科技", "深圳分公司", "销售一部"),
)


def holds(field: str, op: Op, value: Any) -> bool:
    return comes(When(all=(Test(field=field, op=op, value=value),)), FACTS)


@pytest.mark.parametrize(
    ("field", "op", "value", "is_so"),
    [
        ("amount", Op.MORE, 5000, False),
        ("amount", Op.MORE, 4999.99, True),
        ("amount", Op.AT_LEAST, 5000, True),
        ("amount", Op.LESS, 5000, False),
        ("amount", Op.AT_MOST, 5000, True),
        ("amount", Op.IS, 5000, True),
        ("amount", Op.IS_NOT, 5000, False),
        ("days", Op.MORE, 2, True),
        ("discount", Op.MORE, 12, True),
        ("sort", Op.IS, "meal", True),
        ("sort", Op.IS_NOT, "meal", False),
        ("sort", Op.ONE_OF, ("meal", "hotel"), True),
        ("sort", Op.NONE_OF, ("meal", "hotel"), False),
        ("tags", Op.ONE_OF, ("export",), True),
        ("tags", Op.NONE_OF, ("local",), True),
        ("urgent", Op.IS, True, True),
        ("urgent", Op.IS, False, False),
        ("role", Op.ONE_OF, ("finance", "manager"), True),
        ("role", Op.NONE_OF, ("rep",), False),
        ("dept", Op.IN_TREE, "深圳分公司", True),
        ("dept", Op.IN_TREE, "上海分公司", False),
        ("dept", Op.IS, "深圳分公司", False),
        ("dept", Op.IS, "销售一部", True),
        ("dept", Op.IS_NOT, "销售一部", False),
        ("note", Op.THERE, True, True),
        ("empty", Op.THERE, True, False),
        ("nothing", Op.THERE, False, True),
    ],
)
def test_each_operator(field: str, op: Op, value: Any, is_so: bool):
    assert holds(field, op, value) is is_so


@pytest.mark.parametrize(
    ("op", "value"),
    [
        (Op.MORE, 0),
        (Op.LESS, 9),
        (Op.IS, 0),
        (Op.IS_NOT, 5),
        (Op.IS_NOT, "x"),
        (Op.NONE_OF, ("x",)),
        (Op.ONE_OF, ("x",)),
    ],
)
def test_what_is_not_said_compares_with_nothing(op: Op, value: Any):
    assert not holds("nothing", op, value)


def test_all_of_all_and_one_of_any():
    small, large = Test(field="amount", op=Op.LESS, value=100), Test(field="amount", op=Op.MORE, value=100)
    assert comes(None, FACTS)
    assert comes(When(all=(large,), any=(small, large)), FACTS)
    assert not comes(When(all=(large, small)), FACTS)
    assert not comes(When(all=(large,), any=(small,)), FACTS)
