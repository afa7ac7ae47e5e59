"""Words that press a form's buttons: whoever types 保存 means Save, and answers nothing with it."""

from typing import Final

from conversations.engine import Do

_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "save": ("保存", "确认保存", "提交", "save", "submit"),
    "back": ("返回", "上一步", "back", "go back"),
    "skip": ("跳过", "略过", "skip"),
}
_PRESSED: Final = {word: Do(verb) for verb, words in _WORDS.items() for word in words}
_SIGNS: Final = " \t\n。.!！~～"


def plain(text: str) -> str:
    """Words as they are looked up: small letters, without the signs around them."""
    return " ".join(text.casefold().split()).strip(_SIGNS)


def pressed(text: str) -> Do | None:
    """The button that the words name, if they are all that was typed."""
    return _PRESSED.get(plain(text))
