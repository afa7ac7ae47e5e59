"""Pictures that we draw ourselves: SVG from a template, made a PNG when it is sent, with a font that has all of Han.

A picture travels through the outbox as its SVG: no file to keep, and nothing is drawn while a transaction is open.
"""

import threading
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from screens.render import environment
from screens.screen import Picture

FONT: Final = "Noto Sans CJK SC"
_DOTS_AN_INCH: Final = 144.0  # two dots a unit of the drawing: sharp on a phone, and within what is sent unscaled
_SIGNS_BEGIN: Final = 0x2000
_KNOWN_SIGNS: Final = frozenset("★☆●○◆▲△▼▽①②③④⑤⑥⑦⑧⑨⑩↑×·–…")
_WITHOUT_GLYPH: Final = frozenset({"So", "Sk", "Cs", "Co", "Cn", "Cf"})
_SOURCE: Final = b'#set page(width: auto, height: auto, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg")\n'
_one_at_a_time: Final = threading.Lock()


def drawn(template: str, facts: Mapping[str, Any], language: str, name: str) -> Picture:
    """The picture of an SVG template; `name` is the file's name for who saves it."""
    svg = environment(language).get_template(template).render({**facts, "font": FONT})
    return {"svg": "".join(one for one in svg if _has_glyph(one)), "name": f"{name}.png"}


def _has_glyph(character: str) -> bool:
    """Whether the font draws it; else it is left out, as a box says nothing: emoji, signs, private characters."""
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:  # control characters: no XML may hold them
        return character in "\n\t"
    if code < _SIGNS_BEGIN or character in _KNOWN_SIGNS:
        return True
    if 0xFE00 <= code <= 0xFE0F or unicodedata.category(character) in _WITHOUT_GLYPH:
        return False
    return code <= 0xFFFF or 0x20000 <= code < 0x31350


def png(svg: str) -> bytes:
    """The SVG as a PNG. Takes some 50 ms without the interpreter's lock: call it in a thread."""
    with _one_at_a_time:
        made = _compiler().compile(input=_SOURCE, format="png", ppi=_DOTS_AN_INCH, sys_inputs={"svg": svg})
    return made if isinstance(made, bytes) else b"".join(made or ())


@cache
def _compiler() -> Any:
    import noto_cjk_sans_otc  # noqa: PLC0415 - only who draws needs them
    import typst  # noqa: PLC0415

    return typst.Compiler(font_paths=[Path(str(noto_cjk_sans_otc.__file__)).parent], ignore_system_fonts=True)


def wide(text: str, size: float) -> float:
    """About how wide a text stands, in the drawing's units: Han characters are square."""
    return sum(size if ord(one) > 0x2E80 else size * 0.58 for one in text)
