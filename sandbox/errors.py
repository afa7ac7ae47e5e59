"""What the server says when it refuses: codes, texts and the envelope around them.

The texts are those of the public Bot API server. Two rules shape them: a description gets the name of its
code in front ("Bad Request: "), and its first letter becomes small unless the second character is a capital
or an underscore, so that `BUTTON_DATA_INVALID` stays as it is.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

PREFIXES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}

UNTITLED = {
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    409: "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLL = UNTITLED[409]
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
SET_WEBHOOK = "Conflict: terminated by setWebhook request"


class ApiError(Exception):
    """A refused call. `description` is the full text that the caller reads."""

    def __init__(self, code: int, description: str, **parameters: int | None) -> None:
        """`parameters` are those of ResponseParameters: retry_after, migrate_to_chat_id."""
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = {name: value for name, value in parameters.items() if value is not None}

    def envelope(self) -> Json:
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def described(code: int, text: str) -> str:
    """Put the name of the code in front of `text`, the way the real server does."""
    prefix = PREFIXES[code]
    if text.startswith(prefix):
        return text
    if len(text) >= 2 and (text[1] == "_" or "A" <= text[1] <= "Z"):
        return f"{prefix}: {text}"
    return f"{prefix}: {text[:1].lower()}{text[1:]}"


def bad_request(text: str) -> ApiError:
    return ApiError(400, described(400, text))


def forbidden(text: str) -> ApiError:
    return ApiError(403, described(403, text))


def too_many_requests(retry_after: int) -> ApiError:
    return ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def plain(code: int) -> ApiError:
    """An error of which only the code is known, as a fault may ask for it."""
    return ApiError(code, UNTITLED.get(code, f"Error {code}") if code != 400 else "Bad Request")
