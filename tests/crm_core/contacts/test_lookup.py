"""Whom somebody means: surname and title, Mr Wang, a name, pinyin, the end of a number."""

from types import SimpleNamespace

import pytest

from crm_core.contacts.lookup import meant

PEOPLE = [
    SimpleNamespace(name="王建国", title="采购总监", phone="+8613800138000"),
    SimpleNamespace(name="李建华", title="品质经理", phone="+8613900139111"),
    SimpleNamespace(name="李娟", title="会计", phone=None),
    SimpleNamespace(name="欧阳修", title=None, phone="+8675583216688"),
    SimpleNamespace(name="Maria Lopez", title="Buyer", phone="+4915112345678"),
    SimpleNamespace(name=None, title=None, phone="+862164370045"),
    SimpleNamespace(name="陈总", title=None, phone=None),
]


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("王总", ["王建国"]),
        ("王建国", ["王建国"]),
        ("王 建国", ["王建国"]),
        ("老王", ["王建国"]),
        ("王先生", ["王建国"]),
        ("Mr Wang", ["王建国"]),
        ("mr. wang", ["王建国"]),
        ("wjg", ["王建国"]),
        ("8000", ["王建国"]),
        ("李经理", ["李建华"]),
        ("李会计", ["李娟"]),
        ("李总", ["李建华", "李娟"]),
        ("欧阳总", ["欧阳修"]),
        ("欧阳先生", ["欧阳修"]),
        ("Ms Lopez", ["Maria Lopez"]),
        ("maria", ["Maria Lopez"]),
        ("采购总监", ["王建国"]),
        ("陈总", ["陈总"]),
        ("陈经理", ["陈总"]),
        ("0045", [None]),
        ("张总", []),
        ("Mr Smith", []),
        ("🤷", []),
        ("", []),
    ],
)
def test_the_people_meant(typed: str, names: list[str]):
    assert [one.name for one in meant(typed, PEOPLE)] == names


def test_of_two_of_one_surname_and_title_both_are_offered():
    two = [
        SimpleNamespace(name="王建国", title="副总", phone=None),
        SimpleNamespace(name="王芳", title="总经理", phone=None),
    ]
    assert [one.name for one in meant("王总", two)] == ["王建国", "王芳"]
