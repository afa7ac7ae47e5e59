"""How much, how fast, and whether that stays so in a large house: python -m benchmarks.flow

Updates a second at most, with one and with two workers; from tap to answer at 30, 100 and 300 updates a second; what an
update costs at 1,000, 100,000 and 1,000,000 customers, and with 10 and 100 features more. People of telegram.py play.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks import players
from benchmarks.report import Line, at_least, at_most, flat, median, say, share, show
from benchmarks.rig import ECHO_TOKEN, Program, Server, echo, house, server, telegram

OPENING: Final = ("say:/start", "say:/visit 华宁", "say:谈了年框")
FORM: Final = ("tap:✎ 修改", "tap:小结", "say:谈了年框，第 # 次")
WHOLE: Final = (
    *("say:/visit 华宁", "say:谈了年框，第 # 次", "tap:✎ 修改", "tap:« 返回", "say:/cancel"),
    *("say:/customer", "tap:华宁"),
)
ECHOED: Final = ("say:第 # 次",)
RATES: Final = (30, 100, 300)
A_SECOND: Final = 400
P99_MS: Final = 100
AT_ONCE: Final = 100
FLAT_RATE: Final = 40
FLAT_PEOPLE: Final = 60
PAIRS: Final = 3
NO_CLOCK: Final = ("--role", "intake", "--role", "worker", "--role", "delivery")


@dataclass
class Scene:
    """A house that runs, with the Telegram before it."""

    stage: Program
    programs: Sequence[Program]
    cost_ms: list[float] = field(default_factory=list)
    waits_ms: list[float] = field(default_factory=list)

    def cpu_s(self) -> float:
        return sum(one.cpu_s() for one in self.programs)

    async def play(self, do: str, **what: Any) -> dict[str, Any]:
        told = await self.stage.ask(do=do, **what)
        if told["lost"] or told["again"] > told["done"] / 50:
            raise RuntimeError(f"{do} of {what}: {told['lost']} lost, {told['again']} of {told['done']} began anew")
        return told


@asynccontextmanager
async def playing(
    url: str, *processes: Sequence[str], people: int = players.MANY, module: str = "benchmarks.house"
) -> AsyncIterator[Scene]:
    """The house in one process, or in several with the arguments given; everybody has a form before them."""
    async with AsyncExitStack() as stack:
        stage, api = await stack.enter_async_context(telegram())
        programs = [await stack.enter_async_context(house(url, api, *one, module=module)) for one in processes or ((),)]
        scene = Scene(stage, programs)
        await stage.ask(do="people", first=players.FIRST, many=people)
        for do in OPENING:
            await scene.play("each", line=do)
        yield scene


@asynccontextmanager
async def echoing() -> AsyncIterator[Scene]:
    async with telegram(ECHO_TOKEN) as (stage, api), echo(api) as bare:
        scene = Scene(stage, [bare])
        await stage.ask(do="people", first=players.FIRST, many=players.MANY)
        await scene.play("each", line=ECHOED[0])
        yield scene


async def most(scene: Scene, script: Sequence[str], seconds: float) -> float:
    """Updates a second at saturation."""
    told = await scene.play("closed", script=script, at_once=AT_ONCE, seconds=seconds)
    return told["done"] / told["seconds"]


async def both_most(bare: Scene, whole: Scene, seconds: float) -> tuple[float, float]:
    """Updates a second at saturation of the echo bot and of the house, in turn."""
    floors, mosts = list[float](), list[float]()
    for _ in range(2):
        floors.append(await most(bare, ECHOED, seconds))
        mosts.append(await most(whole, FORM, seconds))
    return median(floors), median(mosts)


async def speed(url: str, seconds: float) -> list[Line]:
    """Saturation and waits, the floor in turn."""
    made: list[Line] = []
    async with echoing() as bare, playing(url) as whole:
        floor, at_most_1 = await both_most(bare, whole, seconds)
        made.append(at_least("updates a second at most, 1 worker", at_most_1, "a second", A_SECOND, floor))
        for rate in RATES:
            if rate > at_most_1 * 0.95:
                made.append(Line(f"tap to answer at {rate} a second: beyond it", at_most_1, "a second"))
                continue
            lasts = max(seconds, 1.5 * players.MANY / rate)  # everybody's turn comes, taps among them
            floors, waits = list[float](), list[float]()
            for _ in range(2):
                floors += (await bare.play("open", script=ECHOED, rate=rate, seconds=lasts))["say_ms"]
                waits += (await whole.play("open", script=FORM, rate=rate, seconds=lasts))["tap_ms"]
            made.append(Line(f"tap to answer at {rate} a second, p50", share(waits, 0.5), "ms", share(floors, 0.5)))
            p99 = (f"tap to answer at {rate} a second, p99", share(waits, 0.99), "ms")
            floor_ms = share(floors, 0.99)
            made.append(at_most(*p99, P99_MS, floor_ms) if rate == 100 else Line(*p99, floor_ms))
    async with echoing() as bare, playing(url, (), ("--role", "worker")) as two:
        floor, at_most_2 = await both_most(bare, two, seconds)
    made.insert(1, Line("updates a second at most, 2 workers", at_most_2, "a second", floor))
    return made


async def compared(on: Server, small: Scene, large: Scene, seconds: float, turns: int) -> tuple[float, float]:
    """What an update costs in each, PostgreSQL counted: CPU ms, by the medians of turns."""
    for at in range(turns):
        for scene in (small, large) if at % 2 == 0 else (large, small):
            began = scene.cpu_s() + on.cpu_s()
            told = await scene.play("open", script=WHOLE, rate=FLAT_RATE, seconds=seconds)
            scene.cost_ms.append((scene.cpu_s() + on.cpu_s() - began) * 1000 / told["done"])
            scene.waits_ms += told["say_ms"] + told["tap_ms"]
    return median(small.cost_ms), median(large.cost_ms)


async def flatness(on: Server, sizes: Sequence[int], seconds: float, turns: int = 3) -> list[Line]:
    """The same people do the same in a larger house; features likewise."""
    made: list[Line] = []
    first = await players.company(on, "small")
    for many in sizes:
        url = on.fresh(f"customers_{many}")
        say(f"flow: a company of {many:,} customers is filled")
        await players.settle(url, many)
        async with (
            playing(first, NO_CLOCK, people=FLAT_PEOPLE) as small,
            playing(url, NO_CLOCK, people=FLAT_PEOPLE) as large,
        ):
            say(f"flow: 1,000 against {many:,} customers")
            floor, cost = await compared(on, small, large, seconds, turns)
            made.append(flat(f"{many:,} customers, against 1,000: CPU", cost, "ms an update", floor))
            waits = (median(large.waits_ms), "ms, p50", median(small.waits_ms))
            made.append(Line(f"{many:,} customers, against 1,000: waited", *waits))
        on.drop(f"customers_{many}")
    return [*made, await features(on, seconds)]


async def features(on: Server, seconds: float) -> Line:
    """As `flatness`, in several pairs of houses: one costs up to a fifth more than another that is made like it."""
    floors, costs = list[float](), list[float]()
    for at in range(PAIRS):
        few, more = await players.company(on, f"few_{at}"), await players.company(on, f"more_{at}")
        async with (
            playing(few, (*NO_CLOCK, "--features", "10"), people=FLAT_PEOPLE) as small,
            playing(more, (*NO_CLOCK, "--features", "100"), people=FLAT_PEOPLE) as large,
        ):
            say(f"flow: 10 against 100 features more, pair {at + 1} of {PAIRS}")
            floor, cost = await compared(on, small, large, seconds, turns=2)
        floors.append(floor)
        costs.append(cost)
    return flat("100 features more, against 10: CPU", median(costs), "ms an update", median(floors))


async def lines(on: Server, *, seconds: float = 8, sizes: Sequence[int] = (100_000, 1_000_000)) -> list[Line]:
    say(f"flow: how much and how fast, {seconds} s each")
    made = await speed(await players.company(on, "fast"), seconds)
    return [*made, *await flatness(on, sizes, seconds)]


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.flow")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000])
    given = parser.parse_args()
    with server() as on:
        show(asyncio.run(lines(on, seconds=given.seconds, sizes=given.sizes)))


if __name__ == "__main__":
    main()
