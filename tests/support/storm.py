"""Bad weather: random updates of every kind that the Bot API knows, built from aiogram's own models, and worse ones.

Deterministic: the same seed makes the same storm, as long as what the phones show is the same.
"""

import itertools
import random
import string
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from aiogram.client.default import Default
from aiogram.types import Message, Update
from pydantic import BaseModel
from pydantic.fields import FieldInfo

Json = dict[str, Any]

NOON: Final = 1_773_201_600  # Wednesday 11 March 2026
DEEPEST: Final = 3
KINDS: Final = tuple(name for name in Update.model_fields if name != "update_id")
"""Every kind of update that this aiogram knows."""
IN_PRIVATE: Final = frozenset({"message", "edited_message", "callback_query"})
"""The kinds by which a person talks to us."""

_ZALGO = "".join(letter + "".join(map(chr, range(0x300, 0x318))) for letter in "zalgo")
_FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f1e8\U0001f1f3\U0001f44d\U0001f3ff"
HOSTILE: Final = (
    *("", " ", "\n", "\t \u3000", "\x00", "a\x00b", "\ufeff", "\u200b\u200d\u2060", "\u2028\u2029", "\r\n\r\n"),
    *("\ud83d", "\udc00\ud83d", "half \ud83d pair", "".join(map(chr, range(1, 32))), "\x7f\x80\x9f", "\ufffe\uffff"),
    *(
        "\u202eevil\u202c 左",
        "\u2067مرحبا\u2069",
        "שלום עולם",
        "\u200f\u200e\u200f",
        _ZALGO,
        "\u0301" * 300,
        _FAMILY,
        _FAMILY * 90,
    ),
    *(
        "<b>",
        "</b>",
        "<b><i></b></i>",
        "<script>alert(1)</script>",
        '<a href="javascript:x">y</a>',
        "<",
        "&",
        "&lt;b&gt;",
    ),
    *(
        "&#0;",
        "&#x110000;",
        "&nbsp;",
        "<tg-spoiler>",
        "<pre><code class='x'>",
        "]]>",
        "<!--",
        '"',
        "'",
        "`",
        "\\",
        "*_[]()~",
    ),
    *(
        "{{ 7*7 }}",
        "{% include '/etc/passwd' %}",
        "{{ config }}",
        "{#",
        "${7*7}",
        "%s %d %(name)s %",
        "%",
        "%%(x)s",
        "{0}",
    ),
    *(
        "'; DROP TABLE visit; --",
        "1 OR 1=1",
        "\\'; SELECT pg_sleep(9)--",
        "$$",
        "%_%",
        "~*",
        "a' UNION SELECT 1",
        "\\x00",
    ),
    *("a" * 4096, "长" * 4096, "😀" * 2048, "<" * 4096, "&amp;" * 819, "\n" * 4096, "a " * 2048, "\u0300" * 4096),
    *(
        "9" * 400,
        "-1",
        "0",
        "1e999999",
        "NaN",
        "∞",
        "½",
        "①②③",
        "٣٤٥",
        "９９９９",
        "一百亿亿",
        "-5万",
        "99999999亿",
        "3.14.15",
    ),
    *(
        "2月30号",
        "-9999999天后",
        "下下下下下下下周",
        "99999年后",
        "昨天",
        "明天下午3点",
        "0000-00-00",
        "13月45日",
        "25:99",
        "now",
    ),
    *("+86 138 0013 8000", "tel:", "000", "138001380001380013800138000", "a@b.c", "http://[::1", "t.me/x?start=y"),
    *(
        "null",
        "undefined",
        "true",
        "[]",
        "{}",
        '{"a":',
        "None",
        "__import__('os')",
        "../../etc/passwd",
        "C:\\con",
        "/dev/null",
    ),
)
COMMANDS: Final = (
    *(
        "/",
        "//",
        "/ ",
        "/@",
        "/@bot",
        "/\x00",
        "/\ud83d",
        "/start",
        "/start ",
        "/start x",
        "/START",
        "/help@other_bot",
        "/帮助",
    ),
    *(
        "/start " + "A" * 32,
        "/start " + "A" * 64,
        "/start " + "A" * 999,
        "/start ../..",
        "/start\nx",
        "/start\u2028x",
        "/visit\t",
    ),
    *(
        "/nonsense",
        "/" + "x" * 4000,
        "/visit",
        "/visit 华",
        "/visit \x00",
        "/customer",
        "/customer %",
        "/find",
        "/find _",
    ),
    *(
        "/new",
        "/new x",
        "/new " + "长" * 500,
        "/new <b>",
        "/today",
        "/today\n\n",
        "/admin",
        "/admin 1",
        "/language",
        "/cancel",
    ),
    *(
        "/cancel now",
        "/help",
        "/settings",
        "/stop",
        "/visit@huaning_rounds_bot",
        "/find@HUANING_ROUNDS_BOT 锐驰",
        "/undo",
        "/-1",
    ),
)


@dataclass(frozen=True, slots=True)
class Someone:
    """A person in the storm. `known` people are in the company."""

    user_id: int
    name: str
    known: bool
    is_admin: bool = False

    def user(self) -> Json:
        return {"id": self.user_id, "is_bot": False, "first_name": self.name, "language_code": "zh-hans"}

    def chat(self) -> Json:
        return {"id": self.user_id, "type": "private", "first_name": self.name}


@dataclass
class Aims:
    """What forged buttons may aim at, refreshed as the storm goes on."""

    keys: Sequence[str] = ()
    ids: Sequence[int] = (0,)
    buttons: Mapping[int, Sequence[tuple[int, str]]] = field(default_factory=dict)  # by person: message, data
    words: Sequence[str] = ()


class Storm:
    """Makes one update after the other. `update()` gives it without its number."""

    def __init__(self, seed: int, people: Sequence[Someone], bot_id: int) -> None:
        self.rng = random.Random(seed)
        self.people = people
        self.bot_id = bot_id
        self.aims = Aims()
        self._kinds = itertools.cycle(self.rng.sample(KINDS, len(KINDS)))
        self._contents = itertools.cycle(self.rng.sample(_CONTENTS, len(_CONTENTS)))
        self._builder = Builder(self.rng, self.text, self._any_user, self._any_chat)
        self._makers: tuple[tuple[int, Callable[[], Json]], ...] = (
            (30, self._sensible),
            (22, self._said),
            (8, self._command),
            (10, self._sent),
            (16, self._tapped),
            (4, self._edited),
            (3, self._strange_tap),
            (2, self._elsewhere),
            (4, self._any_kind),
            (1, self._future),
        )

    def update(self) -> Json:
        makers, weights = [make for _, make in self._makers], [weight for weight, _ in self._makers]
        return self.rng.choices(makers, weights)[0]()

    # --- words

    def text(self) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.45:
            return rng.choice(HOSTILE)
        if kind < 0.75 and self.aims.words:
            return rng.choice(self.aims.words)
        if kind < 0.85:
            return rng.choice(HOSTILE) + rng.choice(HOSTILE)
        pool = rng.choice(
            (string.printable, "华宁锐驰科技有限公司电子", "".join(map(chr, range(0x300, 0x360))), "<>&\"'%{}")
        )
        return "".join(rng.choices(pool, k=rng.choice((1, 2, 5, 30, 300))))

    def entities(self, words: str) -> list[Json]:
        """Entities that may lie anywhere, even where nothing is."""
        kinds = ("bold", "text_link", "bot_command", "custom_emoji", "pre", "blockquote", "mention", "sparkle", "")
        number = self.rng.choice((-5, 0, 1, len(words), 10**6))
        return [
            {"type": self.rng.choice(kinds), "offset": number, "length": self.rng.choice((0, 1, -1, 10**9))}
            for _ in range(self.rng.randrange(3))
        ]

    # --- what people say and do in private

    def _between(self, someone: Someone) -> Json:
        return {"date": NOON + self.rng.randrange(-100, 100), "chat": someone.chat(), "from": someone.user()}

    def _message(self, someone: Someone, words: str) -> Json:
        body = self._between(someone) | {"text": words}
        if self.rng.random() < 0.2:
            body["entities"] = self.entities(words)
        return body

    def _said(self) -> Json:
        return {"message": self._message(self.rng.choice(self.people), self.text())}

    def _sensible(self) -> Json:
        """What people really do, so that the storm gets to the inside of things: they go on from the newest card."""
        known = [one for one in self.people if one.known]
        admins = [one for one in known if one.is_admin]
        someone = self.rng.choice(admins if self.rng.random() < 0.15 else known)
        shown = self.aims.buttons.get(someone.user_id) or ()
        newest = [button for button in shown if button[0] == shown[-1][0]]
        if not newest or self.rng.random() < 0.35:
            words = self.rng.choice(
                (*self.aims.words, *(f"{one} {self.rng.choice(self.aims.words)}" for one in _STARTS))
            )
            return {"message": self._message(someone, words)}
        saves = [button for button in newest if button[1].endswith(_GO_ON)]
        message_id, data = self.rng.choice(saves if saves and self.rng.random() < 0.5 else newest)
        return self._pressed(someone, message_id, data)

    def _pressed(self, someone: Someone, message_id: int, data: str) -> Json:
        card = {"message_id": message_id, "date": NOON, "chat": someone.chat(), "text": "…", "from": self._bot()}
        return {"callback_query": self._query(someone) | {"message": card, "data": data}}

    def _command(self) -> Json:
        words = self.rng.choice(COMMANDS) + (f" {self.text()}" if self.rng.random() < 0.4 else "")
        return {"message": self._message(self.rng.choice(self.people), words)}

    def _sent(self) -> Json:
        """Content of any kind: photos, stickers, places, polls, service messages…"""
        someone = self.rng.choice(self.people)
        names = [next(self._contents) for _ in range(self.rng.choice((1, 1, 1, 2, 3)))]
        if self.rng.random() < 0.25:
            names = [self.rng.choice(("photo", "location", "voice", "contact", "document"))]
        content = self._builder.some_of(Message, names)
        if "photo" in names and not content.get("photo"):
            content["photo"] = [{"file_id": f"F{self.rng.random()}", "file_unique_id": "U", "width": 1, "height": 1}]
        if self.rng.random() < 0.2:
            content["caption"] = self.text()
        if self.rng.random() < 0.2:
            content["media_group_id"] = str(self.rng.randrange(3))
        return {"message": content | self._between(someone)}

    def _edited(self) -> Json:
        someone = self.rng.choice(self.people)
        body = self._message(someone, self.text())
        if self.rng.random() < 0.3:
            body = self._sent()["message"]
        return {"edited_message": body | {"message_id": self.rng.choice((1, 5, 10**9)), "edit_date": NOON}}

    def _tapped(self) -> Json:
        """Mostly a button that is there; one of somebody else's, or one that never was."""
        someone = self.rng.choice(self.people)
        shown = self.aims.buttons.get(someone.user_id) or ()
        kind = self.rng.random()
        if shown and kind < 0.55:
            newest = shown[-12:] if self.rng.random() < 0.7 else shown
            message_id, data = self.rng.choice(newest)
        elif kind < 0.7:
            others = self.aims.buttons.get(self.rng.choice(self.people).user_id) or [(1, "customer:1:1")]
            message_id, data = self.rng.choice(others)
        else:
            message_id, data = self.rng.choice((1, 7, 10**6, 2**31 - 1)), self.forged()
        return self._pressed(someone, message_id, data)

    def forged(self) -> str:
        """Button data that nobody of ours made."""
        rng = self.rng
        if rng.random() < 0.2:
            made = "".join(rng.choices(string.printable + "华\x00\ud83d:", k=rng.randrange(65)))
            return rng.choice(
                (made, ":::", "form", "form:", "form:1", "form:1:", "1:1:1", "form:1:1:", "form:-1:-1:v.x")
            )
        number = rng.choice((*self.aims.ids, 0, 2**31, 2**63 - 1, 10**17, 10**18, 10**30))
        revision = rng.choice((0, 1, 2, 3, 4, 5, 7, 9, 10**17))
        arg = rng.choice((*_ARGUMENTS, self.text()[:30]))
        return f"{rng.choice(self.aims.keys)}:{number}:{revision}:{arg}"

    def _query(self, someone: Someone) -> Json:
        return {"id": str(self.rng.getrandbits(62)), "from": someone.user(), "chat_instance": "1"}

    def _strange_tap(self) -> Json:
        """Taps without a message, on one too old to be shown, on a game, in a group."""
        someone = self.rng.choice(self.people)
        query = self._query(someone)
        gone = {"chat": someone.chat(), "message_id": self.rng.randrange(9), "date": 0}
        group = {"chat": self._group(), "message_id": 3, "date": NOON, "text": "x"}
        shapes: tuple[Json, ...] = (
            {"inline_message_id": "AAAA", "data": self.forged()},
            {"inline_message_id": "AAAA", "game_short_name": self.text()[:20]},
            {"message": gone, "data": self.forged()},
            {"message": gone},
            {"message": gone, "game_short_name": "x"},
            {"message": group, "data": self.forged()},
            {"data": self.forged()},
        )
        return {"callback_query": query | self.rng.choice(shapes)}

    # --- elsewhere

    def _bot(self) -> Json:
        return {"id": self.bot_id, "is_bot": True, "first_name": "随访"}

    def _group(self) -> Json:
        kind, number = self.rng.choice((("group", -500), ("supergroup", -1_001_000_500), ("channel", -1_001_000_900)))
        return {"id": number, "type": kind, "title": "群"}

    def _elsewhere(self) -> Json:
        """Groups, supergroups and channels: talk, commands, content, edits."""
        place = self._group()
        source = self.rng.choice((self._said, self._command, self._sent))()["message"] | {"chat": place}
        kind = "channel_post" if place["type"] == "channel" else "message"
        if kind == "channel_post":
            source.pop("from")
            source["sender_chat"] = place
        if self.rng.random() < 0.3:
            kind = f"edited_{kind}"
            source |= {"message_id": 3, "edit_date": NOON}
        return {kind: source}

    def _any_kind(self) -> Json:
        """Any kind that the Bot API has, as its models describe it."""
        kind = next(self._kinds)
        made = self._builder.value(Update.model_fields[kind].annotation, depth=1)
        if kind == "callback_query":  # its number is Telegram's own, and nobody can forge it
            made["id"] = str(self.rng.getrandbits(62))
        return {kind: made}

    def _future(self) -> Json:
        """What the Bot API does not have yet: new kinds, new members of old kinds, new values."""
        someone = self.rng.choice(self.people)
        body = self._message(someone, self.text())
        shapes: tuple[Json, ...] = (
            {"quantum_message": body},
            {"quantum_message": [1, 2]},
            {"telepathy": {"user": someone.user(), "thought": self.text()}},
            {"message": body | {"hologram": {"file_id": "x"}, "from": someone.user() | {"aura": 1}}},
            {"message": {k: v for k, v in body.items() if k != "text"} | {"hologram": {"file_id": "x"}}},
            {"message": body | {"forward_origin": {"type": "telepathic", "date": NOON}}},
            {"message": body | {"effect_id": 17, "via_bot": {"id": "x"}}},
            {"message": body | {"reply_markup": {"inline_keyboard": [[{"text": 1}]]}}},
            {"message": body | {"external_reply": {"origin": {"type": "dream"}}}},
            {"message": body | {"sticker": {"type": "smell"}}},
            {"my_chat_member": {"chat": someone.chat(), "from": someone.user(), "date": NOON, "new": "?"}},
            {},
        )
        return self.rng.choice(shapes)

    def _any_user(self) -> Json:
        return self.rng.choice(self.people).user()

    def _any_chat(self) -> Json:
        return self.rng.choice((self.rng.choice(self.people).chat(), self._group()))


_STARTS: Final = ("/visit", "/new 新城", "/find", "/customer")
_GO_ON: Final = (":save", ":confirm.customer.similar", ":confirm.customer.similar_hidden")
_ARGUMENTS: Final = (
    *(
        "",
        "save",
        "cancel",
        "edit",
        "card",
        "skip",
        "back",
        "new",
        "open",
        "open.customer",
        "open.nothing",
        "open.name",
    ),
    *("v", "v.", "v.1", "v.2", "v.phone", "v.admin", "v.2026-03-12", "v.1900-01-01", "v.99999-01-01", "v.-60", "v.١٢"),
    *(
        "confirm",
        "confirm.customer.similar",
        "confirm.customer.similar_hidden",
        "confirm.x",
        "page",
        "page.0",
        "page.-1",
    ),
    *(
        "page.99999999999999999999",
        "a1",
        "a0",
        "b1",
        "a99999999999999999",
        "a1 华",
        "b-1 x",
        "below",
        "zh",
        "en",
        "xx",
        "name",
    ),
    *("phone", "owner_id", "revision", "value", "industry", "__class__"),
)

_NO_CONTENT = frozenset({"message_id", "date", "chat", "from_user", "text", "entities"})
_CONTENTS: Final = tuple(name for name in Message.model_fields if name not in _NO_CONTENT)


class Builder:
    """JSON that a model of the Bot API would read: what is required always, what is optional sometimes."""

    def __init__(
        self, rng: random.Random, words: Callable[[], str], user: Callable[[], Json], chat: Callable[[], Json]
    ) -> None:
        self.rng, self.words, self.user, self.chat = rng, words, user, chat

    def some_of(self, model: type[BaseModel], names: Sequence[str]) -> Json:
        """These fields of a model."""
        fields = {name: model.model_fields[name] for name in names}
        made = {_alias(name, info): self.value(info.annotation, depth=1) for name, info in fields.items()}
        return {name: value for name, value in made.items() if value is not None}

    def model(self, model: type[BaseModel], depth: int) -> Json:
        if model.__name__ == "User":
            return self.user()
        if model.__name__ == "Chat":
            return self.chat()
        share = 0.15 if depth < DEEPEST else 0.0
        made: Json = {}
        for name, info in model.model_fields.items():
            is_tag = typing.get_origin(info.annotation) is Literal
            if info.is_required() or is_tag or self.rng.random() < share:
                value = self.value(info.annotation, depth + 1)
                if value is not None:
                    made[_alias(name, info)] = value
        return made

    def value(self, annotation: Any, depth: int) -> Any:
        annotation = getattr(annotation, "__value__", annotation)
        origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is typing.Annotated:
            return self.value(arguments[0], depth)
        if origin is Literal:
            return self.rng.choice(arguments)
        if origin is list:
            most = 3 if depth < DEEPEST else 1
            return [self.value(arguments[0], depth + 1) for _ in range(self.rng.randrange(most + 1))]
        if arguments:  # a union
            wanted = [one for one in arguments if one not in (type(None), Default, timedelta)]
            return self.value(self.rng.choice(wanted), depth) if wanted else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            return self.model(annotation, depth)
        return self._plain(annotation)

    def _plain(self, kind: Any) -> Any:
        if kind is bool:
            return self.rng.random() < 0.5
        if kind is int:
            return self.rng.choice((0, 1, 7, -1, 10**9, -(10**12), 2**52))
        if kind is float:
            return self.rng.choice((0.0, 22.5, -90.0, 113.93, 180.0, 1e9, -0.1))
        if kind is datetime:
            return self.rng.choice((0, NOON, NOON + 10**7))
        return self.words()


def _alias(name: str, info: FieldInfo) -> str:
    return info.alias or name
