"""Reminders from the command line: what would come to somebody on a day."""

import re
from datetime import date
from html import unescape

from sqlalchemy.ext.asyncio import AsyncSession

from bot.errors import MisuseError
from bot.flows import employee_named
from reminders.clock import load
from reminders.preview import preview

_TAGS = re.compile(r"</?(?:b|i|s|code)>")


async def previewed(session: AsyncSession, who: str, on: str) -> list[str]:
    """The messages, as plain text, with a line between them. Raises MisuseError for what is no day."""
    load()
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise MisuseError(f"--on {on}: write a day as 2026-12-01") from None
    texts = await preview(session, await employee_named(session, who, "--as"), day)
    if not texts:
        return [f"Nothing would come on {day}."]
    told: list[str] = []
    for number, text in enumerate(texts, 1):
        told += [f"--- {number} of {len(texts)}", unescape(_TAGS.sub("", text))]
    return told
