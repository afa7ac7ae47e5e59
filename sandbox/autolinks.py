"""What Telegram finds in a text by reading it: commands, mentions, tags, addresses, numbers.

A plain reading, not Telegram's own: it takes the shapes that people write in a field team's chat, and leaves
out bank cards and most of the thousand top-level domains.
"""

from __future__ import annotations

import re

from sandbox.entities import utf16_length
from sandbox.errors import Json

SIGNS = re.compile(r"[/@#$.+]|[0-9]{7}")
DOMAINS = "com|org|net|cn|io|me|app|dev|info|biz|co|edu|gov|hk|tw|jp|uk|de|ru|ai|tech|site|online|shop|top|xyz"
REST = r"""[^\s<>"'`，。！？；：（）「」]*[^\s<>"'`，。！？；：（）「」.,!?;:)\]]"""
"""The rest of an address: to the next space or Chinese stop, without the stop that ends a sentence."""
FOUND = re.compile(
    rf"""
      (?P<url>\bhttps?://{REST}
        | (?<![\w@.\-/])(?:[a-z0-9-]+\.)+(?:{DOMAINS})\b(?![@\w])(?::[0-9]+)?(?:/{REST})?/?)
    | (?P<email>(?<![\w.+\-])[\w.+\-]+@(?:[a-z0-9-]+\.)+[a-z]{{2,}}\b)
    | (?P<bot_command>(?<![\w/<>@.])/[a-z0-9_]{{1,64}}(?:@[a-z0-9_]{{3,32}})?(?![\w/]))
    | (?P<mention>(?<![\w@])@[a-z][a-z0-9_]{{2,31}}(?!\w))
    | (?P<cashtag>(?<![\w$])\$[A-Z]{{3,8}}(?!\w))
    | (?P<hashtag>(?<![\w#])\#(?=\w*[^\W\d])\w{{1,256}})
    | (?P<phone_number>(?<![\w+.\-])(?:\+[0-9][0-9\-\s()]{{6,18}}[0-9]|1[3-9][0-9]{{9}})(?![\w.\-]))
    """,
    re.VERBOSE | re.IGNORECASE,
)


def find_entities(text: str) -> list[Json]:
    """Entities in order, none over another."""
    if not SIGNS.search(text):
        return []
    entities: list[Json] = []
    for found in FOUND.finditer(text):
        kind, words = found.lastgroup, found[0]
        if kind is None or (kind == "cashtag" and not words[1:].isupper()):
            continue
        offset = utf16_length(text[: found.start()])
        entities.append({"offset": offset, "length": utf16_length(words), "type": kind})
    return entities
