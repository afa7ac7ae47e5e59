"""`make mutants`: plant known faults into approvals and reminders, one at a time: do the tests find each of them?

    python -m tests.mutants                 all of them
    python -m tests.mutants delegation      those whose names have the word

Each is planted into a copy of the repository, and the tests of its part run over it until the first one fails. It
answers 1 if a fault survives. ROUNDS_STORIES (60) and ROUNDS_RACES (3) say how long the tests try.
"""

import contextlib
import importlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final, NoReturn

import pytest

from crm_core.kit.embedded import Embedded
from tests.mutants import reminders, seeds
from tests.mutants.seeds import Mutant

ROOT: Final = Path(__file__).parents[2]
MUTANTS: Final = (*seeds.MUTANTS, *reminders.MUTANTS)
LONGEST_S: Final = 900
_RUN_ID: Final = f"m{os.getpid()}"
_OURS: Final = frozenset({"bot", "handlers", "conversations", "reminders", "screens", "crm_core", "sandbox", "tests"})
_LEFT_OUT: Final = shutil.ignore_patterns(".git", ".venv", "build", "data", "__pycache__", ".hypothesis", ".*_cache")


def main(words: list[str]) -> int:
    named = [one for word in words for one in MUTANTS if word in one.name]
    chosen = list(dict.fromkeys(named)) if words else list(MUTANTS)
    survived: list[str] = []
    _preload()
    with tempfile.TemporaryDirectory(prefix="mutants") as made:
        copy = Path(made) / "rounds"
        shutil.copytree(ROOT, copy, ignore=_LEFT_OUT)
        server = Embedded(Path(tempfile.gettempdir()) / f"rounds-test-{_RUN_ID}", durable=False)  # one for all runs
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
    """The first test that fails, if one does. Each run is a process of its own, with what is not ours imported."""
    about = [Path(edit.file).stem for edit in mutant.edits] if mutant else []
    tests = mutant.tests if mutant else tuple(dict.fromkeys(one for each in MUTANTS for one in each.tests))
    files = sorted(tests, key=lambda test: Path(test).stem.removeprefix("test_") not in about)
    log = copy.parent / "run.log"
    child = os.fork()
    if child == 0:
        _run(copy, log, ["-x", "-q", "-p", "no:cacheprovider", "--tb=line", "--timeout=600", *files])
    until = time.monotonic() + LONGEST_S
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > until:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return f"nothing within {LONGEST_S} s: it hangs"
        time.sleep(0.1)
    if ended[1] == 0:
        return None
    said = log.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"^(?:FAILED|ERROR) \S*?(test_\w+\.py)::(.+?)(?: - .*)?$", said, re.MULTILINE)
    return f"{found[1]}::{found[2]}" if found else f"the start: {said.strip()[-200:]}"


def _run(copy: Path, log: Path, arguments: list[str]) -> NoReturn:
    """In the child: the tests over the copy's code."""
    code = 1
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        os.chdir(copy)
        for name in [one for one in sys.modules if one.split(".")[0] in _OURS]:
            del sys.modules[name]
        sys.path[:] = [str(copy), *(one for one in sys.path if one and Path(one).resolve() != ROOT)]
        os.environ.update({"ROUNDS_STORIES": "60", "ROUNDS_RACES": "3"} | os.environ)
        os.environ.update({"PYTHONPATH": str(copy), "PYTEST_XDIST_TESTRUNUID": _RUN_ID})
        code = int(pytest.main(arguments))
    finally:
        sys.stdout.flush()
        os._exit(code)


def _preload() -> None:
    """Import what the tests import of others, so that no run has to. Nothing of ours: it is what changes."""
    ask = "import sys, hypothesis, tests.support.chat; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in told.stdout.split():
        if name.split(".")[0] not in {*_OURS, "__main__"}:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
