"""HTML to text and entities, refused exactly as Telegram refuses it.

Offsets in errors count UTF-8 bytes of what was sent; offsets of entities count UTF-16 units of the text that
comes out. Only &lt; &gt; &amp; &quot; and numeric references are decoded, a semicolon at their end may miss, and
anything else that looks like a reference stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.errors import Json, bad_request
from sandbox.links import BadLinkError, checked_link, linked_user

SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
}
TAGS = SIMPLE_TAGS.keys() | {"a", "code", "pre", "blockquote", "tg-emoji", "tg-time"}
REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}

SPECIAL = re.compile(r"[<&]")
REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]*)|#([0-9]*)|([A-Za-z]*));?")
NAME_END = re.compile(r"[ \t\r\n\0\v>]")
SPACES = re.compile(r"[ \t\r\n\v]*")
ATTRIBUTE_NAME = re.compile(r"[^ \t\r\n\0\v=>/\"']*")
NAME_TOKEN = re.compile(r"[A-Za-z0-9.\-]*")
SPACE_OR_CLOSE = " \t\r\n\0\v>"


def utf16_length(text: str) -> int:
    """Length in UTF-16 units: characters beyond the basic plane count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def html_escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Text and entities of `source`, not yet trimmed or merged. Raises ApiError with Telegram's text."""
    if not SPECIAL.search(source):
        return source, []
    return _Parser(source).parse()


@dataclass(slots=True)
class _Open:
    tag: str
    argument: str
    unix: str
    offset: int
    piece: int
    """Index of the first piece of output inside the tag."""


class _Parser:
    def __init__(self, source: str) -> None:
        self.source = source
        self.text = source + "\0"  # a sentinel, so that looking one ahead is always allowed
        self.pieces: list[str] = []
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []
        self.has_surrogates = False

    def fail(self, text: str, at: int | None = None) -> Exception:
        where = "" if at is None else f" at byte offset {len(self.source[:at].encode('utf-8', 'surrogatepass'))}"
        return bad_request(f"Can't parse entities: {text}{where}")

    def parse(self) -> tuple[str, list[Json]]:
        position = 0
        while found := SPECIAL.search(self.source, position):
            self.emit(self.source[position : found.start()])
            position = self.reference(found.start()) if found[0] == "&" else self.tag(found.start())
        self.emit(self.source[position:])
        if self.open:
            raise self.fail(f'Can\'t find end tag corresponding to start tag "{self.open[-1].tag}"')
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        text = "".join(self.pieces)
        if self.has_surrogates:
            text = self.checked_surrogates(text)
        return text, self.entities

    def checked_surrogates(self, text: str) -> str:
        try:
            text.encode()
        except UnicodeEncodeError:
            raise self.fail(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ) from None
        return text

    def emit(self, piece: str) -> None:
        if piece:
            self.pieces.append(piece)
            self.offset += utf16_length(piece)

    def reference(self, at: int) -> int:
        character, end = self.decode(at)
        if character is None:
            self.emit("&")
            return at + 1
        if "\ud800" <= character <= "\udfff":
            self.has_surrogates = True
        self.emit(character)
        return end

    def decode(self, at: int) -> tuple[str | None, int]:
        """The character that a reference stands for, or None where it is plain text; and where it ends."""
        found = REFERENCE.match(self.text, at)
        if found is None:
            return None, at
        hexadecimal, decimal, name = found.groups()
        if name is not None:
            return REFERENCES.get(name), found.end()
        digits = hexadecimal if hexadecimal is not None else decimal
        width = (3 if hexadecimal is not None else 2) + len(digits)
        code = int(digits, 16 if hexadecimal is not None else 10) if digits else 0
        if code == 0 or code >= 0x10FFFF or width >= 10:
            return None, at
        return chr(code), found.end()

    def tag(self, at: int) -> int:
        return self.end_tag(at) if self.text[at + 1] == "/" else self.start_tag(at)

    def end_tag(self, at: int) -> int:
        if not self.open:
            raise self.fail("Unexpected end tag", at)
        name_end = self.find(NAME_END, at + 2)
        name = self.text[at + 2 : name_end].lower()
        close = self.skip_spaces(name_end)
        if self.text[close] != ">":
            raise self.fail("Unclosed end tag", at)
        started = self.open[-1]
        if name and name != started.tag:
            where = len(self.source[:at].encode("utf-8", "surrogatepass"))
            raise self.fail(f'Unmatched end tag at byte offset {where}, expected "</{started.tag}>", found "</{name}>"')
        if self.offset > started.offset:
            self.close(started)
        self.open.pop()
        return close + 1

    def start_tag(self, at: int) -> int:
        position = self.find(NAME_END, at + 1)
        if self.text[position] == "\0":
            raise self.fail("Unclosed start tag", at)
        tag = self.text[at + 1 : position].lower()
        if tag not in TAGS:
            raise self.fail(f'Unsupported start tag "{tag}"', at)
        argument, unix = "", "0"
        while self.text[position] != ">":
            position = self.skip_spaces(position)
            if self.text[position] == ">":
                break
            position, name, value = self.attribute(position, tag, at)
            if tag == "blockquote" and name == "expandable":
                argument = "1"
            elif tag == "tg-time" and name == "unix" and value is not None:
                unix = value
            elif value is not None:
                argument = _argument(tag, name, value) or argument
        if tag == "span" and argument != "spoiler":
            raise self.fail('Tag "span" must have class "tg-spoiler"', at)
        self.open.append(_Open(tag, argument, unix, self.offset, len(self.pieces)))
        return position + 1

    def attribute(self, position: int, tag: str, at: int) -> tuple[int, str, str | None]:
        """One attribute from `position`: where it ends, its name, and its value if it has one."""
        name_end = self.find_match(ATTRIBUTE_NAME, position)
        name = self.text[position:name_end]
        if not name:
            raise self.fail(f'Empty attribute name in the tag "{tag}"', at)
        position = self.skip_spaces(name_end)
        if self.text[position] == "\0":
            raise self.fail(f'Unclosed start tag "{tag}"', at)
        if self.text[position] != "=":
            return position, name, None
        position = self.skip_spaces(position + 1)
        if self.text[position] == "\0":
            raise self.fail(f'Unclosed start tag "{tag}"', at)
        position, value = self.value(position)
        if self.text[position] == "\0":
            raise self.fail("Unclosed start tag", at)
        return position, name, value

    def value(self, position: int) -> tuple[int, str]:
        quote = self.text[position]
        if quote not in "'\"":
            end = self.find_match(NAME_TOKEN, position)
            if self.text[end] not in SPACE_OR_CLOSE:
                raise self.fail("Unexpected end of name token", position)
            return end, self.text[position:end].lower()
        position += 1
        value: list[str] = []
        while self.text[position] not in (quote, "\0"):
            character, end = self.decode(position) if self.text[position] == "&" else (None, position)
            value.append(self.text[position] if character is None else character)
            position = position + 1 if character is None else end
        return position + (self.text[position] == quote), "".join(value)

    def find(self, pattern: re.Pattern[str], position: int) -> int:
        found = pattern.search(self.text, position)
        return found.start() if found else len(self.source)

    def find_match(self, pattern: re.Pattern[str], position: int) -> int:
        found = pattern.match(self.text, position)
        return found.end() if found else position

    def skip_spaces(self, position: int) -> int:
        return self.find_match(SPACES, position)

    def close(self, started: _Open) -> None:
        """Turn a finished tag that holds some text into an entity."""
        entity: Json = {"offset": started.offset, "length": self.offset - started.offset}
        tag = started.tag
        if tag in SIMPLE_TAGS:
            self.entities.append({**entity, "type": SIMPLE_TAGS[tag]})
        elif tag == "blockquote":
            self.entities.append({**entity, "type": "expandable_blockquote" if started.argument else "blockquote"})
        elif tag == "tg-emoji":
            if not re.fullmatch(r"-?\d{1,19}", started.argument) or int(started.argument) == 0:
                raise self.fail("Invalid custom emoji identifier specified")
            self.entities.append({**entity, "type": "custom_emoji", "custom_emoji_id": started.argument})
        elif tag == "tg-time":
            self.close_time(entity, started)
        elif tag == "a":
            self.close_link(entity, started)
        else:
            self.close_code(entity, started)

    def close_time(self, entity: Json, started: _Open) -> None:
        if started.argument and not re.fullmatch(r"r|R|[tTdDwW]+", started.argument):
            raise self.fail("Invalid date format used")
        found = re.match(r"-?\d+", started.unix)
        unix = int(found[0]) if found else 0
        if unix > 0:
            how = {"unix_time": unix, "date_time_format": started.argument}
            self.entities.append({**entity, "type": "date_time", **how})

    def close_link(self, entity: Json, started: _Open) -> None:
        link = started.argument or "".join(self.pieces[started.piece :])
        user_id = linked_user(link)
        if user_id is not None:
            self.entities.append({**entity, "type": "text_mention", "user": user_id})
            return
        try:
            self.entities.append({**entity, "type": "text_link", "url": checked_link(link)})
        except BadLinkError:
            return  # what is no link stays text

    def close_code(self, entity: Json, started: _Open) -> None:
        """<pre> and <code> over the same text become one, with a language if the inner or outer code names it."""
        last = self.entities[-1] if self.entities else None
        same = last is not None and all(last[key] == entity[key] for key in ("offset", "length"))
        if started.tag == "pre":
            if same and last is not None and last["type"] == "code" and last.get("language"):
                last["type"] = "pre"
            else:
                self.entities.append({**entity, "type": "pre"})
        elif same and last is not None and last["type"] == "pre" and started.argument:
            last["language"] = started.argument
        else:
            language = {"language": started.argument} if started.argument else {}
            self.entities.append({**entity, "type": "code", **language})


def _argument(tag: str, name: str, value: str) -> str:
    """What a tag keeps of an attribute; most attributes mean nothing and are dropped."""
    if (tag, name) in (("a", "href"), ("tg-emoji", "emoji-id"), ("tg-time", "format")):
        return value
    if tag == "code" and name == "class" and value.startswith("language-"):
        return value[9:]
    if tag == "span" and name == "class" and value.startswith("tg-"):
        return value[3:]
    return ""
