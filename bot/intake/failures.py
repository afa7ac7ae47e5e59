"""What may go wrong between Telegram and us on the way in, and how long to wait after it."""

from typing import Final

import aiohttp
import structlog
from aiogram.exceptions import (
    AiogramError,
    TelegramConflictError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)

from bot.logs import redact
from bot.pauses import Backoff

log = structlog.get_logger()

REFUSED: Final = (TelegramUnauthorizedError, TelegramNotFound)
"""What the Bot API says to a token that it does not know: nothing but another token will change that."""

PASSING: Final = (AiogramError, aiohttp.ClientError, TimeoutError, ValueError)
"""Everything else that a call to the Bot API raises; it passes by itself or when somebody mends it over there."""

_CONFLICT_S: Final = 3.0
_CONFLICT: Final = "another program polls for this bot, or has set a webhook: stop it, or use another bot's token here"


def say_refused(bot_id: int, error: BaseException) -> None:
    """One line, no traceback: the fault lies in the settings."""
    log.error("intake.refused", bot=bot_id, why=_words(error), do="put another token in ROUNDS_BOT_TOKENS")


def say_waiting(bot_id: int, error: BaseException, backoff: Backoff) -> float:
    """Say what happened, loudly the first time only, and give the seconds to wait before the next attempt."""
    tell = log.debug if backoff.failures else log.warning
    wait_s = backoff.next_s()
    if isinstance(error, TelegramRetryAfter):
        wait_s = max(wait_s, float(error.retry_after))
    conflict = isinstance(error, TelegramConflictError)
    if conflict:
        wait_s = max(wait_s, _CONFLICT_S)
    tell("intake.waiting", bot=bot_id, why=_CONFLICT if conflict else _words(error), seconds=round(wait_s, 1))
    return wait_s


def _words(error: BaseException) -> str:
    lines = redact(str(error)).splitlines()
    return lines[0] if lines else type(error).__name__
