"""Known holes in what we build on: asks about every pin of constraints.txt. `make audit`, and part of `make check`.

A hole that is known fails. Where nobody can be asked (no network, no tool, a mirror that knows nothing of it) that is
said plainly, and is no failure: it says nothing of the change at hand.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
TOOL: Final = "pip-audit==2.10.1"
_PATIENCE_S: Final = 180
_ASKED: Final = ("--requirement", "constraints.txt", "--no-deps", "--disable-pip", "--format", "json")
_QUIETLY: Final = ("--progress-spinner", "off")


def main() -> int:
    uv = Path(sys.executable).with_name("uv")
    code, lines = verdict(ask([str(uv), "tool", "run", "--quiet", TOOL, *_ASKED, *_QUIETLY]))
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return code


def ask(command: Sequence[str]) -> list[dict[str, Any]] | str:
    """What is told of each package; or why nobody could be asked."""
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S, cwd=ROOT)
    except FileNotFoundError:
        return "uv is not here"
    except subprocess.TimeoutExpired:
        return f"no answer within {_PATIENCE_S} s"
    try:
        return json.loads(ran.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        said = [line.strip() for line in ran.stderr.splitlines() if line.strip()]
        return said[-1][:200] if said else f"it ended with {ran.returncode} and said nothing"


def verdict(told: list[dict[str, Any]] | str) -> tuple[int, list[str]]:
    """The exit code, and what to say."""
    if isinstance(told, str):
        return 0, [f"WARNING: not audited. Nobody could be asked about known holes: {told}"]
    holes = [(one, hole) for one in told for hole in one.get("vulns", ())]
    unknown = [one["name"] for one in told if "skip_reason" in one]
    lines = [_hole(one, hole) for one, hole in holes]
    if unknown or not told:
        lines.append(f"WARNING: nothing could be learnt of {len(unknown)} of {len(told)} packages.")
    if not holes and len(unknown) < len(told):
        lines.append(f"No known hole in {len(told) - len(unknown)} packages.")
    return (1 if holes else 0), lines


def _hole(package: dict[str, Any], hole: dict[str, Any]) -> str:
    mended = ", ".join(hole.get("fix_versions") or ()) or "no version yet"
    return f"HOLE: {package['name']} {package['version']}: {hole['id']}; mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
