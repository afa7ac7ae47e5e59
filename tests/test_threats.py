"""The page of threats names what shows each of them, and nothing that is gone."""

import re

from tests.support.threats import PAGE, Threat, node_of, threats


def _faults(rows: list[Threat]) -> list[str]:
    unshown = [f"{one.id} names no test" for one in rows if not one.tests]
    gone = [f"{one.id}: {'::'.join(test)} is not there" for one in rows for test in one.tests if node_of(*test) is None]
    return unshown + gone


def test_each_threat_has_a_test_that_is_there():
    rows = threats()
    assert len(rows) == len(re.findall(r"^\| T\d", PAGE.read_text("utf-8"), re.MULTILINE)), "each row is read"
    assert [one.id for one in rows] == [f"T{at:02}" for at in range(1, len(rows) + 1)]
    assert len(rows) > 40
    assert _faults(rows) == []


def test_a_row_that_shows_nothing_is_found():
    page = (
        "| T01 | a | b | c | nothing |\n"
        "| T02 | a | b | c | `test_threats.py::test_that_never_was` |\n"
        "| T03 | a | b | c | `a/test_x.py::test_x`<br>`test_threats.py::test_a_row_that_shows_nothing_is_found` |\n"
    )
    assert _faults(threats(page)) == [
        "T01 names no test",
        "T02: test_threats.py::test_that_never_was is not there",
        "T03: a/test_x.py::test_x is not there",
    ]
