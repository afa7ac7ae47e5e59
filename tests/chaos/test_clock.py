"""The wall clock is set forwards and backwards by hours while people work; only what is due by the clock heeds it."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest

from crm_core.kit.clock import OffsetClock
from reminders import clock as clock_module
from reminders.clock import Ticker
from tests.bot.test_chaos import TOKEN
from tests.support.crowd import until
from tests.support.endurance import LONG, Scene, made, serving
from tests.support.server import Server

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

JUMPS = (5, -3, 26, 0, -9, 0) if LONG else (5, -3)


class Wound(OffsetClock):
    """The clock of the whole process: ours, and that of the library that asks the operating system by itself."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        super().__init__()
        clock = self

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return datetime.now(tz) + clock.offset

        for module in ("schedulers.base", "triggers.interval"):
            patch.setattr(f"apscheduler.{module}.datetime", Shifted)
        patch.setattr(clock_module, "datetime", Shifted)


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Grows with every tick."""
    counted: list[int] = []
    honest = Ticker.tick

    async def tick(self: Ticker) -> None:
        await honest(self)
        counted.append(1)

    monkeypatch.setattr(Ticker, "tick", tick)
    return counted


async def test_clock_jumps(
    server: Server,
    crew_at_work: Scene,
    ticks: list[int],
    monkeypatch: pytest.MonkeyPatch,
    tell: Callable[[str], None],
) -> None:
    scene, clock = crew_at_work, Wound(monkeypatch)
    scene.wound = True

    async def wind() -> None:
        for hours in JUMPS:
            scene.sandbox.fault(TOKEN, "status", status=429, retry_after=2, method="sendMessage")
            await until(lambda: _open(scene), "messages waiting")  # which were written before the clock was set
            clock.offset = timedelta(hours=hours)
            ticks.clear()
            await until(lambda: _more(ticks, 2), f"the clock ticking after a jump to {hours:+} h", 90)
        scene.sandbox.clear_faults(TOKEN)

    async with serving(made(server.url(), scene.sandbox.url), clock):
        await scene.endure(wind, back_s=90)
    longest = max(player.longest_wait_s for player in scene.players)
    tell(f"{len(JUMPS)} jumps, back after {scene.back_s:.1f} s, nobody waited more than {longest:.1f} s")
    assert scene.logged("lease.lost") == 0
    assert scene.crashes() == []


async def _open(scene: Scene) -> bool:
    return await scene.count("outbox WHERE state = 'pending' AND method = 'send_message'") > 0


async def _more(ticks: list[int], than: int) -> bool:
    await asyncio.sleep(0.05)
    return len(ticks) > than
