"""Methods that change or remove messages that are there."""

from __future__ import annotations

from sandbox.errors import NOT_MODIFIED, Json, bad_request
from sandbox.keyboards import read_markup
from sandbox.methods.albums import input_media
from sandbox.methods.call import Call, chat_of, message_of, method
from sandbox.state import Message

DELETABLE_S = 48 * 3600
TEXT = ("text", "entities", "link_preview_options")
CAPTION = ("caption", "caption_entities", "show_caption_above_media")
MEDIA = ("photo", "document", "audio", "video", "voice", "animation", "has_media_spoiler")
CAPTIONED = frozenset(MEDIA)


@method
def edit_message_text(call: Call) -> Json:
    made = call.text()
    content: Json = {"text": made.text}
    if made.entities:
        content["entities"] = made.entities
    preview = call.params.get("link_preview_options")
    if isinstance(preview, dict) and preview:
        content["link_preview_options"] = preview
    message = _editable(call)
    if "text" not in message.body:
        raise bad_request("There is no text in the message to edit")
    return _apply(call, message, TEXT, content)


@method
def edit_message_caption(call: Call) -> Json:
    content = call.caption()
    message = _editable(call)
    if CAPTIONED.isdisjoint(message.body):
        raise bad_request("There is no caption in the message to edit")
    return _apply(call, message, CAPTION, content)


@method
def edit_message_media(call: Call) -> Json:
    media = call.params.get("media")
    if media is None:
        raise bad_request('Parameter "media" is required')
    message = _editable(call)
    if CAPTIONED.isdisjoint(message.body) and "text" not in message.body:
        raise bad_request("Message media can't be edited")
    return _apply(call, message, TEXT + CAPTION + MEDIA, input_media(call, media))


@method
def edit_message_reply_markup(call: Call) -> Json:
    return _apply(call, _editable(call), (), {})


@method
def delete_message(call: Call) -> bool:
    if call.params.get("chat_id") is None:
        raise bad_request("Chat identifier is not specified")
    if not call.params.get("message_id"):
        raise bad_request("Message identifier is not specified")
    chat = chat_of(call, write=False)
    message = message_of(call, chat, "message to delete")
    _check_deletable(call, message)
    chat.remove(message)
    return True


@method
def delete_messages(call: Call) -> bool:
    ids = call.params.get("message_ids")
    if not ids:
        raise bad_request("Message identifiers are not specified")
    if not isinstance(ids, list):
        raise bad_request("Expected an Array of message identifiers")
    if len(ids) > 100:
        raise bad_request("Too many message identifiers specified")
    if not all(isinstance(message_id, int) for message_id in ids):
        raise bad_request("Message identifier must be a Number")
    chat = chat_of(call, write=False)
    messages = [chat.messages[message_id] for message_id in ids if message_id in chat.messages]
    for message in messages:
        _check_deletable(call, message)
    for message in messages:
        chat.remove(message)
    return True


def _check_deletable(call: Call, message: Message) -> None:
    """In private a bot may delete both sides' messages, elsewhere its own; in both cases for 48 hours."""
    if not message.from_bot and not message.chat.is_private:
        raise bad_request("Message can't be deleted")
    if call.world.clock.now() - message.body["date"] > DELETABLE_S:
        raise bad_request("Message can't be deleted for everyone")


def _editable(call: Call) -> Message:
    params = call.params
    if params.get("chat_id") is None and not params.get("message_id"):
        if not params.get("inline_message_id"):
            raise bad_request("Message identifier is not specified")
        raise bad_request("MESSAGE_ID_INVALID")  # the sandbox has no inline messages, so no id of one is right
    message = message_of(call, chat_of(call), "message to edit")
    if not message.from_bot or not message.editable:
        raise bad_request("Message can't be edited")
    return message


def _apply(call: Call, message: Message, replaced: tuple[str, ...], content: Json) -> Json:
    """Put new content and markup in place of the old. An edit without markup takes the old keyboard away."""
    raw_markup = call.params.get("reply_markup")
    markup = read_markup(raw_markup, private=message.chat.is_private, only_inline=True)
    old = message.body
    body = {key: value for key, value in old.items() if key not in replaced and key != "reply_markup"}
    body |= content
    if markup is not None:
        body["reply_markup"] = markup.body
    if body == old:
        raise bad_request(NOT_MODIFIED)
    if replaced:  # new buttons alone do not make a message an edited one
        body["edit_date"] = call.world.clock.seconds()
    message.body = body
    message.chat.changed(message)
    return body
