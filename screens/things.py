"""What the records of each table are called, and the buttons that lead to them: declared in `screens/words/`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from screens.screen import N_, Button, Msg


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of record. `opens` is the key of the button that opens one, `home` leads on when one is gone."""

    words: Msg
    opens: str | None = None
    home: Button | None = None
    fields: Mapping[str, Msg] = field(default_factory=dict[str, Msg])


_THINGS: Final[dict[str, Thing]] = {}
_UNNAMED: Final = Thing(N_("another record"))


def thing(
    table: str,
    words: Msg,
    *,
    opens: str | None = None,
    home: Button | None = None,
    fields: Mapping[str, Msg] | None = None,
) -> None:
    """Name the records of a table."""
    _THINGS[table] = Thing(words, opens, home, fields or {})


def thing_of(table: str) -> Thing:
    return _THINGS.get(table, _UNNAMED)


def things() -> Mapping[str, Thing]:
    return _THINGS
