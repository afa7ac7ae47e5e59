"""What somebody sent, as plain facts: no floor below knows the messenger's types."""

from datetime import UTC, datetime
from typing import Any

from aiogram.types import Audio, Contact, Document, Location, Message, PhotoSize, Video, Voice

from conversations.kinds.base import Sent


def thing_of(message: Message, bot_id: int, at: datetime) -> Sent:
    """A photo, voice, document, video, audio, contact, location, or something other, at the present instant `at`.

    `data` of a file: bot_id, file_id, file_unique_id, size (bytes), mime, name, duration (s), each None where Telegram
    says nothing. Of a contact: name, phone, vcard. Of a location: latitude, longitude (WGS-84), age_s (since it was
    sent, or last moved), forwarded, live. Of any with words under it: caption.
    """
    what, data = _content(message, bot_id, at)
    if message.caption:
        data["caption"] = message.caption
    return Sent(what, data, message.media_group_id, message.message_id)


def _content(message: Message, bot_id: int, at: datetime) -> tuple[str, dict[str, Any]]:
    if message.photo:
        return "photo", _file(message.photo[-1], bot_id)  # the largest size comes last
    for what in ("voice", "document", "video", "audio"):
        file = getattr(message, what)
        if file is not None:
            return what, _file(file, bot_id)
    if message.contact:
        return "contact", _contact(message.contact)
    if message.location:
        return "location", _location(message, message.location, at)
    return "other", {}


def _file(file: PhotoSize | Voice | Document | Video | Audio, bot_id: int) -> dict[str, Any]:
    return {
        "bot_id": bot_id,
        "file_id": file.file_id,
        "file_unique_id": file.file_unique_id,
        "size": file.file_size,
        "mime": getattr(file, "mime_type", None),
        "name": getattr(file, "file_name", None),
        "duration": getattr(file, "duration", None),
    }


def _contact(contact: Contact) -> dict[str, Any]:
    names = (contact.first_name, contact.last_name or "")
    return {
        "name": " ".join(name.strip() for name in names if name.strip()),
        "phone": contact.phone_number,
        "vcard": contact.vcard,
    }


def _location(message: Message, location: Location, at: datetime) -> dict[str, Any]:
    """A live location that has moved is as old as its last move."""
    live = location.live_period is not None
    since = message.date
    if live and message.edit_date:
        since = datetime.fromtimestamp(message.edit_date, UTC)
    return {
        "latitude": location.latitude,
        "longitude": location.longitude,
        "age_s": max(0.0, (at - since).total_seconds()),
        "forwarded": message.forward_origin is not None,
        "live": live,
    }
