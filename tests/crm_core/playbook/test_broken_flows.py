"""Broken definitions of flows: each is told by its line, its field, what is the matter and what to write instead."""

from typing import Final

import pytest
import yaml

from crm_core.playbook import service as playbook
from crm_core.playbook.problems import Problem
from crm_core.playbook.service import PlaybookError, parse

RIGHT: Final = """\
flows:
  - key: expense
    title: {zh: 费用报销, en: Expense claim}
    kind: administration
    customer: may
    form:
      - {key: amount, kind: money, required: true, title: {zh: 金额, en: Amount}}
      - {key: purpose, kind: long_text, title: {zh: 用途, en: Purpose}}
      - {key: urgent, kind: yes_no, title: {zh: 加急, en: Urgent}}
      - {key: day, kind: day, title: {zh: 日期, en: Day}}
      - {key: guest, colleague: true, title: {zh: 陪同, en: With}}
      - key: sort
        kind: choice
        title: {zh: 类别, en: Kind}
        options:
          - {key: meal, title: {zh: 餐费, en: Meals}}
          - {key: hotel, title: {zh: 住宿, en: Hotel}}
    amount: amount
    policy:
      empty_approver: admin
      revoke: {days: 7}
    steps:
      - id: head
        title: {zh: 部门经理, en: Department manager}
        approvers: [{dept_head: true}]
        sla: {hours: 16}
      - id: finance
        approvers: [{role: finance}]
        mode: any
        allow: [transfer, return]
      - id: boss
        approvers:
          - user: 王海燕
        when:
          all:
            - {field: amount, op: ">", value: 20000}
    cc: [{role: operations}]
"""

REST: Final = {key: value for key, value in yaml.safe_load(playbook.default_text()).items() if key != "flows"}


def whole(flows: str) -> str:
    """A playbook that begins with these flows: their lines are the text's."""
    return flows + yaml.safe_dump(REST, allow_unicode=True)


def wrong(old: str, new: str) -> tuple[Problem, ...]:
    assert RIGHT.count(old) == 1, "the table changes one place"
    with pytest.raises(PlaybookError) as caught:
        parse(whole(RIGHT.replace(old, new)))
    return caught.value.problems


WHEN: Final = '{field: amount, op: ">", value: 20000}'
TEST: Final = "flows.expense.steps.3.when.all.1"

BROKEN: Final = (
    # what stands there, what is written instead, the line, the field, words of what, words of the mend
    (WHEN, '{field: sum, op: ">", value: 1}', 36, f"{TEST}.field", "no field 'sum'", "there are amount, purpose"),
    (WHEN, '{field: purpose, op: ">", value: 1}', 36, f"{TEST}.op", "'purpose' is a long_text", "it takes !=, ="),
    (WHEN, "{field: amount, op: in, value: [1]}", 36, f"{TEST}.value", "a value is", "write for example 5000"),
    (WHEN, "{field: amount, op: in, value: [a]}", 36, f"{TEST}.op", "is a money", "it takes !=, <"),
    (WHEN, "{field: sort, op: '=', value: taxi}", 36, f"{TEST}.value", "'taxi' is none of", "there are hotel, meal"),
    (WHEN, "{field: sort, op: in, value: meal}", 36, f"{TEST}.value", "'in' takes a list", "write it in [ ]"),
    (WHEN, "{field: sort, op: '=', value: [meal]}", 36, f"{TEST}.value", "takes one value", "or op: in for a list"),
    (WHEN, '{field: amount, op: ">", value: 2万}', 36, f"{TEST}.value", "compared with a number", "without quotes"),
    (WHEN, '{field: urgent, op: "=", value: 1}', 36, f"{TEST}.value", "with true or false", "write true or false"),
    (WHEN, '{field: day, op: ">", value: 1}', 36, f"{TEST}.op", "is a day", "it takes only 'there'"),
    (WHEN, "{field: role, op: in, value: [boss]}", 36, f"{TEST}.value", "'boss' is none of", "there are admin"),
    (WHEN, "{field: dept, op: '>', value: 1}", 36, TEST, "dept takes in_tree", "{field: dept, op: in_tree"),
    (WHEN, "{field: days, op: there, value: true}", 36, TEST, "a field of the form", "write one of amount"),
    (WHEN, '{field: amount, op: "=>", value: 1}', 36, f"{TEST}.op", "Input should be '>'", "did you mean >"),
    (WHEN, '{field: amount, op: ">"}', 36, f"{TEST}.value", "Field required", "write value: 5000"),
    (WHEN, '{field: amount, op: ">", value: }', 36, f"{TEST}.value", "a value is", "write for example 5000"),
    (WHEN, '{field: amount, op: ">", than: 5, value: 1}', 36, f"{TEST}.than", "not permitted", "there are field, op"),
    (
        "          all:\n            - " + WHEN,
        "          all: []",
        34,
        "flows.expense.steps.3.when",
        "needs tests under 'all' or 'any'",
        "leave 'when' out",
    ),
    (
        "- user: 王海燕",
        "- {user: 王海燕, role: executive}",
        33,
        "flows.expense.steps.3.approvers.1",
        "in exactly one way",
        "a line '- ' for each signer",
    ),
    ("- user: 王海燕", "- {}", 33, "flows.expense.steps.3.approvers.1", "this one says 0", "{manager: 1}"),
    (
        "- user: 王海燕",
        "- {manager: 0}",
        33,
        "flows.expense.steps.3.approvers.1.manager",
        "greater than or equal to 1",
        "write 1 or more",
    ),
    (
        "- user: 王海燕",
        "- {managers_up_to: 11}",
        33,
        "flows.expense.steps.3.approvers.1.managers_up_to",
        "less than or equal to 10",
        "write 10 or less",
    ),
    (
        "- user: 王海燕",
        "- {form_user: purpose}",
        33,
        "flows.expense.steps.3.approvers.1.form_user",
        "no field of the form that names a colleague",
        "colleague: true",
    ),
    (
        "- user: 王海燕",
        "- {user: 12}",
        33,
        "flows.expense.steps.3.approvers.1.user",
        "valid string",
        'for example "12"',
    ),
    (
        "[{role: operations}]",
        "[{form_user: whom}]",
        37,
        "flows.expense.cc.1.form_user",
        "'whom' is no field",
        "add a field with colleague: true",
    ),
    (
        "[{role: finance}]",
        "[{role: finances}]",
        28,
        "flows.expense.steps.2.approvers.1.role",
        "Input should be 'rep'",
        "did you mean finance?",
    ),
    ("[{role: finance}]", "[]", 28, "flows.expense.steps.2.approvers", "at least 1 item", "at least 1 entry"),
    ("[{role: finance}]", "{role: finance}", 28, "flows.expense.steps.2.approvers", "valid tuple", "write a list"),
    ("        approvers: [{role: finance}]\n", "", 27, "flows.expense.steps.2.approvers", "required", "[{manager: 1}]"),
    ("mode: any", "mode: ratio:0", 29, "flows.expense.steps.2.mode", "match pattern", "ratio:0.67"),
    ("mode: any", "mode: ratio:0.00", 29, "flows.expense.steps.2.mode", "more than 0", "ratio:0.67"),
    ("mode: any", "mode: ratio:1.5", 29, "flows.expense.steps.2.mode", "match pattern", "any, all, in_order"),
    ("mode: any", "mode: both", 29, "flows.expense.steps.2.mode", "match pattern", "any, all, in_order"),
    ("id: finance", "id: head", 27, "flows.expense.steps.2.id", "'head' stands there twice", "an id of its own"),
    ("id: finance", "id: 财务", 27, "flows.expense.steps.2.id", "match pattern", "small Latin letters"),
    (
        "allow: [transfer, return]",
        "allow: [transfer, send_back]",
        30,
        "flows.expense.steps.2.allow.2",
        "Input should be 'transfer'",
        "add_before",
    ),
    ("{hours: 16}", "{hours: 0}", 26, "flows.expense.steps.1.sla.hours", "equal to 1", "write 1 or more"),
    ("{hours: 16}", "{hours: two}", 26, "flows.expense.steps.1.sla.hours", "valid integer", "a whole number"),
    ("{hours: 16}", "{hours: 16, then: approve}", 26, "flows.expense.steps.1.sla.then", "'escalate'", "remind"),
    ("{hours: 16}", "16", 26, "flows.expense.steps.1.sla", "valid dictionary", "name: value"),
    ("revoke: {days: 7}", "revoke: {days: -1}", 21, "flows.expense.policy.revoke.days", "equal to 0", "0 or more"),
    (
        "empty_approver: admin",
        "empty_approver: 王海燕",
        20,
        "flows.expense.policy.empty_approver",
        "match pattern",
        "write admin, or user:",
    ),
    (
        "empty_approver: admin",
        "self_approval: allow",
        20,
        "flows.expense.policy.self_approval",
        "'next_manager'",
        "write next_manager or dept_head",
    ),
    ("amount: amount\n", "amount: purpose\n", 18, "flows.expense.amount", "no field of kind money", "write amount"),
    (
        "{zh: 费用报销, en: Expense claim}",
        "{zh: 费用报销}",
        3,
        "flows.expense.title",
        "needs a title in zh and en",
        "write title: {zh:",
    ),
    (
        "{zh: 费用报销, en: Expense claim}",
        "{zh: 费用报销, de: Spesen}",
        3,
        "flows.expense.title.de",
        "'zh' or 'en'",
        "write zh or en",
    ),
    (
        "en: Department manager",
        "en: ''",
        24,
        "flows.expense.steps.1.title.en",
        "at least 1 character",
        "write something here",
    ),
    ("kind: administration", "kind: admin", 4, "flows.expense.kind", "'planning'", "did you mean administration?"),
    ("    kind: administration\n", "", 2, "flows.expense.kind", "required", "kind: planning or marketing"),
    ("customer: may", "customer: no", 5, "flows.expense.customer", "Input should be 'no'", "put it in quotes"),
    ("customer: may", "custmer: may", 5, "flows.expense.custmer", "not permitted", "did you mean customer?"),
    ("key: guest", "key: sort", 12, "flows.expense.form.sort.key", "'sort' stands there twice", "a key of its own"),
    ("key: meal", "key: hotel", 17, "flows.expense.form.sort.options.hotel", "has an option twice", "another key"),
    ("kind: yes_no", "kind: bool", 9, "flows.expense.form.urgent.kind", "'text', 'long_text'", "write text or"),
    (
        "kind: long_text",
        "kind: choice",
        8,
        "flows.expense.form.purpose",
        "options belong to choice and several",
        "write options:",
    ),
    ("- key: expense", "- key: Expense!", 2, "flows.1.key", "match pattern", "small Latin letters"),
    ("      - id: boss\n", "", 31, "flows.expense.steps.2.approvers", "stands there twice", "leave one of them out"),
    ("mode: any", "mode: [any", 30, "", "expected ',' or ']'", "brackets"),
    ("mode: any", "\tmode: any", 29, "", "cannot start any token", "with spaces, not tabs"),
)


@pytest.mark.parametrize(("old", "new", "line", "where", "what", "mend"), BROKEN)
def test_a_mistake_says_where_it_is_what_it_is_and_what_to_write(
    old: str, new: str, line: int, where: str, what: str, mend: str
):
    (problem,) = wrong(old, new)
    assert problem.where == where
    assert problem.line == line
    assert what in problem.what
    assert mend in (problem.mend or "")
    assert problem.told("book.yaml").startswith(f"book.yaml:{line}: {where}")
    assert "\n" not in problem.told()


def test_the_flow_that_the_table_breaks_is_right():
    assert parse(whole(RIGHT)).flow("expense").steps[2].id == "boss"


def test_a_flow_without_steps():
    flows = RIGHT[: RIGHT.index("    steps:")]
    with pytest.raises(PlaybookError) as caught:
        parse(whole(f"{flows}    steps: []\n"))
    assert [str(one) for one in caught.value.problems] == [
        "flows.expense.steps: Tuple should have at least 1 item after validation, not 0; write at least 1 entry there"
    ]


def test_a_mistake_in_what_two_places_share_is_told_where_it_stands():
    shared = RIGHT.replace("sla: {hours: 16}", "sla: &pace {hours: 0}").replace("mode: any", "sla: *pace")
    with pytest.raises(PlaybookError) as caught:
        parse(whole(shared))
    assert [one.line for one in caught.value.problems] == [26, 26]
    merged = RIGHT.replace("sla: {hours: 16}", "sla: {<<: {hours: 0}, then: remind}")
    with pytest.raises(PlaybookError) as caught:
        parse(whole(merged))
    assert [(one.line, one.where) for one in caught.value.problems] == [(26, "flows.expense.steps.1.sla.hours")]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "a: &a {b: *a}",
        "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "[" * 5000,
        "flows: 2026-02-30",
        "flows: \x07",
    ],
)
def test_what_is_made_to_break_a_reader_is_told_in_a_few_lines(text: str):
    with pytest.raises(PlaybookError) as caught:
        parse(text)
    assert 1 <= len(caught.value.lines) < 20


def test_every_mistake_is_told_at_once():
    with pytest.raises(PlaybookError) as caught:
        parse(whole(RIGHT.replace("mode: any", "mode: both").replace("{hours: 16}", "{hours: 0}")))
    assert [one.line for one in caught.value.problems] == [26, 29]
