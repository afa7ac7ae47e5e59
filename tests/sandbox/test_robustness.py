"""Whatever is sent, the server answers with an envelope: never a stack trace, never silence."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.methods import METHODS
from sandbox.server import Sandbox, run_sandbox
from tests.sandbox.support import TOKEN, Raw

NAMES = [
    *(
        "chat_id",
        "message_id",
        "text",
        "caption",
        "parse_mode",
        "entities",
        "caption_entities",
        "reply_markup",
        "media",
    ),
    *("photo", "document", "latitude", "longitude", "phone_number", "first_name", "action", "callback_query_id", "url"),
    *("commands", "scope", "language_code", "menu_button", "allowed_updates", "offset", "limit", "file_id"),
    *(
        "reply_parameters",
        "reply_to_message_id",
        "link_preview_options",
        "message_ids",
        "show_alert",
        "max_connections",
    ),
]
VALUES: list[Any] = [
    *(None, True, False, 0, 1, -1, 1.5, 1 << 65, "", "x", "1", "html", "<b>", "<b>x</b>", "attach://x", "@x", "\ud800"),
    *([], {}, [[]], [1], {"type": "chat"}, {"type": "photo", "media": "x"}, [{"type": "photo"}], [{"command": 1}]),
    *({"inline_keyboard": [[{"text": 1}]]}, {"inline_keyboard": 5}, {"keyboard": [[None]]}, {"message_id": []}),
    *(
        [{"type": "bold", "offset": -1, "length": 9}],
        [{"type": "text_mention", "offset": 0, "length": 1}],
        "[",
        '{"a":',
    ),
    *({"type": "chat", "chat_id": "x"}, {"type": "web_app", "text": 1, "web_app": 3}, {"force_reply": 1}, "9" * 30),
    *({"inline_keyboard": [[{"text": "a", "callback_data": 5}]]}, {"inline_keyboard": [[{"text": "a", "url": []}]]}),
]


@pytest.fixture(params=[True, False], ids=["validated", "not validated"])
async def any_sandbox(request: pytest.FixtureRequest) -> AsyncIterator[Sandbox]:
    async with run_sandbox(tokens=[TOKEN], validate=request.param, conflict_pause_s=0.0) as running:
        user = running.add_user("Ann", 500001)
        running.say(TOKEN, user["id"], "/start")
        yield running


async def test_no_parameters_whatever_break_a_method(any_sandbox: Sandbox) -> None:
    dice = random.Random(8)
    async with aiohttp.ClientSession() as http:
        raw = Raw(http, any_sandbox.url)
        for number in range(1500):
            method = dice.choice(list(METHODS))
            params = {name: dice.choice(VALUES) for name in dice.sample(NAMES, dice.randint(0, 12))}
            if dice.random() < 0.7:
                params |= {"chat_id": 500001, "message_id": dice.randint(1, 40), "text": dice.choice(["a", "b"])}
            if number % 2:
                params = {k: v if isinstance(v, str) else json.dumps(v) for k, v in params.items()}
            answer = await raw.call(method, **params)
            if answer["ok"]:
                assert answer["status"] == 200
            else:
                assert answer["error_code"] == answer["status"]
                assert answer["status"] in (400, 403, 404, 409, 501), (method, params, answer)
    assert len(any_sandbox.log(TOKEN)) == 1500
