"""The company's own fields: values are checked by their kind, whoever hands them in."""

import pytest

from crm_core.custom_fields.service import checked, merged
from crm_core.kit.errors import DomainError
from crm_core.playbook.book import Playbook, read
from crm_core.playbook.service import default


def book(*fields: dict[str, object], subject: str = "customer") -> Playbook:
    """The default playbook with these fields on customers."""
    titled = [{"title": {"zh": "字段", "en": "Field"}, "key": "x", **field} for field in fields]
    return read({**default().model_dump(mode="json"), "fields": {subject: titled}})


OPTIONS = [{"key": "net30", "title": {"zh": "月结30天", "en": "Net 30"}}]

GOOD = [
    ("text", "华宁路 18 号"),
    ("long_text", "第一行\n第二行"),
    ("integer", 320),
    ("money", "12800.00"),
    ("percent", "8.5"),
    ("choice", "net30"),
    ("several", ["net30"]),
    ("day", "2026-03-18"),
    ("moment", "2026-03-18T15:00:00+08:00"),
    ("duration", 90),
    ("phone", "+8613800138000"),
    ("yes_no", False),
]
BAD = [
    ("text", 5),
    ("text", "   "),
    ("integer", "320"),
    ("integer", True),
    ("money", "many"),
    ("money", "NaN"),
    ("money", "9" * 14),
    ("choice", "net90"),
    ("several", "net30"),
    ("several", ["net90"]),
    ("day", "20260318"),
    ("moment", "2026-03-18T15:00:00"),
    ("phone", "13800138000"),
    ("yes_no", 1),
]


def of(kind: str) -> Playbook:
    return book({"kind": kind, **({"options": OPTIONS} if kind in ("choice", "several") else {})})


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_a_value_of_its_kind_is_kept_as_it_is(kind: str, value: object):
    assert checked(of(kind), "customer", "a", {"x": value}) == {"x": value}


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_value_of_another_kind_is_refused_with_its_field(kind: str, value: object):
    with pytest.raises(DomainError) as caught:
        checked(of(kind), "customer", "a", {"x": value})
    assert (caught.value.code, caught.value.field) == ("custom.unfit", "x.x")


def test_too_long_a_text_says_how_long_it_may_be():
    with pytest.raises(DomainError) as caught:
        checked(of("text"), "customer", "a", {"x": "长" * 201})
    assert (caught.value.code, caught.value.params["max"]) == ("too_long", 200)


def test_what_is_not_in_the_playbook_is_refused():
    with pytest.raises(DomainError, match=r"custom\.unknown"):
        checked(of("text"), "customer", "a", {"colour": "red"})


def test_a_required_one_must_be_there_and_only_where_it_belongs():
    strict = book({"kind": "text", "required": True, "types": ["a"]})
    with pytest.raises(DomainError, match="required"):
        checked(strict, "customer", "a", {})
    assert checked(strict, "customer", "b", {}) == {}
    with pytest.raises(DomainError, match=r"custom\.unknown"):
        checked(strict, "customer", "b", {"x": "华宁"})


def test_a_change_keeps_the_others_and_what_the_playbook_forgot():
    old = {"gone": "留着", "x": "旧"}
    assert merged(of("text"), "customer", "a", old, {"x": "新"}) == {"gone": "留着", "x": "新"}
    assert merged(of("text"), "customer", "a", old, {"x": None}) == {"gone": "留着"}
    strict = book({"kind": "text", "required": True})
    with pytest.raises(DomainError, match="required"):
        merged(strict, "customer", "a", old, {"x": None})


def test_a_visit_is_asked_what_its_template_asks():
    assert [one.key for one in default().own_fields("visit", "new")] == ["need", "rival"]
    assert [one.key for one in default().own_fields("visit", "a")] == ["decider_met", "rival_seen"]
    assert default().own_fields("visit", "c") == ()
    assert default().visit_template("c").title["en"] == "Routine visit"
