"""From a command's name or a button's key to its handler: one look-up, however many features there are."""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

import handlers
from crm_core import registry
from crm_core.org.actor import Actor
from crm_core.org.rights import Permission, Scope, scope_of
from handlers.turn import Turn
from screens import wording
from screens.screen import Msg

Handler = Callable[[Turn], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its line in the menu; people see those that their rights allow."""

    name: str
    handler: Handler
    menu: Msg
    permission: Permission | None
    order: int
    beyond: Scope = Scope.NONE  # how far the permission must reach at least: more than this

    def for_whom(self, actor: Actor) -> bool:
        return self.permission is None or scope_of(actor, self.permission) > self.beyond


_COMMANDS: Final[dict[str, Command]] = {}
_SAID: Final[dict[str, Handler]] = {}
_BUTTONS: Final[dict[str, Handler]] = {}


def command(
    name: str,
    menu: Msg,
    *,
    permission: Permission | None = None,
    order: int = 50,
    beyond: Scope = Scope.NONE,
    words: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """The decorated function answers `/name`. Menus offer it to whose `permission` reaches `beyond` the scope.

    `words` mean the same when they are all that somebody types.
    """

    def add(handler: Handler) -> Handler:
        assert name not in _COMMANDS, f"/{name} is declared twice"
        said(*words)(handler)
        _COMMANDS[name] = Command(name, handler, menu, permission, order, beyond)
        return handler

    return add


def said(*words: str) -> Callable[[Handler], Handler]:
    """The decorated function answers these words (small letters) when somebody types nothing else, in a form too."""

    def add(handler: Handler) -> Handler:
        for word in words:
            assert word not in _SAID, f"“{word}” is declared twice"
            _SAID[word] = handler
        return handler

    return add


def button(key: str) -> Callable[[Handler], Handler]:
    """The decorated function answers taps on buttons of this key."""

    def add(handler: Handler) -> Handler:
        assert key not in _BUTTONS, f"button {key} is declared twice"
        _BUTTONS[key] = handler
        return handler

    return add


def commands() -> Mapping[str, Command]:
    return _COMMANDS


def words() -> Mapping[str, Handler]:
    return _SAID


def buttons() -> Mapping[str, Handler]:
    return _BUTTONS


def menu_of(actor: Actor) -> list[tuple[str, Msg]]:
    """The commands that this person may use, in the order of the menu."""
    known = sorted(_COMMANDS.values(), key=lambda one: (one.order, one.name))
    return [(one.name, one.menu) for one in known if one.for_whom(actor) and one.name != "start"]


@cache
def load() -> None:
    """Import every feature on the floors that declare things."""
    registry.load()
    import conversations  # noqa: PLC0415 - only needed here

    for package in (conversations, handlers):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    wording.load()
