"""The way in: updates are stored, committed, and only then acknowledged. Nothing is answered here."""

from typing import Final

from prometheus_client import Counter

STORED: Final = Counter("rounds_updates_stored", "Updates that came in and were not there yet.")

ALLOWED_UPDATES: Final = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member")
"""The kinds we ask Telegram for. What it sends besides is stored all the same."""


def path_of(bot_id: int | str) -> str:
    """Where a bot's webhook is."""
    return f"/telegram/{bot_id}"
