"""What an outbox row asks of the Bot API: the method, the arguments, and what to try when it is refused."""

import asyncio
import html
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from telegram import InputFile, InputMedia

from bot.files.storage import MissingError, Storage
from crm_core.outbox.models import FORGET
from crm_core.outbox.queue import Claimed
from screens import drawing, sheets

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

_ON_A_MESSAGE = ("edit_message_", "delete_message", "set_message_", "pin_", "stop_")
_NAMES_A_MESSAGE = frozenset({"message_id", "message_ids", "inline_message_id"})
_WITHOUT_CHAT = ("answer_", "set_my_", "delete_my_", "get_")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Call:
    """A Bot API call: `method` in snake case, `arguments` as its JSON, files as `{"path": …, "name": …}`.

    A file that we keep is `{"stored": key, "name": …}`, a picture that we draw `{"svg": …, "name": …}`, a
    spreadsheet that we write `{"sheet": …, "name": …}`, a text `{"text": …, "name": …}`.
    """

    method: str
    arguments: dict[str, Any]


def call_for(row: Claimed) -> Call | None:
    """What to call for a row; None when there is nothing to do any more (its card was never delivered)."""
    arguments = _said(row)
    if not row.method.startswith(_WITHOUT_CHAT):
        arguments["chat_id"] = row.chat_id
    if row.method.startswith(_ON_A_MESSAGE) and not _NAMES_A_MESSAGE & arguments.keys():
        if row.message_id is None:
            return as_new(row)
        arguments["message_id"] = row.message_id
    return Call(row.method, arguments)


def _said(row: Claimed) -> dict[str, Any]:
    """The payload without what is said to the outbox, not to Telegram."""
    return {key: value for key, value in row.payload.items() if key != FORGET}


def as_new(row: Claimed) -> Call | None:
    """The content of an edit as a message of its own; None when it has none (only buttons, a deletion)."""
    arguments = {key: value for key, value in _said(row).items() if key not in _NAMES_A_MESSAGE}
    arguments["chat_id"] = row.chat_id
    if row.method == "edit_message_text" and arguments.get("text"):
        return Call("send_message", arguments)
    if row.method == "edit_message_media":
        media = dict(arguments.pop("media"))
        kind, file = media.pop("type"), media.pop("media")
        return Call(f"send_{kind}", {**arguments, **media, kind: file})
    return None


def plain(call: Call, *, buttons: bool) -> Call | None:
    """The same words without markup, cut to what fits, so that the person gets something. None without words."""
    arguments = {key: value for key, value in call.arguments.items() if key not in _MARKUP}
    if not buttons:
        arguments.pop("reply_markup", None)
    field, limit = ("text", TEXT_LIMIT) if "text" in arguments else ("caption", CAPTION_LIMIT)
    words = arguments.get(field)
    if not isinstance(words, str):
        return None
    if str(call.arguments.get("parse_mode")).upper() == "HTML":
        words = html.unescape(_TAG.sub("", words))
    return Call(call.method, {**arguments, field: words[:limit]})


_MARKUP = frozenset({"parse_mode", "entities", "caption_entities", "link_preview_options"})


def without_reply(call: Call) -> Call | None:
    """The same, not as a reply: what it replies to is gone."""
    if "reply_parameters" not in call.arguments:
        return None
    return Call(call.method, {key: value for key, value in call.arguments.items() if key != "reply_parameters"})


def items(row: Claimed) -> int:
    """How many messages Telegram counts: an album is as many as it has items."""
    media = row.payload.get("media")
    return len(media) if isinstance(media, list) else 1


@lru_cache(maxsize=256)
def endpoint(method: str) -> str:
    """The method as an endpoint: `SendMessage`. Telegram reads methods in any case; `do_api_request` warns at each
    call of a name that is also a method of `Bot`, which this spelling is not."""
    return "".join(part.capitalize() for part in method.split("_"))


def has_files(arguments: dict[str, Any]) -> bool:
    return "media" in arguments or any(_is_file(value) for value in arguments.values())


async def with_files(arguments: dict[str, Any], storage: Storage | None = None) -> dict[str, Any]:
    """The arguments as python-telegram-bot wants them: files read, album items as its own type.

    Raises OSError when a local file can't be read, StorageError when a kept one can't.
    """
    made = {key: await _read(value, storage) if _is_file(value) else value for key, value in arguments.items()}
    media = arguments.get("media")
    if isinstance(media, list):
        made["media"] = [await _item(item, storage) for item in media]
    elif isinstance(media, dict) and not _is_file(media):
        made["media"] = await _item(media, storage)
    return made


async def _item(item: dict[str, Any], storage: Storage | None) -> InputMedia:
    """One picture or document of an album; what the type does not know goes along all the same."""
    rest = {key: value for key, value in item.items() if key not in ("type", "media")}
    media = item["media"]
    return InputMedia(
        item["type"], await _read(media, storage, attach=True) if _is_file(media) else media, api_kwargs=rest
    )


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and not value.keys().isdisjoint(("path", "stored", "svg", "sheet", "text"))


async def _read(file: dict[str, Any], storage: Storage | None, *, attach: bool = False) -> InputFile:
    if "svg" in file:
        picture = await asyncio.to_thread(drawing.png, file["svg"])
        return InputFile(picture, filename=file.get("name") or "picture.png", attach=attach)
    if "sheet" in file:
        book = await asyncio.to_thread(sheets.workbook, file["sheet"])
        return InputFile(book, filename=file.get("name") or "sheet.xlsx", attach=attach)
    if "text" in file:
        return InputFile(file["text"].encode(), filename=file.get("name") or "file.txt", attach=attach)
    if "stored" in file:
        if storage is None:
            raise MissingError("no storage of files here")
        content = await storage.get(file["stored"])
        return InputFile(content, filename=file.get("name") or "file", attach=attach)
    path = Path(file["path"])
    content = await asyncio.to_thread(path.read_bytes)
    return InputFile(content, filename=file.get("name") or path.name, attach=attach)
