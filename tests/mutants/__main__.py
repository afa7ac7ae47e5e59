"""`make mutants`: plant known faults into approvals, one at a time, and see that the tests find each of them.

    python -m tests.mutants                 all of them
    python -m tests.mutants delegation      those whose names have the word

Each is planted into a copy of the repository, and the tests of the engine run over it until the first one fails. It
answers 1 if a fault survives. ROUNDS_STORIES (60) and ROUNDS_RACES (3) say how long the tests try.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from crm_core.kit.embedded import Embedded
from tests.mutants.seeds import MUTANTS, Mutant

ROOT: Final = Path(__file__).parents[2]
HERE: Final = "tests/crm_core/approvals"
PARTS: Final = ("guards", "semantics", "races", "people", "conditions", "properties")  # what fails soonest comes first
LONGEST_S: Final = 900
_RUN: Final = f"m{os.getpid()}"
_LEFT_OUT: Final = shutil.ignore_patterns(".git", ".venv", "build", "data", "__pycache__", ".hypothesis", ".*_cache")


def main(words: list[str]) -> int:
    named = [one for word in words for one in MUTANTS if word in one.name]
    chosen = list(dict.fromkeys(named)) if words else list(MUTANTS)
    survived: list[str] = []
    with tempfile.TemporaryDirectory(prefix="mutants") as made:
        copy = Path(made) / "rounds"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        server = Embedded(Path(tempfile.gettempdir()) / f"rounds-test-{_RUN}", durable=False)  # one for all runs
        try:
            if not words and (failed := _killer(copy)) is not None:
                _tell(f"The tests fail as it is: {failed}")
                return 2
            for at, mutant in enumerate(chosen, 1):
                began = time.monotonic()
                _plant(copy, mutant)
                killer = _killer(copy, mutant)
                _heal(copy, mutant)
                told = f"killed by {killer}" if killer else "SURVIVED"
                seconds = time.monotonic() - began
                _tell(f"{at}. {mutant.name} (breaks {mutant.breaks}): {told} [{seconds:.0f} s]")
                survived += [] if killer else [mutant.name]
        finally:
            server.release()
    _tell(f"{len(chosen) - len(survived)} of {len(chosen)} killed")
    for one in survived:
        _tell(f"  survived: {one}")
    return 1 if survived else 0


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def _plant(copy: Path, mutant: Mutant) -> None:
    for edit in mutant.edits:
        text = (copy / edit.file).read_text(encoding="utf-8")
        assert text.count(edit.old) == 1, f"{mutant.name}: its text stands {text.count(edit.old)} times in {edit.file}"
        _write(copy / edit.file, text.replace(edit.old, edit.new))


def _heal(copy: Path, mutant: Mutant) -> None:
    for edit in mutant.edits:
        _write(copy / edit.file, (ROOT / edit.file).read_text(encoding="utf-8"))


def _write(file: Path, text: str) -> None:
    """Without what was compiled of it: a change within the same second would not be seen."""
    file.write_text(text, encoding="utf-8")
    for old in (file.parent / "__pycache__").glob(f"{file.stem}.*.pyc"):
        old.unlink()


def _killer(copy: Path, mutant: Mutant | None = None) -> str | None:
    """The first test that fails, if one does."""
    about = [Path(edit.file).stem for edit in mutant.edits] if mutant else []
    files = [f"{HERE}/test_{part}.py" for part in sorted(PARTS, key=lambda part: part not in about)]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "--tb=line",
        "--timeout=600",
        *files,
    ]
    given = {"ROUNDS_STORIES": "60", "ROUNDS_RACES": "3", **os.environ, "PYTHONPATH": str(copy)}
    given["PYTEST_XDIST_TESTRUNUID"] = _RUN
    try:
        ran = subprocess.run(
            command, cwd=copy, env=given, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"nothing within {LONGEST_S} s: it hangs"
    if ran.returncode == 0:
        return None
    found = re.search(r"^(?:FAILED|ERROR) \S*?(test_\w+\.py)::(.+?)(?: - .*)?$", ran.stdout, re.MULTILINE)
    return f"{found[1]}::{found[2]}" if found else f"the start: {(ran.stdout + ran.stderr).strip()[-200:]}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
