"""What is built on: pinned to a version each, and asked about where somebody can be asked."""

import re
import sys
import tomllib
from typing import Any

import pytest

from tests.support import audit
from tests.support.audit import ROOT, ask, verdict

SOUND = {"name": "aiogram", "version": "3.31.0", "vulns": []}
HOLLOW = {"name": "pyyaml", "version": "5.3", "vulns": [{"id": "CVE-2020-14343", "fix_versions": ["5.4"]}]}
SKIPPED = {"name": "borax", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        ([SOUND], 0, "No known hole in 1 packages."),
        ([SOUND, HOLLOW], 1, "HOLE: pyyaml 5.3: CVE-2020-14343; mended in 5.4"),
        ([SKIPPED, SKIPPED], 0, "WARNING: nothing could be learnt of 2 of 2 packages."),
        ([HOLLOW, SKIPPED], 1, "WARNING: nothing could be learnt of 1 of 2 packages."),
        ([], 0, "WARNING: nothing could be learnt of 0 of 0 packages."),
        ("no network", 0, "WARNING: not audited. Nobody could be asked about known holes: no network"),
    ],
)
def test_a_known_hole_fails_and_ignorance_is_said(told: Any, code: int, said: str) -> None:
    found, lines = verdict(told)
    assert found == code
    assert said in lines
    assert ("No known hole" in "".join(lines)) == (told == [SOUND])


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("import sys; sys.exit('ERROR: connection refused')", "ERROR: connection refused"),
        ("print('<html>sign in to the network</html>')", "said nothing"),
        ("print('[]')", "said nothing"),
    ],
)
def test_who_cannot_be_reached_is_told(program: str, why: str) -> None:
    told = ask([sys.executable, "-c", program])
    assert isinstance(told, str)
    assert why in told


def test_without_the_tool_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(["/nowhere/uv"]) == "uv is not here"
    monkeypatch.setattr(audit, "_PATIENCE_S", 0.05)
    assert "no answer" in str(ask([sys.executable, "-c", "import time; time.sleep(9)"]))


def test_everything_that_is_installed_is_pinned_to_one_version() -> None:
    pins: dict[str, str] = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        found = re.fullmatch(r"([a-z0-9][a-z0-9._-]*)==([0-9][A-Za-z0-9.]*)( ; .+)?", line)
        assert found, f"no pin of one version from where everything comes: {line}"
        pins[found[1]] = found[2]
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [*wanted["project"]["dependencies"], *wanted["dependency-groups"]["dev"]]
    asked += [one for extra in wanted["project"]["optional-dependencies"].values() for one in extra]
    named = {re.split(r"[\[<>=!~ ;]", one, maxsplit=1)[0].lower() for one in asked}
    assert named <= pins.keys(), "`make constraints` pins what is new"
