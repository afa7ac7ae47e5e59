"""sendMediaGroup: several pictures or documents under one media_group_id, and how one media item is read."""

from __future__ import annotations

import random
from typing import Any

from sandbox.errors import Json, bad_request
from sandbox.fields import text_in
from sandbox.methods.call import Call, method
from sandbox.methods.sending import address, media_content, post

MAX_ALBUM = 10
KINDS = frozenset({"photo", "video", "audio", "document"})
UNMIXABLE = {"audio": "Audio", "document": "Document"}


@method
def send_media_group(call: Call) -> list[Json]:
    media = call.params.get("media")
    if media is None:
        raise bad_request('Parameter "media" is required')
    if not isinstance(media, list):
        raise bad_request("Expected an Array of InputMedia")
    if len(media) > MAX_ALBUM:
        raise bad_request("Too many messages to send as an album")
    if not media:
        raise bad_request("There are no messages to send")
    kinds = {kind_of(item, for_album=True) for item in media}
    for kind, name in UNMIXABLE.items():
        if kind in kinds and len(kinds) > 1:
            raise bad_request(f"{name} can't be mixed with other media types")
    envelope = address(call)
    contents = [input_media(call, item, for_album=True) for item in media]
    if call.bot.flood is not None:
        call.bot.flood.spend(envelope.chat.id, len(contents))
    if len(contents) > 1:
        group_id = str(random.getrandbits(53))
        contents = [{"media_group_id": group_id, **content} for content in contents]
    return [post(call, envelope, content).body for content in contents]


def kind_of(item: Any, *, for_album: bool = False) -> str:
    """The type of an InputMedia. Raises ApiError."""
    if not isinstance(item, dict):
        raise bad_request("Can't parse InputMedia: expected an Object")
    kind = text_in(item, "type", "Can't parse InputMedia: ")
    if kind == "animation" and for_album:
        raise bad_request("Can't parse InputMedia: type \"animation\" can't be used in sendMediaGroup")
    if kind not in KINDS:
        raise bad_request(f'Can\'t parse InputMedia: type "{kind}" is unsupported')
    return kind


def input_media(call: Call, item: Any, *, for_album: bool = False) -> Json:
    """One InputMedia as fields of a message. Raises ApiError."""
    kind = kind_of(item, for_album=for_album)
    caption = call.caption(item)
    return {**media_content(call, kind, item, field="media"), **caption}
