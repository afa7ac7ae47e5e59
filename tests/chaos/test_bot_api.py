"""Telegram fails in every way that it can, while people work: nothing is lost, and twice comes only what was unsure."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.bot.test_chaos import TOKEN
from tests.support.endurance import LONG, Scene, made, serving
from tests.support.server import Server

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(240)]

BACK_S = 60.0
LASTS_S = 15.0 if LONG else 1.0

EACH = ("sendMessage", "editMessageText", "answerCallbackQuery", "getUpdates")
FAULTS: dict[str, list[dict[str, Any]]] = {
    "500": [
        {"kind": "status", "status": 500, "times": 10**6},
        {"kind": "status", "status": 500, "method": "getUpdates"},
    ],
    "502": [
        {"kind": "status", "status": 502, "times": 10**6},
        {"kind": "status", "status": 502, "method": "getUpdates"},
    ],
    "429": [{"kind": "status", "status": 429, "retry_after": 2, "method": one, "times": 2} for one in EACH],
    "hangs": [{"kind": "timeout", "seconds": 1.5, "method": one, "times": 3} for one in EACH],
    "disconnects": [{"kind": "disconnect", "method": one, "times": 5} for one in EACH],
    "drops_after_accepting": [{"kind": "drop_after_accept", "method": one, "times": 4} for one in EACH],
    "slow": [{"kind": "late", "seconds": 1.0, "method": one, "times": 20} for one in EACH],
    "garbage": [{"kind": "garbage", "method": one, "times": 4} for one in EACH],
    "conflict": [{"kind": "status", "status": 409, "method": "getUpdates", "times": 2}],
    "unauthorized": [{"kind": "status", "status": 401, "method": one, "times": 2} for one in (*EACH, "getMe")],
}


@pytest.mark.parametrize("fault", FAULTS if LONG else ["each"])
async def test_bot_api(server: Server, crew_at_work: Scene, tell: Callable[[str], None], fault: str) -> None:
    """Each for a while; in the suite one after the other, for a second."""
    scene = crew_at_work

    async def fail() -> None:
        for kind in FAULTS if fault == "each" else [fault]:
            for order in FAULTS[kind]:
                scene.sandbox.fault(TOKEN, **order)
            await asyncio.sleep(LASTS_S)
            scene.sandbox.clear_faults(TOKEN)

    async with serving(made(server.url(), scene.sandbox.url)):
        await scene.endure(fail, back_s=BACK_S)
    suffered = [call for call in scene.sandbox.log(TOKEN) if call.get("fault")]
    tell(f"{len(suffered)} calls failed, back after {scene.back_s:.1f} s, {(await scene._doubled()).total()} doubled")
    assert suffered
    assert scene.crashes() == []
