"""One table for everything: each figure beside the floor that was taken in turn with it, and the aim it has."""

import json
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Line:
    """A figure, the floor of the same run in the same unit, and whether the aim holds (None: it has none)."""

    name: str
    figure: float
    unit: str
    floor: float | None = None
    aim: str = ""
    holds: bool | None = None

    @property
    def ratio(self) -> float | None:
        return self.figure / self.floor if self.floor else None


def at_most(name: str, figure: float, unit: str, most: float, floor: float | None = None) -> Line:
    """The figure itself is bounded."""
    return Line(name, figure, unit, floor, f"≤ {most:g} {unit}", figure <= most)


def at_least(name: str, figure: float, unit: str, least: float, floor: float | None = None) -> Line:
    return Line(name, figure, unit, floor, f"≥ {least:g} {unit}", figure >= least)


def times(name: str, figure: float, unit: str, floor: float, most: float) -> Line:
    """The ratio to the floor is bounded."""
    return Line(name, figure, unit, floor, f"≤ {most:g}×", figure <= most * floor)


def flat(name: str, figure: float, unit: str, floor: float, within: float = 0.1) -> Line:
    """A larger house costs what a small one costs."""
    return Line(name, figure, unit, floor, f"within {within:.0%}", figure <= floor * (1 + within))


def median(values: Sequence[float]) -> float:
    return statistics.median(values) if values else 0.0


def share(values: Sequence[float], part: float) -> float:
    """Such a part of the values is no larger: 0.99 is p99."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


def say(what: str) -> None:
    """Progress: not part of the table."""
    sys.stderr.write(what + "\n")
    sys.stderr.flush()


def show(lines: Sequence[Line]) -> bool:
    """Print the table; whether every aim holds."""
    out = [f"{'':46}{'figure':>12} {'unit':16}{'floor':>10}{'ratio':>8}  aim"]
    for one in lines:
        floor = f"{one.floor:10,.2f}" if one.floor is not None else f"{'':10}"
        ratio = f"{one.ratio:8.2f}" if one.ratio is not None else f"{'':8}"
        verdict = {None: "", True: f"{one.aim} ✓", False: f"{one.aim} MISSED"}[one.holds]
        out.append(f"{one.name:46}{one.figure:12,.2f} {one.unit:16}{floor}{ratio}  {verdict}".rstrip())
    missed = [one.name for one in lines if one.holds is False]
    out.append(
        f"{len(missed)} of {sum(one.holds is not None for one in lines)} aims missed" if missed else "All aims hold."
    )
    sys.stdout.write("\n".join(out) + "\n")
    return not missed


def save(lines: Sequence[Line], file: Path) -> None:
    plain = [asdict(one) | {"ratio": one.ratio} for one in lines]
    file.write_text(json.dumps(plain, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
