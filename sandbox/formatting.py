"""From what a caller or a person sent to what a message says: cleaned, trimmed, with its entities in order."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from sandbox import overlaps
from sandbox.autolinks import find_entities
from sandbox.entities import parse_html, utf16_length
from sandbox.errors import ApiError, Json, bad_request
from sandbox.fields import number_in, object_in, text_in
from sandbox.links import BadLinkError, checked_link, linked_user

MAX_SOURCE_BYTES = 32_768
MAX_TEXT = 4_096
MAX_CAPTION = 1_024

DROPPED = "\r\u2028-\u202e\u0333\u033f\u030a"
UNCLEAN = re.compile(f"[\0-\x09\x0b-\x1f{DROPPED}\u200e\u200f]")
DROP = re.compile(f"[{DROPPED}]")
CONTROL = re.compile("[\0-\x09\x0b-\x1f]")
REPEATED_MARK = re.compile("[\u200e\u200f](?=[\u200e\u200f])")
EMPTY = re.compile(
    "[ \n\u00a0\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufeff\ufffc\U000e0001-\U000e007f]*\\Z"
)
EXPLICIT = frozenset(overlaps.PRIORITIES)
FOUND_BY_READING = frozenset(
    {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number", "bank_card_number"}
)
DETAILS = {"pre": ("language",), "custom_emoji": ("custom_emoji_id",), "date_time": ("date_time_format",)}

UserOf = Callable[[int], Json | None]


class Text(NamedTuple):
    text: str
    entities: list[Json]


NOTHING = Text("", [])


def read(
    source: str,
    parse_mode: str | None,
    entities: list[Any] | None,
    user_of: UserOf,
    *,
    limit: int,
    may_be_empty: bool = False,
) -> Text:
    """The text of a call, formatted. `limit` counts characters after entities are taken out. Raises ApiError."""
    if len(source) > MAX_SOURCE_BYTES // 4 and len(source.encode("utf-8", "surrogatepass")) > MAX_SOURCE_BYTES:
        raise bad_request("Text is too long")
    mode = (parse_mode or "").lower()
    if source and mode and mode != "none":
        if mode in ("markdown", "markdownv2"):
            raise ApiError(501, "Not Implemented: the sandbox reads parse_mode HTML and explicit entities only")
        if mode != "html":
            raise bad_request("Unsupported parse_mode")
        text, found = parse_html(source)
    else:
        text, found = source, explicit_entities(entities)
    made = arrange(text, _with_users(found, user_of))
    if not made.text and not may_be_empty:
        raise bad_request("Text must be non-empty")
    if len(made.text) > limit:
        raise bad_request("Message is too long" if limit == MAX_TEXT else "Message caption is too long")
    return made


def typed(text: str) -> Text:
    """What a person typed: no markup of their own, only what is found by reading."""
    return arrange(text, [])


def arrange(text: str, entities: list[Json]) -> Text:
    """Clean and trim, then add what is found by reading. An empty text comes back without entities."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("Strings must be encoded in UTF-8") from None
    if entities:
        _check_bounds(text, entities)
        entities = overlaps.resolve([e for e in entities if e["length"] > 0])
    if UNCLEAN.search(text):
        text, entities = _clean(text, entities)
    text, entities = _trim(text, entities)
    if EMPTY.match(text):
        return NOTHING
    entities = overlaps.add_found(entities, find_entities(text))
    return Text(text, entities)


def explicit_entities(raw: Any) -> list[Json]:
    """The `entities` of a call; what is no list counts as none, as Telegram has it. Raises ApiError."""
    if not isinstance(raw, list):
        return []
    return [entity for item in raw if (entity := _explicit(item)) is not None]


def _explicit(raw: Any) -> Json | None:
    """An entity that the caller gave; kinds that Telegram finds by itself are ignored, as it does."""
    where = "Can't parse MessageEntity: "
    if not isinstance(raw, dict):
        raise bad_request(f"{where}expected an Object")
    entity: Json = {"offset": number_in(raw, "offset", where), "length": number_in(raw, "length", where)}
    kind = text_in(raw, "type", where)
    if kind in FOUND_BY_READING:
        return None
    if kind not in EXPLICIT:
        raise bad_request(f"{where}Unsupported type specified")
    entity["type"] = kind
    if kind == "text_link":
        return _explicit_link(entity, text_in(raw, "url", where))
    if kind == "text_mention":
        return {**entity, "user": number_in(object_in(raw, "user", where), "id", where)}
    if kind == "date_time":
        entity["unix_time"] = number_in(raw, "unix_time", where)
    for name in DETAILS.get(kind, ()):
        if raw.get(name) is not None:
            entity[name] = text_in(raw, name, where)
    return entity


def _explicit_link(entity: Json, url: str) -> Json | None:
    user_id = linked_user(url)
    if user_id is not None:
        return {**entity, "type": "text_mention", "user": user_id}
    try:
        return {**entity, "url": checked_link(url)}
    except BadLinkError:
        return None


def _with_users(entities: list[Json], user_of: UserOf) -> list[Json]:
    """Mentions of people without a username carry the whole person; of unknown people nothing is left."""
    kept: list[Json] = []
    for entity in entities:
        if entity["type"] != "text_mention":
            kept.append(entity)
        elif user := user_of(entity["user"]):
            kept.append({**entity, "user": user})
    return kept


def _check_bounds(text: str, entities: list[Json]) -> None:
    """Entities have to lie in the text and not to cut a character in two."""
    length = utf16_length(text)
    inside = None if text.isascii() else _second_halves(text)
    for entity in entities:
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        if not 0 <= begin <= 1_000_000:
            raise bad_request(f"Receive an entity with incorrect offset {begin}")
        if not 0 <= entity["length"] <= 1_000_000:
            raise bad_request(f"Receive an entity with incorrect length {entity['length']}")
        if begin > length or (begin == length and entity["length"]):
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {begin}")
        if end > length:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {begin} ends after the end of the text at UTF-16 offset {end}"
            )
        if inside and begin in inside:
            raise bad_request(f"Entity begins in a middle of a UTF-16 symbol at byte offset {inside[begin]}")
        if inside and end in inside:
            raise bad_request(
                f"Entity beginning at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol at byte offset "
                f"{inside[end]}"
            )


def _second_halves(text: str) -> dict[int, int]:
    """UTF-16 offsets in the middle of a character, with the byte offset after that character."""
    halves: dict[int, int] = {}
    units = size = 0
    for character in text:
        size += len(character.encode())
        if character > "\uffff":
            halves[units + 1] = size
            units += 1
        units += 1
    return halves


def _clean(text: str, entities: list[Json]) -> Text:
    """Control characters become spaces; carriage returns and text direction overrides go, and entities shrink."""
    dropped = [utf16_length(text[: found.start()]) for found in DROP.finditer(text)] if entities else []
    text = REPEATED_MARK.sub("\u200c", CONTROL.sub(" ", DROP.sub("", text)))
    if dropped:
        moved = []
        for entity in entities:
            begin, end = entity["offset"], entity["offset"] + entity["length"]
            begin, end = (place - sum(at < place for at in dropped) for place in (begin, end))
            if end > begin:
                moved.append({**entity, "offset": begin, "length": end - begin})
        entities = overlaps.resolve(moved)
    return Text(text, entities)


def _trim(text: str, entities: list[Json]) -> Text:
    """Spaces and line ends go at both ends; at the beginning only up to the first entity."""
    text = text.rstrip(" \n")
    if not entities:
        return Text(text.lstrip(" \n"), entities)
    length = utf16_length(text)
    entities = [
        e if e["offset"] + e["length"] <= length else {**e, "length": length - e["offset"]}
        for e in entities
        if e["offset"] < length
    ]
    spaces = len(text) - len(text.lstrip(" \n"))
    spaces = min(spaces, entities[0]["offset"]) if entities else spaces
    if spaces:
        text = text[spaces:]
        entities = [{**e, "offset": e["offset"] - spaces} for e in entities]
    return Text(text, entities)
