"""Reading raw updates: their number, and the lane (the chat) whose order each of them must keep.

Updates stay the plain JSON that came, so that an update of a kind that is newer than this program is stored whole;
but not what had been shown, which comes back with each tap and answer.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard, cast

import orjson

from crm_core.inbox.service import Incoming

NO_LANE: Final = 0
"""Updates that belong to nobody's chat (a poll's new counts): they keep an order among themselves."""

_INT64: Final = 2**63
_NUMBER: Final = re.compile(rb'"update_id"\s*:\s*([0-9]{1,18})\b')
_HEAD_BYTES: Final = 200
_KEPT_BYTES: Final = 20_000
_PLACE: Final = ("message_id", "date", "chat", "from")
_OF_A_MESSAGE: Final = {"reply_to_message": _PLACE, "pinned_message": _PLACE, "quote": ()}
_SHOWN: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "callback_query": {"message": (*_PLACE, "reply_markup")},  # a tap is one of the buttons that it was among
    "message": _OF_A_MESSAGE,
    "edited_message": _OF_A_MESSAGE,
}
"""Where an update brings back what had been shown, and what is kept of that."""


def read_json(body: bytes) -> Any:
    """The JSON value in `body`. Raises ValueError.

    orjson refuses halves of surrogate pairs and numbers past 64 bits, which are JSON all the same.
    """
    try:
        return orjson.loads(body)
    except ValueError:
        try:
            return json.loads(body)
        except RecursionError:
            raise ValueError("nested too deep") from None


def incoming(update: object) -> Incoming | None:
    """The update, ready to be stored; None for what is no update, since nothing could acknowledge it."""
    if not isinstance(update, dict):
        return None
    raw = cast("dict[str, Any]", update)
    number = raw.get("update_id")
    return Incoming(number, lane_of(raw), _without_shown(raw)) if _is_id(number) else None


def _without_shown(raw: dict[str, Any]) -> dict[str, Any]:
    """The update without the words of the message that was tapped or answered: a link that opens something would be
    kept by the tap on the button below it, and names and phones by each tap on their card.
    """
    for kind, parts in _SHOWN.items():
        holder: Any = raw.get(kind)
        if not isinstance(holder, dict):
            continue
        for part, names in parts.items():
            shown: Any = holder.get(part)
            if isinstance(shown, dict):
                holder = holder | {part: {name: shown[name] for name in names if name in shown}}
        raw = raw | {kind: holder}
    return raw


def unreadable(content: bytes) -> Incoming | None:
    """What stands for an update that has its end and yet cannot be read: its number, and how it begins, as text.

    None for what was cut off on its way, which comes again whole.
    """
    head = _NUMBER.search(content[:_HEAD_BYTES])
    if head is None or not content.rstrip().endswith(b"}"):
        return None
    number = int(head[1])
    words = content[:_KEPT_BYTES].decode(errors="replace")
    return Incoming(number, NO_LANE, {"update_id": number, "unreadable": words})


def lane_of(update: Mapping[str, Any]) -> int:
    """The id of the chat whose order matters for this update; `NO_LANE` when it names nobody.

    In a private chat the chat's id is the person's, so all that one person does there shares a lane, whatever kind
    of update it comes as. A tap belongs to the chat of the message it was made on, even where that is a group.
    """
    for key, what in update.items():
        if key != "update_id" and isinstance(what, dict):
            return next(_owners(cast("dict[str, Any]", what)), NO_LANE)
    return NO_LANE


def _owners(what: Mapping[str, Any]) -> Iterator[int]:
    """Whose lane it may be, nearest first. One order of preference serves every kind, those to come included."""
    message = what.get("message")
    places = (message.get("chat") if isinstance(message, dict) else None, *map(what.get, ("chat", "from", "user")))
    for place in (*places, what.get("voter_chat"), what.get("actor_chat")):
        if isinstance(place, dict):
            number = cast("dict[str, Any]", place).get("id")
            if _is_id(number):
                yield number


def _is_id(value: object) -> TypeGuard[int]:
    return type(value) is int and -_INT64 <= value < _INT64
