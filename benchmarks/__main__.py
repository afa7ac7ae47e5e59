"""`make bench`: the house against its floors, in one run and one table. See README.md for what the figures mean.

python -m benchmarks [GROUP…] [--json FILE] [--quick]; answers 1 if an aim is missed.
`--only STEP --profile FILE` measures one step of the first group alone, and says where the house's time goes.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import delivery, flow, rendering, sending, starting, steps
from benchmarks.report import Line, save, say, show
from benchmarks.rig import Server, server

Group = Callable[[Server, bool], Awaitable[Sequence[Line]]]

GROUPS: Final[Mapping[str, Group]] = {
    "steps": lambda on, quick: steps.lines(on, 2 if quick else 12),
    "flow": lambda on, quick: flow.lines(on, seconds=2, sizes=[10_000]) if quick else flow.lines(on),
    "starting": lambda on, quick: starting.lines(on, 600) if quick else starting.lines(on),
    "sending": lambda on, quick: sending.lines(on, 300 if quick else sending.MANY),
    "delivery": lambda on, quick: delivery.lines(on, 300 if quick else delivery.MANY),
    "rendering": lambda on, quick: rendering.lines(on, 5_000 if quick else rendering.ROWS),
}


async def run(groups: Sequence[str], on: Server, *, quick: bool) -> list[Line]:
    made: list[Line] = []
    for one in groups:
        began = time.monotonic()
        made += await GROUPS[one](on, quick)
        say(f"{one}: {time.monotonic() - began:.0f} s")
    return made


def main() -> int:
    parser = argparse.ArgumentParser("benchmarks")
    parser.add_argument("group", nargs="*", choices=[*GROUPS, []], help="all unless named")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true", help="whether it runs, rather than what it takes")
    steps.arguments(parser)
    given = parser.parse_args()
    with server() as on:
        if given.only or given.profile:
            made = asyncio.run(steps.lines(on, given.rounds, given.only, given.profile))
        else:
            made = asyncio.run(run(given.group or list(GROUPS), on, quick=given.quick))
    if given.json:
        save(made, given.json)
    return 0 if show(made) else 1


if __name__ == "__main__":
    sys.exit(main())
