"""Methods by which a bot learns things: who it is, what happened, what a file holds; and its answers to taps."""

from __future__ import annotations

import time
from typing import Any

from sandbox import webhooks
from sandbox.errors import QUERY_TOO_OLD, WEBHOOK_ACTIVE, ApiError, Json, bad_request
from sandbox.files import MAX_DOWNLOAD_BYTES
from sandbox.links import BadLinkError, parse_url
from sandbox.methods.call import Call, RawJson, method

MAX_ANSWER = 200


@method
def get_me(call: Call) -> Json:
    return {
        **call.bot.body,
        "can_join_groups": True,
        "can_read_all_group_messages": True,
        "supports_inline_queries": False,
        "supports_guest_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


@method
async def get_updates(call: Call) -> RawJson:
    queue = call.bot.updates
    if call.bot.webhook is not None:
        await queue.pause_conflict()
        raise ApiError(409, WEBHOOK_ACTIVE)
    offset = _number(call, "offset", 0)
    limit = min(100, max(1, _number(call, "limit", 100)))
    queue.set_allowed(call.params.get("allowed_updates"))
    return RawJson(await queue.poll(offset, limit, _number(call, "timeout", 0), call.heard))


def _number(call: Call, name: str, default: int) -> int:
    value = call.params.get(name)
    return int(value) if isinstance(value, int | float) else default


@method
async def set_webhook(call: Call) -> bool:
    return await webhooks.set_webhook(call.bot, call.params)


@method
async def delete_webhook(call: Call) -> bool:
    return await webhooks.set_webhook(call.bot, {**call.params, "url": ""})


@method
def get_webhook_info(call: Call) -> Json:
    return webhooks.info(call.bot)


@method
def get_file(call: Call) -> Json:
    file_id = call.params.get("file_id")
    if not file_id:
        raise bad_request("file_id not specified")
    file = call.bot.files.get(file_id)
    if file is None:
        raise bad_request("invalid file_id")
    if len(file.data) > MAX_DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    if call.bot.files.is_expired(file_id):
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    return {**file.reference(), "file_path": file.path}


@method
def answer_callback_query(call: Call) -> bool:
    """A second answer to the same tap is taken and means nothing."""
    callback = call.bot.callbacks.get(str(call.params.get("callback_query_id", "")))
    if callback is None or time.monotonic() - callback.made_at > call.world.options.callback_lifetime_s:
        raise bad_request(QUERY_TOO_OLD)
    text = call.params.get("text") or ""
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    answer: dict[str, Any] = {"text": text, "show_alert": bool(call.params.get("show_alert"))}
    if call.params.get("url"):
        answer["url"] = _answer_url(call, call.params["url"])
    if callback.answer is None:
        callback.answer = answer
        callback.answered.set()
        call.world.publish("toast", callback.chat, {"callback_query_id": callback.id, **answer})
    return True


def _answer_url(call: Call, url: str) -> str:
    """Only a link that opens this bot with a parameter is allowed."""
    try:
        parsed = parse_url(url)
    except BadLinkError:
        raise bad_request("URL_INVALID") from None
    if parsed.host not in ("t.me", "telegram.me") or not parsed.query.lower().startswith(
        f"/{call.bot.username.lower()}?start"
    ):
        raise bad_request("URL_INVALID")
    return url
