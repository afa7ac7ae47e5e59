"""Several short words of one's own: 钓鱼、羽毛球; fishing, tea."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final

from conversations.kinds.base import Given, Kind, typed
from crm_core.kit.errors import DomainError, declare
from screens.screen import N_, Msg

if TYPE_CHECKING:
    from conversations.form import Facts

NOT_TAGS = declare("form.not_tags", "value")
TOO_MANY_TAGS = declare("form.too_many_tags", "max")
TAG_TOO_LONG = declare("form.tag_too_long", "value", "max")

_BETWEEN: Final = re.compile(r"\s*[、,，;；/\n]\s*")
_TAG: Final = re.compile(r"[^\W_][\w ·'’.+-]*")


@dataclass(frozen=True)
class Tags(Kind[tuple[str, ...]]):
    """At most `most` words or short phrases of at most `longest` characters, each once, with commas between."""

    most: int = 12
    longest: int = 20
    hint: ClassVar[Msg] = N_("Type them with commas between: fishing, tea, badminton.")

    def read(self, given: Given, facts: Facts, before: tuple[str, ...] | None = None) -> tuple[str, ...]:
        text = typed(given)
        parts = [" ".join(part.split()) for part in _BETWEEN.split(text)]
        tags = tuple(dict.fromkeys(part for part in parts if part))
        if not tags or not all(_TAG.fullmatch(tag) for tag in tags):
            raise DomainError(NOT_TAGS, value=text[:40])
        if long := [tag for tag in tags if len(tag) > self.longest]:
            raise DomainError(TAG_TOO_LONG, value=long[0][:40], max=self.longest)
        if len(tags) > self.most:
            raise DomainError(TOO_MANY_TAGS, max=self.most)
        return tags

    def write(self, value: tuple[str, ...], facts: Facts) -> str:
        return ("、" if facts.language == "zh" else ", ").join(value)

    def dump(self, value: tuple[str, ...]) -> list[str]:
        return list(value)

    def load(self, stored: Any) -> tuple[str, ...]:
        tags = tuple(str(one) for one in stored) if isinstance(stored, list) else ()  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
        if not tags:
            raise ValueError
        return tags
