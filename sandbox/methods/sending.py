"""Methods that put a new message into a chat."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.errors import ApiError, Json, bad_request
from sandbox.files import File
from sandbox.keyboards import Markup, read_markup
from sandbox.methods.call import Call, chat_of, method
from sandbox.state import Chat, Message

MAX_PHOTO_BYTES = 10 * 1024 * 1024
MEDIA_NAMES = {"photo": "photo", "document": "document", "audio": "audio", "video": "video", "voice": "voice"}
ACTIONS = frozenset(
    {"typing", "choose_sticker", "find_location", "pick_up_location", "upload_photo", "upload_document"}
    | {f"{doing}_{what}" for doing in ("record", "upload") for what in ("video", "voice", "audio", "video_note")}
)


@dataclass(slots=True)
class Envelope:
    """Where a new message goes and what goes along with any kind of content."""

    chat: Chat
    markup: Markup | None
    fields: Json


@method
def send_message(call: Call) -> Json:
    made = call.text()
    content: Json = {"text": made.text}
    if made.entities:
        content["entities"] = made.entities
    preview = call.params.get("link_preview_options")
    if isinstance(preview, dict) and preview:
        content["link_preview_options"] = preview
    elif call.params.get("disable_web_page_preview"):
        content["link_preview_options"] = {"is_disabled": True}
    return deliver(call, content)


@method
def send_photo(call: Call) -> Json:
    return deliver(call, {**media_content(call, "photo", call.params), **call.caption()})


@method
def send_document(call: Call) -> Json:
    return deliver(call, {**media_content(call, "document", call.params), **call.caption()})


@method
def send_location(call: Call) -> Json:
    location: Json = {}
    for name in ("latitude", "longitude"):
        location[name] = call.params.get(name)
        if not isinstance(location[name], int | float):
            raise bad_request(f"{name} is empty")
    if not (-90 <= location["latitude"] <= 90 and -180 <= location["longitude"] <= 180):
        raise bad_request("Invalid location specified")
    for name in ("horizontal_accuracy", "live_period", "heading", "proximity_alert_radius"):
        if call.params.get(name):
            location[name] = call.params[name]
    return deliver(call, {"location": location})


@method
def send_contact(call: Call) -> Json:
    contact: Json = {}
    for name in ("phone_number", "first_name"):
        if not call.params.get(name):
            raise bad_request(f'Parameter "{name}" is required')
    for name in ("phone_number", "first_name", "last_name", "vcard"):
        if call.params.get(name):
            contact[name] = call.params[name]
    return deliver(call, {"contact": contact})


@method
def send_chat_action(call: Call) -> bool:
    action = str(call.params.get("action", "")).lower()
    if action not in ACTIONS and action != "cancel":
        raise bad_request("Wrong parameter action in request")
    chat_of(call).set_action(action)
    return True


def deliver(call: Call, content: Json) -> Json:
    """Send one message with this content and return it."""
    envelope = address(call)
    if call.bot.flood is not None:
        call.bot.flood.spend(envelope.chat.id)
    return post(call, envelope, content).body


def address(call: Call) -> Envelope:
    """Check where a message goes. Raises ApiError."""
    raw_markup = call.params.get("reply_markup")
    chat = chat_of(call)
    fields: Json = {}
    replied = _replied(call, chat)
    if replied is not None:
        fields["reply_to_message"] = {k: v for k, v in replied.body.items() if k != "reply_to_message"}
    if call.params.get("protect_content"):
        fields["has_protected_content"] = True
    if call.params.get("message_effect_id"):
        fields["effect_id"] = str(call.params["message_effect_id"])
    markup = read_markup(raw_markup, private=chat.is_private, only_inline=chat.kind == "channel")
    return Envelope(chat, markup, fields)


def _replied(call: Call, chat: Chat) -> Message | None:
    reply = call.params.get("reply_parameters")
    if reply is None and call.params.get("reply_to_message_id"):
        reply = {
            "message_id": call.params["reply_to_message_id"],
            "allow_sending_without_reply": call.params.get("allow_sending_without_reply"),
        }
    if not reply:
        return None
    if not isinstance(reply, dict):
        raise bad_request("Object expected as reply parameters")
    wanted = reply.get("message_id")
    replied = chat.messages.get(wanted) if isinstance(wanted, int) else None
    if replied is None and not reply.get("allow_sending_without_reply"):
        raise bad_request("message to be replied not found")
    return replied


def post(call: Call, envelope: Envelope, content: Json) -> Message:
    """Put a checked message into its chat, and change the person's keyboard if the markup says so."""
    chat, markup = envelope.chat, envelope.markup
    body: Json = {"message_id": chat.next_message_id()}
    if chat.kind == "channel":
        body["sender_chat"] = chat.body
    else:
        body["from"] = call.bot.body
    body |= {"chat": chat.body, "date": call.world.clock.seconds(), **envelope.fields, **content}
    if markup is None or markup.is_inline:
        if markup is not None:
            body["reply_markup"] = markup.body
        return chat.add(body, from_bot=True)
    message = chat.add(body, from_bot=True, editable=False)
    chat.set_keyboard(None if markup.kind == "remove" else markup.body, message.id)
    return message


def media_content(call: Call, kind: str, given: Json, *, field: str | None = None) -> Json:
    """A photo, document, audio or video as fields of a message.

    `given` are the parameters of the call, or one InputMedia whose file stands under `field`.
    """
    file = file_of(call, kind, given, field or kind)
    content: Json = {kind: file.body["sizes"] if kind == "photo" else file.body}
    if given.get("has_spoiler"):
        content["has_media_spoiler"] = True
    return content


def file_of(call: Call, kind: str, given: Json, field: str) -> File:
    """An upload stored now, or a file known by its id. Raises ApiError."""
    value = given.get(field)
    name = field
    if isinstance(value, str) and value.startswith("attach://"):
        name = value.removeprefix("attach://")
    elif isinstance(value, str) and value:
        return call.bot.files.sendable(kind, value)
    upload = call.files.get(name)
    if upload is None:
        if field != kind:
            raise bad_request("Can't parse InputMedia: media not found")
        raise bad_request(f"There is no {MEDIA_NAMES[kind]} in the request")
    if kind == "photo" and len(upload.data) > MAX_PHOTO_BYTES:
        raise ApiError(413, "Request Entity Too Large")
    details = {name: given.get(name) for name in ("duration", "performer", "title", "width", "height")}
    if kind in ("audio", "video", "voice"):
        details["duration"] = details["duration"] or 0
    if kind == "video":
        details |= {"width": details["width"] or 0, "height": details["height"] or 0}
    return call.bot.files.add(kind, upload, **details if kind != "document" else {})
