"""Faults on order: each kind, told apart by what the bot sees and what the person got."""

import asyncio
import time

import aiohttp
import pytest

from sandbox.files import Upload
from sandbox.server import Sandbox
from tests.sandbox.support import TOKEN, Library, Raw


def texts(sandbox: Sandbox, user_id: int) -> list[str]:
    return [message["text"] for message in sandbox.messages(TOKEN, user_id)]


async def test_too_many_requests_says_how_long_to_wait(library: Library, raw: Raw, sandbox: Sandbox, ann: int) -> None:
    order = {"method": "sendMessage", "kind": "status", "status": 429, "retry_after": 7, "times": 2}
    assert await raw.sim(f"{TOKEN}/faults", order) == {"kind": "status", "times": 2}
    with pytest.raises(library.retry_after) as caught:
        await library.bot.send_message(ann, "a")
    waits = getattr(caught.value, "retry_after")  # noqa: B009 (both libraries' errors have it, Exception does not)
    assert (waits if isinstance(waits, int) else waits.total_seconds()) == 7
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendMessage", json={"chat_id": ann, "text": "b"}) as response:
        assert response.status == 429
        assert response.headers["Retry-After"] == "7"
        assert await response.json() == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
    await library.bot.send_message(ann, "c")
    assert texts(sandbox, ann) == ["/start", "c"]


async def test_fault_may_be_for_one_person_only(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    bob = sandbox.add_user("Bob")["id"]
    sandbox.say(TOKEN, bob, "/start")
    sandbox.fault(TOKEN, "status", status=403, user_id=ann)
    assert (await raw.call("sendMessage", chat_id=bob, text="x"))["ok"]
    assert (await raw.call("getUpdates"))["ok"]
    refused = await raw.call("sendMessage", chat_id=ann, text="x")
    assert (refused["status"], refused["description"]) == (403, "Forbidden: bot was blocked by the user")
    assert (await raw.call("sendMessage", chat_id=ann, text="x"))["ok"]


async def test_unnamed_fault_spares_polling(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault(TOKEN, "status", status=502)
    assert (await raw.call("getUpdates"))["ok"]
    failed = await raw.call("getMe")
    assert (failed["status"], failed["description"]) == (502, "Bad Gateway")
    sandbox.fault(TOKEN, "status", status=500, method="getUpdates")
    assert (await raw.call("getUpdates"))["status"] == 500


async def test_disconnect_does_nothing_and_says_nothing(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault(TOKEN, "disconnect", method="sendMessage")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await raw.call("sendMessage", chat_id=ann, text="lost")
    assert texts(sandbox, ann) == ["/start"]
    assert sandbox.log(TOKEN)[-1]["fault"] == "disconnect"


async def test_dropped_after_accept_is_done_and_not_told(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault(TOKEN, "drop_after_accept", method="sendMessage")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await raw.call("sendMessage", chat_id=ann, text="sent in truth")
    assert texts(sandbox, ann) == ["/start", "sent in truth"]
    entry = sandbox.log(TOKEN)[-1]
    assert (entry["ok"], entry["fault"], entry["message_id"]) == (True, "drop_after_accept", 2)


async def test_late_is_done_at_once_and_told_later(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault(TOKEN, "late", method="sendMessage", seconds=0.3)
    began = time.monotonic()
    calling = asyncio.create_task(raw.call("sendMessage", chat_id=ann, text="slowly"))
    while texts(sandbox, ann) != ["/start", "slowly"]:
        assert not calling.done()
        await asyncio.sleep(0.01)
    assert (await calling)["ok"]
    assert time.monotonic() - began >= 0.3


async def test_garbage_is_no_json_and_does_nothing(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault(TOKEN, "garbage", method="sendMessage")
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendMessage", json={"chat_id": ann, "text": "x"}) as response:
        assert response.status == 200
        with pytest.raises(ValueError, match="Expecting"):
            await response.json()
    assert texts(sandbox, ann) == ["/start"]


async def test_timeout_hangs_and_does_nothing(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault(TOKEN, "timeout", method="sendMessage", seconds=0.2)
    began = time.monotonic()
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await raw.call("sendMessage", chat_id=ann, text="x")
    assert time.monotonic() - began >= 0.2
    assert texts(sandbox, ann) == ["/start"]


async def test_hanging_call_does_not_hold_up_the_end(ann: int, sandbox: Sandbox, raw: Raw) -> None:
    from sandbox.server import run_sandbox

    async with run_sandbox(tokens=[TOKEN], validate=False) as other:
        other.fault(TOKEN, "timeout", method="getMe")
        hanging = asyncio.create_task(Raw(raw.http, other.url).call("getMe"))
        await asyncio.sleep(0.05)
        began = time.monotonic()
    assert time.monotonic() - began < 0.9
    with pytest.raises(aiohttp.ClientError):
        await hanging


async def test_orders_can_be_taken_back(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    await raw.sim(f"{TOKEN}/faults", {"kind": "status", "status": 500, "times": 1000})
    assert (await raw.call("getMe"))["status"] == 500
    await raw.sim(f"{TOKEN}/faults", method="DELETE")
    assert (await raw.call("getMe"))["status"] == 200


async def test_both_libraries_report_a_lost_answer(library: Library, sandbox: Sandbox, ann: int) -> None:
    import telegram
    from aiogram.exceptions import TelegramNetworkError

    sandbox.fault(TOKEN, "drop_after_accept", method="sendMessage")
    with pytest.raises((TelegramNetworkError, telegram.error.NetworkError)):
        await library.bot.send_message(ann, "ambiguous")
    assert texts(sandbox, ann)[-1] == "ambiguous"


async def test_upgraded_group_names_its_successor(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    sandbox.fault(TOKEN, "status", migrate_to_chat_id=-1001234567890)
    answer = await raw.call("sendMessage", chat_id=ann, text="x")
    assert answer == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": -1001234567890},
        "status": 400,
    }
    sandbox.fault(TOKEN, "status", status=400, description="Bad Request: TOPIC_CLOSED")
    assert (await raw.call("getMe"))["description"] == "Bad Request: TOPIC_CLOSED"


async def sent_document(raw: Raw, sandbox: Sandbox, user_id: int) -> str:
    """A document that the person sent; its file_id."""
    (message,) = sandbox.send(
        TOKEN, user_id, {"document": [Upload("合同.pdf", "application/pdf", b"%PDF" + bytes(999))]}
    )
    return message["document"]["file_id"]


async def test_an_expired_file_is_refused_in_telegrams_words(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    file_id = await sent_document(raw, sandbox, ann)
    path = (await raw.call("getFile", file_id=file_id))["result"]["file_path"]
    assert await raw.sim(f"{TOKEN}/files/expire", {"file_id": file_id}) == {"file_id": file_id}
    refused = await raw.call("getFile", file_id=file_id)
    words = "Bad Request: wrong file_id or the file is temporarily unavailable"
    assert (refused["status"], refused["description"]) == (400, words)
    async with raw.http.get(f"{raw.url}/file/bot{TOKEN}/{path}") as response:
        assert response.status == 404


async def test_a_download_may_break_off_or_be_slow(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    file_id = await sent_document(raw, sandbox, ann)
    path = (await raw.call("getFile", file_id=file_id))["result"]["file_path"]
    sandbox.fault(TOKEN, "cut", method="download")
    with pytest.raises(aiohttp.ClientError):
        async with raw.http.get(f"{raw.url}/file/bot{TOKEN}/{path}") as response:
            await response.read()
    sandbox.fault(TOKEN, "slow", method="download", seconds=0.3)
    began = time.monotonic()
    async with raw.http.get(f"{raw.url}/file/bot{TOKEN}/{path}") as response:
        assert len(await response.read()) == 1003
    assert time.monotonic() - began >= 0.25


async def test_a_download_fails_by_its_name_only(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    file_id = await sent_document(raw, sandbox, ann)
    path = (await raw.call("getFile", file_id=file_id))["result"]["file_path"]
    sandbox.fault(TOKEN, "status", status=502)
    async with raw.http.get(f"{raw.url}/file/bot{TOKEN}/{path}") as response:
        assert response.status == 200
    sandbox.clear_faults(TOKEN)
    sandbox.fault(TOKEN, "status", status=502, method="download")
    async with raw.http.get(f"{raw.url}/file/bot{TOKEN}/{path}") as response:
        assert response.status == 502
