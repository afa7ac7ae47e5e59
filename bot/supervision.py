"""The nursery: loops that run side by side until the stop. One that crashes starts again; none takes another down.

The stop goes down the stream: intake first, then the worker, then delivery, so that what was taken in is worked off
as far as it has begun, and what that said is still sent.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final

import structlog

from bot.database import is_away, reason
from bot.pauses import Backoff, pause

log = structlog.get_logger()


class Stage(IntEnum):
    """The order of stopping."""

    INTAKE = 0
    WORK = 1
    DELIVERY = 2
    GROUND = 3  # what the others stand on


class State(StrEnum):
    RUNNING = "running"
    RESTARTING = "restarting"
    ENDED = "ended"  # by itself: there is no use in starting it again


DELIVERY_STOPS_WITHIN_S: Final = 4.0

_BUDGETS_S: Final = {
    Stage.INTAKE: 0.5,
    Stage.WORK: 3.0,
    Stage.DELIVERY: DELIVERY_STOPS_WITHIN_S + 0.5,
    Stage.GROUND: 0.5,
}
"""How long each stage may take to stop before it is cancelled; 8.5 s in all, and a moment to clean up: within 10."""

_CLEANS_UP_WITHIN_S: Final = 0.5
_STABLE_S: Final = 60.0
_DATABASE_LOOK_S: Final = 4.0


@dataclass(slots=True)
class Loop:
    """`run` goes on until the event it is given is set. `name` is the role, and after a colon whose."""

    name: str
    stage: Stage
    run: Callable[[asyncio.Event], Awaitable[None]]
    state: State = State.RUNNING
    crashes: int = 0

    @property
    def role(self) -> str:
        return self.name.partition(":")[0]


class Nursery:
    def __init__(self, loops: Iterable[Loop]) -> None:
        self.loops = tuple(loops)
        self._stops = {stage: asyncio.Event() for stage in Stage}

    @property
    def healthy(self) -> bool:
        """No loop is between a crash and its restart, and no role has lost all its loops (one bot may be refused)."""
        running = {loop.role for loop in self.loops if loop.state is State.RUNNING}
        return all(loop.state is not State.RESTARTING and loop.role in running for loop in self.loops)

    async def run(self, stop: asyncio.Event) -> None:
        """Run all loops until the stop (or until none but the ground is left), then stop them stage by stage."""
        tasks = {loop.name: asyncio.create_task(self._supervise(loop), name=loop.name) for loop in self.loops}
        stopping = asyncio.create_task(stop.wait())
        working = asyncio.create_task(_ended(tasks[one.name] for one in self.loops if one.stage is not Stage.GROUND))
        try:
            await asyncio.wait({stopping, working}, return_when=asyncio.FIRST_COMPLETED)
            for stage in Stage:
                await self._end(stage, [tasks[loop.name] for loop in self.loops if loop.stage is stage])
        finally:
            await _cancelled(stopping, working, *tasks.values())

    async def _end(self, stage: Stage, tasks: list[asyncio.Task[None]]) -> None:
        self._stops[stage].set()
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=_BUDGETS_S[stage])
        for task in late:
            log.warning("stop.cancelled", loop=task.get_name(), after_s=_BUDGETS_S[stage])
            task.cancel()  # it may clean up while the further stages stop

    async def _supervise(self, loop: Loop) -> None:
        stop = self._stops[loop.stage]
        clock = asyncio.get_running_loop().time
        backoff = Backoff(1.0, 30.0)
        while not stop.is_set():
            loop.state, began = State.RUNNING, clock()
            try:
                await loop.run(stop)
            except Exception as error:  # noqa: BLE001 - whatever it is, the other loops go on
                loop.state = State.RESTARTING
                loop.crashes += 1
                if clock() - began > _STABLE_S:
                    backoff.reset()
                wait_s = backoff.next_s()
                if is_away(error):
                    wait_s = min(wait_s, _DATABASE_LOOK_S)  # once it is back, nobody waits for us
                _say_crashed(loop, error, wait_s)
                await pause(stop, wait_s)
            else:
                loop.state = State.ENDED
                return


async def _ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Wait until all have ended. Unlike a gathering it takes none of them along when it is cancelled."""
    if there := list(tasks):
        await asyncio.wait(there)


async def _cancelled(*tasks: asyncio.Task[Any]) -> None:
    """Cancel what still runs, once: a second time would break into the closing of its connections."""
    left = [task for task in tasks if not task.done()]
    for task in left:
        if not task.cancelling():
            task.cancel()
    if left:
        await asyncio.wait(left, timeout=_CLEANS_UP_WITHIN_S)


def _say_crashed(loop: Loop, error: Exception, wait_s: float) -> None:
    """A database that is away is no bug of ours: one line without a traceback."""
    if is_away(error):
        log.warning("loop.database_away", loop=loop.name, why=reason(error), again_in_s=round(wait_s, 1))
    else:
        log.error("loop.crashed", loop=loop.name, again_in_s=round(wait_s, 1), exc_info=error)
