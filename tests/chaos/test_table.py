"""The table of faults names what there is: each row a test that breaks something, each such test a row."""

import ast
import re
from pathlib import Path

from tests.support.crowd import ROOT

ROW = re.compile(r'^\|.*\| `make chaos ARGS="-k ([a-z0-9_]+)"` \|$', re.MULTILINE)


def _marked(path: Path) -> set[str]:
    """The names of the tests of a file that have the mark `chaos`, by themselves or with the whole file."""
    tree = ast.parse(path.read_text())
    whole = any("mark.chaos" in ast.unparse(one) for one in tree.body if isinstance(one, ast.Assign))
    return {
        one.name
        for one in ast.walk(tree)
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        and one.name.startswith("test_")
        and (whole or any("mark.chaos" in ast.unparse(mark) for mark in one.decorator_list))
    }


def test_each_row_of_the_table_names_a_fault_and_each_fault_has_its_row() -> None:
    rows = ROW.findall((ROOT / "docs" / "faults.md").read_text())
    tests = {name for path in (ROOT / "tests").rglob("test_*.py") for name in _marked(path)}
    assert [row for row in rows if not any(row in name for name in tests)] == [], "rows that break nothing"
    assert [name for name in tests if not any(row in name for row in rows)] == [], "faults that the table leaves out"
