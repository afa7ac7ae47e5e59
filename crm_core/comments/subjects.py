"""What comments can be about: each feature declares its records. Who may read one may comment on it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import Base
from crm_core.org.actor import Actor


@dataclass(frozen=True, slots=True)
class Subject:
    """A record that is commented on: what people call it, and whose it is (employee id), if it is somebody's."""

    type: str
    id: int
    label: str
    owner_id: int | None


Find = Callable[[AsyncSession, Actor, int], Awaitable[Subject]]
"""Raises `not_found` for who may not read the record."""

_TYPES: Final[dict[str, tuple[type[Base], Find]]] = {}


def commentable(model: type[Base], find: Find) -> None:
    """Records of this table can be commented on."""
    _TYPES[model.__tablename__] = (model, find)


def commentables() -> Mapping[str, tuple[type[Base], Find]]:
    return _TYPES
