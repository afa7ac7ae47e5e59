"""The menu's four modules, and what features put there: a tile is declared beside its feature, in no list of ours."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crm_core.org.actor import Actor
from crm_core.org.rights import Permission, may
from handlers.turn import Turn
from screens.screen import Row, Words


class Module(StrEnum):
    """The four core modules of the main menu (NF08)."""

    CUSTOMERS = "customers"  # 我的客户
    FLOWS = "flows"  # 我的流程: what is under way
    KNOWLEDGE = "knowledge"  # 我的知识
    WORK = "work"  # 工作视图


@dataclass(frozen=True, slots=True)
class Part:
    """What a feature shows on its module's page; nothing at the moment is an empty one."""

    lines: tuple[Words, ...] = ()
    rows: tuple[Row, ...] = ()


Fill = Callable[[Turn], Awaitable[Part]]


@dataclass(frozen=True, slots=True)
class Tile:
    """A feature's place in a module: for whom, where, and what it shows there."""

    module: Module
    fill: Fill
    permission: Permission | None
    order: int

    def for_whom(self, actor: Actor) -> bool:
        return self.permission is None or may(actor, self.permission)


_TILES: Final[list[Tile]] = []


def tile(module: Module, *, permission: Permission | None = None, order: int = 50) -> Callable[[Fill], Fill]:
    """The decorated function answers what this module's page shows of its feature."""

    def add(fill: Fill) -> Fill:
        _TILES.append(Tile(module, fill, permission, order))
        return fill

    return add


def tiles_of(module: Module, actor: Actor) -> list[Tile]:
    """The tiles of a module that this person may see, in order."""
    return sorted((one for one in _TILES if one.module is module and one.for_whom(actor)), key=lambda one: one.order)
