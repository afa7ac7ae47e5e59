"""What we read of an update: the fields that handlers use, and nothing else.

So an update with content that is newer than this program is as good as any other; and nobody can keep us busy with
what we have no use for: formatted text (`rich_message`) of five levels takes aiogram's models six seconds, each level
more takes twenty times longer, and nothing else happens in the process meanwhile.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

import structlog
from aiogram import Bot
from aiogram.types import Update
from pydantic import ValidationError

log = structlog.get_logger()

Fields = Mapping[str, Any]
"""Names of what is kept; under each the fields of what stands there, what it is read as, or None for all of it."""


def _somebody_else(origin: Any) -> dict[str, Any] | None:
    """All that is read of where a message was first: that it was somewhere else, of whatever kind that is."""
    return {"type": "hidden_user", "date": 0, "sender_user_name": ""} if origin else None


_FILE: Final = ("file_id", "file_unique_id", "file_name", "mime_type", "file_size")
_PERSON: Final[Fields] = dict.fromkeys(("id", "is_bot", "first_name", "language_code"))
_PLACE: Final[Fields] = dict.fromkeys(("id", "type", "title"))
_MESSAGE: Final[Fields] = {
    **dict.fromkeys(("message_id", "date", "text", "caption", "media_group_id")),
    "from": _PERSON,
    "chat": _PLACE,
    "edit_date": None,
    "photo": dict.fromkeys(("file_id", "file_unique_id", "file_size", "width", "height")),
    "voice": dict.fromkeys((*_FILE, "duration")),
    "audio": dict.fromkeys((*_FILE, "duration")),
    "video": dict.fromkeys((*_FILE, "duration", "width", "height")),
    "document": dict.fromkeys(_FILE),
    "contact": dict.fromkeys(("phone_number", "first_name", "last_name", "vcard")),
    "location": dict.fromkeys(("latitude", "longitude", "live_period")),
    "forward_origin": _somebody_else,
}
_KINDS: Final[Fields] = {
    "message": _MESSAGE,
    "edited_message": _MESSAGE,
    "callback_query": {
        **dict.fromkeys(("id", "chat_instance", "data")),
        "from": _PERSON,
        "message": {"message_id": None, "date": None, "chat": _PLACE},
    },
    "my_chat_member": {
        **dict.fromkeys(("date", "old_chat_member", "new_chat_member")),
        "from": _PERSON,
        "chat": _PLACE,
    },
}
"""The kinds that are handled, with what is read of each."""
KINDS: Final = frozenset(_KINDS)
_OF_PEOPLE: Final = frozenset({"message", "edited_message", "callback_query"})


def load() -> None:
    """Make ready to read. Else the first update takes a third of a second longer: see `bot.lean`."""
    Update.model_rebuild()


def read(payload: Mapping[str, Any], bot: Bot | None = None) -> Update | None:
    """The update, if it is of a kind that is handled. Raises ValidationError for a person's words that can't be."""
    kind = next((name for name in _KINDS if name in payload), None)
    if kind is None:
        return None
    kept = {"update_id": payload.get("update_id", 0), kind: _kept(payload[kind], _KINDS[kind])}
    try:
        return Update.model_validate(kept, context={"bot": bot})
    except ValidationError as error:
        if kind in _OF_PEOPLE and isinstance(payload[kind], Mapping):
            raise
        log.warning("update.unreadable", kind=kind, faults=error.error_count())
        return None


def _kept(value: Any, fields: Fields | Callable[[Any], Any] | None) -> Any:
    if fields is None:
        return value
    if callable(fields):
        return fields(value)
    if isinstance(value, list):
        return [_kept(one, fields) for one in cast("list[Any]", value)]
    if isinstance(value, Mapping):
        found = cast("Mapping[str, Any]", value)
        return {name: _kept(found[name], below) for name, below in fields.items() if name in found}
    return value


def keyboard_of(payload: Mapping[str, Any]) -> list[list[dict[str, str]]] | None:
    """The buttons under a tapped message, as far as they are ours to send again: with data or a link."""
    rows = _at(payload, "callback_query", "message", "reply_markup", "inline_keyboard")
    if not isinstance(rows, list):
        return None
    kept = ("text", "callback_data", "url")
    return [
        [
            {name: found[name] for name in kept if isinstance(found.get(name), str)}
            for found in (cast("dict[str, Any]", one) for one in cast("list[Any]", row) if isinstance(one, dict))
        ]
        for row in cast("list[Any]", rows)
        if isinstance(row, list)
    ]


def replied_to(payload: Mapping[str, Any]) -> int | None:
    """The message of this chat that a person's message answers."""
    number = _at(payload, "message", "reply_to_message", "message_id")
    return number if isinstance(number, int) and 0 < number < 2**53 else None


def _at(payload: Mapping[str, Any], *path: str) -> Any:
    value: Any = payload
    for name in path:
        value = cast("Mapping[str, Any]", value).get(name) if isinstance(value, Mapping) else None
    return value
