"""Calls checked against aiogram's own method models, which carry the whole Bot API: names, required fields, types.

The words of a refusal stay Telegram's where Telegram has any for that field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from sandbox.errors import QUERY_TOO_OLD, Json, bad_request
from sandbox.files import Upload
from sandbox.formatting import explicit_entities
from sandbox.keyboards import read_markup
from sandbox.methods import albums, settings

MISSING = {
    "chat_id": "chat_id is empty",
    "text": "Message text is empty",
    "photo": "There is no photo in the request",
    "document": "There is no document in the request",
    "latitude": "latitude is empty",
    "longitude": "longitude is empty",
    "action": "Wrong parameter action in request",
    "callback_query_id": QUERY_TOO_OLD,
    "file_id": "file_id not specified",
    "message_ids": "Message identifiers are not specified",
}


def _take_anything(_: Any) -> None:
    """For fields that the method itself reads with its own words before it does anything."""


OWN_READERS: dict[str, Callable[[Any], object]] = {
    "reply_markup": lambda raw: read_markup(raw, private=True),
    "entities": explicit_entities,
    "caption_entities": explicit_entities,
    "media": lambda raw: [albums.kind_of(item) for item in raw] if isinstance(raw, list) else albums.kind_of(raw),
    "commands": lambda raw: [settings.read_command(item) for item in raw] if isinstance(raw, list) else None,
    "menu_button": settings.read_menu_button,
    "scope": _take_anything,
    "reply_parameters": _take_anything,
    "link_preview_options": _take_anything,
    "allowed_updates": _take_anything,
}
"""Fields whose shape the sandbox reads with Telegram's words and leniency: where its reader is content, it holds."""
OPTIONAL_IN_TELEGRAM = frozenset({("deletemessage", "message_id"), ("deletemessage", "chat_id"), ("setwebhook", "url")})
"""Fields that the models require and whose absence the methods themselves put into words, or take."""


_models: dict[str, Any] = {}


def models() -> dict[str, Any]:
    """aiogram's method classes by their name in small letters. The first call imports aiogram, which takes seconds."""
    if not _models:
        _models.update(_load())
    return _models


def are_loaded() -> bool:
    return bool(_models)


def _load() -> dict[str, Any]:
    from aiogram import methods  # noqa: PLC0415 (see models)
    from aiogram.methods.base import TelegramMethod  # noqa: PLC0415

    found = (getattr(methods, name) for name in methods.__all__)
    return {
        model.__api_method__.lower(): model
        for model in found
        if isinstance(model, type) and issubclass(model, TelegramMethod) and model is not TelegramMethod
    }


def check(method: str, params: Json, files: dict[str, Upload]) -> None:
    """Hold a call against aiogram's model. `params` are decoded already. Raises ApiError."""
    model = models().get(method)
    if model is None:
        return
    given = params
    if files and not files.keys() <= params.keys():
        given = {**{name: f"attach://{name}" for name in files}, **params}
    try:
        model.model_validate(given)
    except ValidationError as error:
        for complaint in error.errors(include_url=False, include_input=False, include_context=False):
            _refuse(method, params, complaint["type"], complaint["loc"], complaint["msg"])


def _refuse(method: str, params: Json, kind: str, path: tuple[int | str, ...], message: str) -> None:
    field = str(path[0]) if path else ""
    if kind == "missing" and len(path) == 1:
        if (method, field) in OPTIONAL_IN_TELEGRAM:
            return
        raise bad_request(MISSING.get(field, f'Parameter "{field}" is required'))
    if field in OWN_READERS:
        OWN_READERS[field](params[field])
        return
    raise bad_request(f'invalid parameter "{".".join(map(str, path))}": {message}')
