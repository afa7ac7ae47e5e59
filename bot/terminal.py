"""Text for a terminal: what people wrote is shown there, and does nothing."""

import unicodedata
from typing import Final

_OBEYED: Final = frozenset({"Cc", "Cf", "Zl", "Zp"})  # controls, directions and other invisible signs, line ends


def printable(text: str) -> str:
    """The text on one line, with each sign that a terminal would obey written out: `\\x1b[2J` clears nothing."""
    if text.isprintable():
        return text
    return "".join(
        one.encode("unicode_escape").decode() if unicodedata.category(one) in _OBEYED else one for one in text
    )
