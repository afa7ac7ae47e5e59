"""What each refusal of Telegram means: the failure table, as data.

Texts are those of the public Bot API server, compared in small letters: python-telegram-bot changes their case.
"""

from enum import Enum, auto

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    TelegramError,
)

from bot.delivery.transport import MethodError, NotSentError, TokenError, TooFastError, TooLargeError


class Verdict(Enum):
    DONE = auto()  # it is as it should be already
    GONE = auto()  # nothing is left to do it on: dropped
    UNREACHABLE = auto()  # this person, or group, can't be written to: dropped, and noted
    MOVED = auto()  # the group has another id now: tried again there
    AS_NEW = auto()  # can't be edited: what has content is sent as a message of its own
    NO_REPLY = auto()  # what it replies to is gone: sent without
    PLAIN = auto()  # a person must look at it; meanwhile sent once without markup
    BARE = auto()  # … and without buttons
    DEAD = auto()  # a person must look at it
    WAIT = auto()  # too fast: the whole token waits
    LATER = auto()  # Telegram has not taken it: tried again until it does
    UNSURE = auto()  # Telegram may have taken it: by the row's own policy
    HALT = auto()  # the token is refused: no use in going on


BAD_REQUESTS: tuple[tuple[str, Verdict], ...] = (
    ("message is not modified", Verdict.DONE),
    ("message to edit not found", Verdict.AS_NEW),
    ("message can't be edited", Verdict.AS_NEW),
    ("message_id_invalid", Verdict.AS_NEW),
    ("in the message to edit", Verdict.AS_NEW),  # "there is no text in…": it is a picture
    ("message to delete not found", Verdict.GONE),
    ("message can't be deleted", Verdict.GONE),
    ("query is too old", Verdict.GONE),
    ("query id is invalid", Verdict.GONE),
    ("message to be replied not found", Verdict.NO_REPLY),
    ("message to reply not found", Verdict.NO_REPLY),
    ("chat not found", Verdict.UNREACHABLE),
    ("user not found", Verdict.UNREACHABLE),
    ("peer_id_invalid", Verdict.UNREACHABLE),
    ("chat_write_forbidden", Verdict.UNREACHABLE),
    ("rights to send", Verdict.UNREACHABLE),
    ("can't parse entities", Verdict.PLAIN),
    ("unsupported parse_mode", Verdict.PLAIN),
    ("is too long", Verdict.PLAIN),
    ("chat_id is empty", Verdict.DEAD),
    ("text is empty", Verdict.DEAD),
    ("text must be non-empty", Verdict.DEAD),
    ("file", Verdict.DEAD),
)
"""Matched in this order; what matches none is `BARE`: buttons are the commonest cause that is left."""

ERRORS: tuple[tuple[type[TelegramError], Verdict], ...] = (
    (TooFastError, Verdict.WAIT),
    (ChatMigrated, Verdict.MOVED),
    (MethodError, Verdict.DEAD),
    (EndPointNotFound, Verdict.DEAD),
    (TooLargeError, Verdict.DEAD),
    (NotSentError, Verdict.LATER),
    (Conflict, Verdict.LATER),
    (TokenError, Verdict.HALT),
    (InvalidToken, Verdict.HALT),
    (Forbidden, Verdict.UNREACHABLE),
)
"""Matched in this order; what matches none is `UNSURE`: time-outs, 5xx, broken connections, strange answers."""


def judge(error: TelegramError) -> Verdict:
    for kind, verdict in ERRORS:
        if isinstance(error, kind):
            return verdict
    if isinstance(error, BadRequest):
        described = error.message.lower()
        return next((verdict for part, verdict in BAD_REQUESTS if part in described), Verdict.BARE)
    return Verdict.UNSURE
