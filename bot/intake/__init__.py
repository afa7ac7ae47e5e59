"""The way in: updates are stored, committed, and only then acknowledged. Nothing is answered here."""

from typing import Final

ALLOWED_UPDATES: Final = ("message", "edited_message", "channel_post", "callback_query", "my_chat_member")
"""The kinds we ask Telegram for. What it sends besides is stored all the same."""


def path_of(bot_id: int | str) -> str:
    """Where a bot's webhook is."""
    return f"/telegram/{bot_id}"
