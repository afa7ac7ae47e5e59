"""Fields of JSON objects that a caller sent, read with Telegram's leniency and refused in its words."""

from __future__ import annotations

from typing import Any

from sandbox.errors import Json, bad_request


def text_in(raw: Json, name: str, where: str = "", *, default: str | None = None) -> str:
    """A string field; a number counts as its digits. Without a default it has to be there. Raises ApiError.

    `where` begins the refusal, as in "Can't parse BotCommand: ".
    """
    value = raw.get(name)
    if value is None:
        if default is None:
            raise bad_request(f'{where}Can\'t find field "{name}"')
        return default
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise bad_request(f'{where}Field "{name}" must be of type String')


def number_in(raw: Json, name: str, where: str = "") -> int:
    """A whole number that has to be there, perhaps as a string. Raises ApiError."""
    value: Any = raw.get(name)
    if value is None:
        raise bad_request(f'{where}Can\'t find field "{name}"')
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise bad_request(f'{where}Field "{name}" must be a valid Number')
    return value


def object_in(raw: Json, name: str, where: str = "") -> Json:
    """An object field that has to be there. Raises ApiError."""
    value = raw.get(name)
    if value is None:
        raise bad_request(f'{where}Can\'t find field "{name}"')
    if not isinstance(value, dict):
        raise bad_request(f'{where}Field "{name}" must be of type Object')
    return value
