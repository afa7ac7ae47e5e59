"""The threats of docs/security.md and the tests that each row names. `make threats` runs them."""

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "security.md"
_ROW: Final = re.compile(r"\| (T\d+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|")
_TEST: Final = re.compile(r"`([\w/]+\.py)::([\w:]+)`")


@dataclass(frozen=True, slots=True)
class Threat:
    """A row. Tests by their path below `tests/` and their names, a class's with the class or without it."""

    id: str
    what: str
    tests: tuple[tuple[str, str], ...]


def threats(page: str | None = None) -> list[Threat]:
    text = PAGE.read_text("utf-8") if page is None else page
    rows = filter(None, map(_ROW.fullmatch, text.splitlines()))
    return [Threat(row[1], row[2], tuple((one[1], one[2]) for one in _TEST.finditer(row[5]))) for row in rows]


def node_of(path: str, name: str) -> str | None:
    """What pytest calls this test; none when it is not there."""
    file = ROOT / "tests" / path
    if not file.exists():
        return None
    for one in ast.parse(file.read_text("utf-8")).body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and one.name == name:
            return f"tests/{path}::{name}"
        if isinstance(one, ast.ClassDef):
            inside = {f.name for f in one.body if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef)}
            if name.removeprefix(f"{one.name}::") in inside:
                return f"tests/{path}::{one.name}::{name.removeprefix(f'{one.name}::')}"
    return None


if __name__ == "__main__":
    nodes = (node_of(*test) for threat in threats() for test in threat.tests)
    sys.stdout.write(" ".join(sorted({one for one in nodes if one})))
