"""A reference to a record: the recent ones as buttons, search while typing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.kinds.base import NOT_A_CHOICE, Chip, Given, Kind, Tapped
from crm_core.kit.errors import DomainError
from crm_core.kit.names import without_form
from crm_core.org.actor import Actor
from screens.screen import N_, Msg, fit

if TYPE_CHECKING:
    from conversations.form import Facts, Option


@dataclass(frozen=True, slots=True)
class Found:
    """Options and whether there are more."""

    options: tuple[Option, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class Picked:
    """What a reference's answer is: the record's id, and its name as the card shows it."""

    id: int
    label: str


@dataclass(frozen=True)
class Ref(Kind[Picked]):
    """A record that the actor may see.

    The driver asks `find` for the recent ones (no words) when the field comes up and for those that match when
    something is typed, with the answers that are held already (contacts are the chosen customer's); `get` when one is
    tapped. It hands the engine what they found. `new` is the form that makes a new one, `new_field` where the typed
    words go; `hands_on` names the answers that it is given along (a new contact is the chosen customer's).
    """

    find: Callable[[AsyncSession, Actor, str, Mapping[str, Any]], Awaitable[Found]]
    get: Callable[[AsyncSession, Actor, int], Awaitable[Option]]
    new: str | None = None
    new_field: str = "name"
    hands_on: tuple[str, ...] = ()
    hint: ClassVar[Msg] = N_("Tap one, or type a part of the name, pinyin, initials or the phone's last digits.")
    nothing: ClassVar[Msg] = N_("Nothing found for “%(searched)s”. Try other words, pinyin or the phone's last digits.")
    which: ClassVar[Msg] = N_("Which one do you mean by “%(searched)s”?")
    recent: ClassVar[Msg] = N_("My recent ones")

    def read(self, given: Given, facts: Facts, before: Picked | None = None) -> Picked:
        """Tapped, with the option already looked up; words have been turned into options by the driver."""
        if isinstance(given, Tapped):
            for option in facts.options:
                if str(option.id) == given.arg:
                    return Picked(option.id, option.label)
            raise DomainError(NOT_A_CHOICE, value=given.arg[:40])
        if facts.searched is not None and len(facts.options) == 1:
            return Picked(facts.options[0].id, facts.options[0].label)
        raise DomainError(NOT_A_CHOICE, value="")

    def write(self, value: Picked, facts: Facts) -> str:
        return value.label

    def dump(self, value: Picked) -> dict[str, Any]:
        return {"id": value.id, "label": value.label}

    def load(self, stored: Any) -> Picked:
        return Picked(int(stored["id"]), str(stored["label"]))

    def value(self, answer: Picked) -> int:
        return answer.id

    def chips(self, facts: Facts, held: Picked | None = None) -> tuple[Chip, ...]:
        return tuple(
            Chip(fit(" · ".join(filter(None, (self._short(option.label), option.hint))), 36), str(option.id))
            for option in facts.options
        )

    def _short(self, label: str) -> str:
        return without_form(label)


@dataclass(frozen=True)
class NamedRef(Ref):
    """A record that is found by its name alone: a department, a colleague."""

    hint: ClassVar[Msg] = N_("Tap one, or type a part of the name.")
    nothing: ClassVar[Msg] = N_("Nothing found for “%(searched)s”. Type it differently, or only a part of it.")
    which: ClassVar[Msg] = N_("Which one is “%(searched)s”?")
    recent: ClassVar[Msg] = N_("Show the list")

    def _short(self, label: str) -> str:
        """深圳分公司 is the name, no legal form."""
        return label
