"""getUpdates: what is kept, in what order, for how long, and who may fetch it."""

import asyncio
import json
import time

import pytest

from sandbox.server import Sandbox
from tests.sandbox.support import TOKEN, Library, Raw


async def test_updates_stay_until_a_higher_offset_is_asked_for(library: Library, sandbox: Sandbox, ann: int) -> None:
    for text in ("one", "two", "three"):
        sandbox.say(TOKEN, ann, text)
    first = await library.bot.get_updates(limit=2)
    assert [u.message.text for u in first] == ["one", "two"]
    assert [u.message.text for u in await library.bot.get_updates(limit=2)] == ["one", "two"]
    rest = await library.bot.get_updates(offset=first[-1].update_id + 1)
    assert [u.message.text for u in rest] == ["three"]
    assert rest[0].update_id == first[0].update_id + 2


async def test_negative_offset_keeps_only_the_last_ones(library: Library, sandbox: Sandbox, ann: int) -> None:
    for text in ("one", "two", "three"):
        sandbox.say(TOKEN, ann, text)
    assert [u.message.text for u in await library.bot.get_updates(offset=-2)] == ["two", "three"]
    assert [u.message.text for u in await library.bot.get_updates()] == ["two", "three"]


async def test_poll_waits_for_the_next_message(library: Library, sandbox: Sandbox, ann: int) -> None:
    waiting = asyncio.create_task(library.bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    began = time.monotonic()
    sandbox.say(TOKEN, ann, "here")
    assert [u.message.text for u in await waiting] == ["here"]
    assert time.monotonic() - began < 1


async def test_older_of_two_polls_is_told_of_the_conflict(
    library: Library, sandbox: Sandbox, raw: Raw, ann: int
) -> None:
    older = asyncio.create_task(library.bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    newer = asyncio.create_task(raw.call("getUpdates", timeout=10))
    with pytest.raises(library.conflict, match="terminated by other getUpdates request"):
        await older
    sandbox.say(TOKEN, ann, "for the newer")
    assert [u["message"]["text"] for u in (await newer)["result"]] == ["for the newer"]


async def test_poll_that_was_hung_up_on_is_in_nobodys_way(
    library: Library, sandbox: Sandbox, raw: Raw, ann: int
) -> None:
    left = asyncio.create_task(raw.call("getUpdates", timeout=10))
    await asyncio.sleep(0.1)
    left.cancel()
    await asyncio.wait({left})
    await asyncio.sleep(0.1)
    newer = asyncio.create_task(library.bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    sandbox.say(TOKEN, ann, "for the newer")
    assert [u.message.text for u in await newer] == ["for the newer"]
    polls = [call["status"] for call in sandbox.log(TOKEN) if call["method"] == "getUpdates"]
    assert polls == [200, 200]


async def test_empty_poll_ends_when_its_time_is_up(raw: Raw) -> None:
    began = time.monotonic()
    answer = await raw.call("getUpdates", timeout=1)
    assert answer["result"] == []
    assert 0.9 < time.monotonic() - began < 2


async def test_limit_is_held_between_one_and_a_hundred(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    for number in range(120):
        sandbox.say(TOKEN, ann, str(number))
    assert len((await raw.call("getUpdates", limit=0))["result"]) == 1
    assert len((await raw.call("getUpdates", limit=5000))["result"]) == 100


async def test_kinds_not_asked_for_are_dropped_when_they_arise(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    await raw.call("getUpdates", allowed_updates=json.dumps(["callback_query"]))
    sandbox.say(TOKEN, ann, "lost")
    await raw.call("getUpdates", allowed_updates=[])
    sandbox.say(TOKEN, ann, "kept")
    updates = (await raw.call("getUpdates"))["result"]
    assert [u["message"]["text"] for u in updates] == ["kept"]


async def test_stale_taps_are_not_delivered_but_messages_are(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    card = await raw.call(
        "sendMessage", chat_id=ann, text="c", reply_markup={"inline_keyboard": [[{"text": "A", "callback_data": "a"}]]}
    )
    await sandbox.tap(TOKEN, ann, card["result"]["message_id"], "A", wait_s=0)
    sandbox.say(TOKEN, ann, "still here")
    queue = sandbox.world.bot(TOKEN).updates
    assert len((await raw.call("getUpdates"))["result"]) == 2
    for number, update in tuple(queue.pending.items()):
        queue.pending[number] = update._replace(expires_at=update.expires_at - 151)
    updates = (await raw.call("getUpdates"))["result"]
    assert [u["message"]["text"] for u in updates] == ["still here"]


async def test_offset_in_the_far_future_counts_as_none(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.say(TOKEN, ann, "kept")
    assert len((await raw.call("getUpdates", offset=2_000_000_000))["result"]) == 1


async def test_update_ids_begin_anywhere_and_grow_by_one(sandbox: Sandbox) -> None:
    starts = {sandbox.world.add_bot(f"{number}:token").updates.add_raw({}, 0) for number in range(1, 20)}
    assert len(starts) == 19
    assert min(starts) > 0
    assert max(starts) < 1 << 31


async def test_unknown_and_malformed_tokens_are_told_apart(library: Library, sandbox: Sandbox, raw: Raw) -> None:
    assert await raw.call("getMe", token="999:unknown-token") == {
        "ok": False,
        "error_code": 401,
        "description": "Unauthorized",
        "status": 401,
    }
    malformed = await raw.call("getMe", token="not-a-token")
    assert (malformed["status"], malformed["description"]) == (404, "Not Found")
    del sandbox.world.bots[TOKEN]
    with pytest.raises(library.unauthorized):
        await library.bot.get_me()
    sandbox.add_bot(TOKEN)


async def test_polls_end_when_the_sandbox_does() -> None:
    from sandbox.server import run_sandbox
    from tests.sandbox.support import aiogram_bot, close

    async with run_sandbox(tokens=[TOKEN]) as sandbox:
        bot = aiogram_bot(sandbox)
        await bot.get_me()
        poll = asyncio.create_task(bot.get_updates(timeout=50))
        await asyncio.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 1
    assert await poll == []
    await close(bot)
