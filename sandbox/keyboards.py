"""Reply markup: what Telegram takes, what it refuses, and what it writes back into the message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.errors import ApiError, Json, bad_request
from sandbox.fields import object_in, text_in
from sandbox.links import BadLinkError, checked_link, linked_user

MAX_CALLBACK_BYTES = 64
MAX_INLINE_BUTTONS = 100
MAX_ROW = 8
MAX_REPLY_ROW = 12
STYLES = frozenset({"primary", "success", "danger"})
KEYBOARD_FLAGS = ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective")
REQUESTS = {
    "request_contact": "Phone number can be requested in private chats only",
    "request_location": "Location can be requested in private chats only",
    "request_poll": "Poll can be requested in private chats only",
    "web_app": "Web App buttons can be used in private chats only",
    "request_users": "Users can be requested in private chats only",
    "request_chat": "Chats can be requested in private chats only",
    "request_managed_bot": "Managed bots can be requested in private chats only",
}
KEPT_AS_GIVEN = (
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
)


@dataclass(slots=True, frozen=True)
class Markup:
    """`body` of an inline keyboard is echoed in the message; the other kinds change the person's keyboard."""

    kind: str
    body: Json

    @property
    def is_inline(self) -> bool:
        return self.kind == "inline"


def read_markup(raw: Any, *, private: bool, only_inline: bool = False) -> Markup | None:
    """The markup of a call, or None where there is none to speak of. Raises ApiError."""
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise bad_request("Object expected as reply markup")
    markup = _read(raw, private=private)
    if only_inline and markup is not None and not markup.is_inline:
        raise bad_request("Inline keyboard expected")
    return markup


def _read(raw: Json, *, private: bool) -> Markup | None:
    keyboard = _rows(raw, "keyboard", 'Field "keyboard" must be an Array of Arrays')
    inline = _rows(
        raw, "inline_keyboard", 'Field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays'
    )
    if keyboard:
        rows = [[_reply_button(button, private=private) for button in row] for row in keyboard]
        rows = [kept[:MAX_REPLY_ROW] for row in rows if (kept := [b for b in row if b["text"]])]
        options = {flag: True for flag in KEYBOARD_FLAGS if raw.get(flag)}
        return Markup("reply", {"keyboard": rows, **options, **_placeholder(raw)}) if rows else None
    if inline:
        return _inline(inline)
    if raw.get("remove_keyboard"):
        return Markup("remove", {"remove_keyboard": True})
    if raw.get("force_reply"):
        return Markup("force_reply", {"force_reply": True, **_placeholder(raw)})
    return None


def _placeholder(raw: Json) -> Json:
    text = text_in(raw, "input_field_placeholder", default="")
    return {"input_field_placeholder": text[:64]} if text else {}


def _rows(raw: Json, field: str, refusal: str) -> list[list[Any]]:
    rows = raw.get(field)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise bad_request(f'Field "{field}" must be of type Array')
    for row in rows:
        if not isinstance(row, list):
            raise bad_request(refusal)
    return rows


def _reply_button(raw: Any, *, private: bool) -> Json:
    if isinstance(raw, str):
        return {"text": raw}
    if not isinstance(raw, dict):
        raise bad_request("Can't parse keyboard button: KeyboardButton must be a String or an Object")
    button = _labelled(raw, "Can't parse keyboard button: ")
    for request, refusal in REQUESTS.items():
        if raw.get(request):
            if not private:
                raise bad_request(refusal)
            button[request] = raw[request]
            break
    return button


def _labelled(raw: Json, where: str) -> Json:
    """The text and the looks that both kinds of buttons share."""
    button: Json = {"text": text_in(raw, "text", where)}
    style = text_in(raw, "style", where, default="default").lower() or "default"
    if style in STYLES:
        button["style"] = style
    elif style != "default":
        raise bad_request(f"{where}invalid button style specified")
    if raw.get("icon_custom_emoji_id"):
        button["icon_custom_emoji_id"] = text_in(raw, "icon_custom_emoji_id", where)
    return button


def _inline(rows: list[list[Any]]) -> Markup | None:
    made: list[list[Json]] = []
    for row in rows:
        buttons = [button for raw in row if (button := _inline_button(raw))["text"]]
        if buttons:
            made.append(buttons[:MAX_ROW])
    if sum(map(len, made)) > MAX_INLINE_BUTTONS:
        raise bad_request("reply markup is too long")
    return Markup("inline", {"inline_keyboard": made}) if made else None


def _inline_button(raw: Any) -> Json:
    where = "Can't parse inline keyboard button: "
    if not isinstance(raw, dict):
        raise bad_request(f"{where}InlineKeyboardButton must be an Object")
    button = _labelled(raw, where)
    url, data = (text_in(raw, name, where, default="") for name in ("url", "callback_data"))
    if url:
        button["url"] = _button_url(url)
    elif data:
        if len(data) > MAX_CALLBACK_BYTES // 4 and len(data.encode("utf-8", "surrogatepass")) > MAX_CALLBACK_BYTES:
            raise bad_request("BUTTON_DATA_INVALID")
        button["callback_data"] = data
    else:
        _rare_kind(raw, button, where)
    return button


def _button_url(url: str) -> str:
    if linked_user(url) is not None:
        return url
    try:
        return checked_link(url)
    except BadLinkError as why:
        raise bad_request(f"Inline keyboard button URL '{url}' is invalid: {why}") from None


def _rare_kind(raw: Json, button: Json, where: str) -> None:
    """Kinds of buttons other than links and taps; a button that does nothing is refused."""
    for kind in KEPT_AS_GIVEN:
        if raw.get(kind) is not None:
            button[kind] = raw[kind]
            return
    for kind, name in (("login_url", "login"), ("web_app", "Web App")):
        if raw.get(kind) is not None:
            url = text_in(object_in(raw, kind, where), "url", where)
            try:
                button[kind] = {**raw[kind], "url": checked_link(url, https_only=True)}
            except BadLinkError as why:
                raise bad_request(f"Inline keyboard button {name} URL '{url}' is invalid: {why}") from None
            return
    if raw.get("copy_text") is not None:
        text = text_in(object_in(raw, "copy_text", where), "text", where)
        if not 1 <= len(text) <= 256:
            raise ApiError(400, "Bad Request: BUTTON_COPY_TEXT_INVALID")
        button["copy_text"] = {"text": text}
        return
    raise bad_request(f"{where}Text buttons are unallowed in the inline keyboard")


def labels(markup: Json | None) -> list[str]:
    """The visible texts of an inline keyboard, row by row."""
    if not markup:
        return []
    return [button["text"] for row in markup.get("inline_keyboard", ()) for button in row]
