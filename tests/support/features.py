"""Which capabilities of the acceptance tables does a passing test show? Runs the tests that carry an id, then tells.

`python -m tests.support.features [pytest arguments]`. The tables stand beside the repository, in
`../shared/acceptance`; without them only the ids are told. Ends with 1 when a test failed or an id is in no table.
"""

import csv
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLES = ROOT.parent / "shared" / "acceptance"
_PROPERTY = "feature"


@dataclass
class Shown:
    """The tests of one id."""

    passed: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)

    @property
    def stands(self) -> bool:
        return bool(self.passed) and not self.failed


class Collector:
    """A pytest plugin that notes the outcome of each test with an id. Ids travel from xdist's workers as properties."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = defaultdict(Shown)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == _PROPERTY and (report.failed or (report.when == "call" and report.passed)):
                note = self.shown[str(value)]
                (note.failed if report.failed else note.passed).add(report.nodeid)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Loaded as a plugin (`-p tests.support.features`), in xdist's workers too."""
    for item in items:
        for mark in item.iter_markers("feature"):
            item.user_properties.extend((_PROPERTY, one) for one in mark.args)


def run(arguments: list[str]) -> tuple[int, Mapping[str, Shown]]:
    """Run the tests that carry ids; pytest's exit code, and what became of each id."""
    collector = Collector()
    given = ["-m", "feature", "-q", "-p", "tests.support.features", *arguments]
    if not any(one.startswith("-n") for one in arguments):
        given += ["-n", "logical"]
    os.chdir(ROOT)
    code = pytest.main(given, plugins=[collector])
    return int(code), collector.shown


def wanted(tables: Path = TABLES) -> dict[str, str]:
    """Every id of the tables with its capability; empty where the tables are not."""
    found: dict[str, str] = {}
    for name in ("features.csv", "beyond.csv"):
        if (path := tables / name).is_file():
            with path.open(encoding="utf-8-sig", newline="") as file:
                found |= {row["id"]: row["capability"] for row in csv.DictReader(file)}
    return found


def told(shown: Mapping[str, Shown], known: Mapping[str, str]) -> list[str]:
    """The lines of the answer."""
    lines: list[str] = []
    if not known:
        lines.append(f"The tables are not here ({TABLES}): these are the ids that tests carry, unchecked.")
    for one in sorted(shown):
        about = known.get(one) or ("in no table" if known else "")
        state = "shown " if shown[one].stands else "FAILED"
        lines.append(f"{state} {one}  {about}  ({len(shown[one].passed | shown[one].failed)} tests)")
        lines += [f"         {test}" for test in sorted(shown[one].failed)]
    stand = sum(note.stands and (not known or one in known) for one, note in shown.items())
    lines.append(
        f"{stand} of {len(known)} capabilities are shown by a passing test." if known else f"{stand} ids pass."
    )
    return lines


def main() -> int:
    code, shown = run(sys.argv[1:])
    known = wanted()
    print("\n" + "\n".join(told(shown, known)))  # noqa: T201
    strange = [one for one in shown if known and one not in known]
    return 1 if code or strange or not shown else 0


if __name__ == "__main__":
    raise SystemExit(main())
