"""Waiting that ends with the stop, and pauses that grow."""

import asyncio
import time

import pytest

from bot.pauses import Backoff, either, pause, unless_stopped


async def test_work_that_is_done_gives_what_it_gives() -> None:
    assert await unless_stopped(asyncio.Event(), asyncio.sleep(0, "done")) == "done"


async def test_what_work_raises_comes_through() -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unless_stopped(asyncio.Event(), fails())


async def test_the_stop_cancels_work_and_waits_for_its_end() -> None:
    stop, ended = asyncio.Event(), []

    async def works() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append(True)

    asyncio.get_running_loop().call_later(0.01, stop.set)
    assert await unless_stopped(stop, works()) is None
    assert ended


async def test_whoever_waits_may_be_cancelled_too() -> None:
    ended = asyncio.Event()

    async def works() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    waiting = asyncio.create_task(unless_stopped(asyncio.Event(), works()))
    await asyncio.sleep(0.01)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


async def test_a_pause_ends_by_time_or_by_the_stop() -> None:
    stop = asyncio.Event()
    await pause(stop, 0.01)
    stop.set()
    began = time.monotonic()
    await pause(stop, 60)
    assert time.monotonic() - began < 1


async def test_either_of_two_events_is_enough() -> None:
    one, other = asyncio.Event(), asyncio.Event()
    async with either(one, other) as ended:
        await asyncio.sleep(0)
        assert not ended.is_set()
        other.set()
        await asyncio.wait_for(ended.wait(), 1)


def test_pauses_double_up_to_the_longest_and_begin_anew_after_a_success() -> None:
    backoff = Backoff(1.0, 8.0)
    for wanted in (1, 2, 4, 8, 8, 8):
        assert 0.75 * wanted <= backoff.next_s() <= 1.25 * wanted
    backoff.reset()
    assert backoff.next_s() <= 1.25
    for _ in range(2000):
        assert backoff.next_s() <= 10
