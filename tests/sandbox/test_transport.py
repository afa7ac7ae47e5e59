"""Every way to hand parameters over, the envelope, and downloads."""

import json

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.sandbox.support import TOKEN, Raw, picture

MARKUP = {"inline_keyboard": [[{"text": "好", "callback_data": "ok"}]]}


@pytest.mark.parametrize("way", ["get", "form", "json", "json with text inside", "multipart", "mixed"])
async def test_every_transport_says_the_same(raw: Raw, ann: int, way: str) -> None:
    url = f"{raw.url}/bot{TOKEN}/sendMessage"
    fields = {"chat_id": str(ann), "text": "你好 & <b>", "reply_markup": json.dumps(MARKUP)}
    multipart = aiohttp.FormData(fields, default_to_multipart=True)
    requests = {
        "get": raw.http.get(url, params=fields),
        "form": raw.http.post(url, data=fields),
        "json": raw.http.post(url, json={"chat_id": ann, "text": "你好 & <b>", "reply_markup": MARKUP}),
        "json with text inside": raw.http.post(url, json=fields),
        "multipart": raw.http.post(url, data=multipart),
        "mixed": raw.http.post(f"{url}?chat_id={ann}", data={k: v for k, v in fields.items() if k != "chat_id"}),
    }
    async with requests.pop(way) as response:
        answer = await response.json()
        assert response.status == 200
        assert response.content_type == "application/json"
    for unused in requests.values():
        unused.close()
    assert answer["ok"] is True
    assert answer["result"]["text"] == "你好 & <b>"
    assert answer["result"]["reply_markup"] == MARKUP
    assert answer["result"]["chat"]["id"] == ann


async def test_method_names_are_read_in_any_case(raw: Raw, sandbox: Sandbox) -> None:
    for name in ("getMe", "GETME", "getme"):
        assert (await raw.call(name))["result"]["id"] == 700001
    assert {entry["method"] for entry in sandbox.log(TOKEN)} == {"getMe"}


async def test_files_under_their_own_name_or_attached(raw: Raw, ann: int) -> None:
    direct = aiohttp.FormData({"chat_id": str(ann)}, quote_fields=False)
    direct.add_field("document", b"1,2", filename="客户 (1).csv", content_type="text/csv")
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendDocument", data=direct) as response:
        document = (await response.json())["result"]["document"]
    assert (document["file_name"], document["mime_type"]) == ("客户 (1).csv", "text/csv")
    album = aiohttp.FormData({"chat_id": str(ann)})
    album.add_field(
        "media",
        json.dumps([{"type": "photo", "media": "attach://one"}, {"type": "photo", "media": "attach://two"}]),
    )
    album.add_field("one", picture(10, 20), filename="1.png")
    album.add_field("two", picture(30, 40), filename="2.png")
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendMediaGroup", data=album) as response:
        messages = (await response.json())["result"]
    assert [message["photo"][-1]["height"] for message in messages] == [20, 40]


async def test_download_is_the_very_bytes_and_only_for_the_right_token(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    data = picture(50, 50)
    form = aiohttp.FormData({"chat_id": str(ann)})
    form.add_field("photo", data, filename="a.png")
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendPhoto", data=form) as response:
        photo = (await response.json())["result"]["photo"][-1]
    found = (await raw.call("getFile", file_id=photo["file_id"]))["result"]
    assert found["file_unique_id"] == photo["file_unique_id"]
    assert found["file_size"] == len(data)
    async with raw.http.get(f"{raw.url}/file/bot{TOKEN}/{found['file_path']}") as response:
        assert await response.read() == data
    sandbox.add_bot("700002:other")
    async with raw.http.get(f"{raw.url}/file/bot700002:other/{found['file_path']}") as response:
        assert (response.status, (await response.json())["description"]) == (404, "Not Found")


async def test_file_over_twenty_megabytes_cannot_be_downloaded(raw: Raw, sandbox: Sandbox, ann: int) -> None:
    form = aiohttp.FormData({"chat_id": str(ann)})
    form.add_field("document", b"\0" * (20 * 1024 * 1024 + 1), filename="big.bin")
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendDocument", data=form) as response:
        file_id = (await response.json())["result"]["document"]["file_id"]
    answer = await raw.call("getFile", file_id=file_id)
    assert answer["description"] == "Bad Request: file is too big"


@pytest.mark.parametrize(
    ("body", "content_type", "description"),
    [
        (b"{", "application/json", "Bad Request: can't parse JSON object"),
        (b"[1]", "application/json", "Bad Request: can't parse JSON object"),
        (b"text=\xff\xfe", "application/x-www-form-urlencoded", "Bad Request: strings must be encoded in UTF-8"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=y", "Bad Request: can't parse JSON object"),
    ],
)
async def test_broken_bodies_are_refused(raw: Raw, body: bytes, content_type: str, description: str) -> None:
    headers = {"Content-Type": content_type}
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendMessage", data=body, headers=headers) as response:
        assert response.status == 400
        answer = await response.json()
    assert answer["ok"] is False
    if "multipart" not in content_type:
        assert answer["description"] == description


async def test_upload_over_fifty_megabytes_is_too_large(raw: Raw, ann: int) -> None:
    form = aiohttp.FormData({"chat_id": str(ann)})
    form.add_field("document", b"\0" * (50 * 1024 * 1024 + 1), filename="huge.bin")
    async with raw.http.post(f"{raw.url}/bot{TOKEN}/sendDocument", data=form) as response:
        assert response.status == 413
        assert (await response.json())["description"] == "Request Entity Too Large"


async def test_other_addresses_answer_like_the_bot_api(raw: Raw) -> None:
    for path in ("/bot", "/nothing/here", f"/bot{TOKEN}"):
        async with raw.http.get(raw.url + path) as response:
            assert response.status == 404
            assert await response.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


async def test_text_survives_any_script(raw: Raw, ann: int) -> None:
    text = "客户 Ünïcödé עברית 👩‍👩‍👧‍👦 \u0301 a\u0000b\tc"
    answer = await raw.call("sendMessage", chat_id=ann, text=text)
    assert answer["result"]["text"] == text.replace("\u0000", " ").replace("\t", " ")


async def test_lone_surrogate_is_refused(raw: Raw, ann: int) -> None:
    answer = await raw.call("sendMessage", chat_id=ann, text="a\ud83d")
    assert (answer["status"], answer["description"]) == (400, "Bad Request: strings must be encoded in UTF-8")
