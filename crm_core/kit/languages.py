"""The languages that Rounds speaks."""

from typing import Final, Literal

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")


def language_of(code: str | None) -> Language | None:
    """Our language for a messenger's code (`zh-hans`, `zh-TW` → zh, others → en); none when it says nothing."""
    if not code:
        return None
    return "zh" if code.lower().split("-", maxsplit=1)[0] in ("zh", "yue") else "en"
