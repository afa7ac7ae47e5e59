"""Whom a comment names: `@王芳 看一下`, `@Wang Fang please look`. A name ends where a colleague's name ends."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.org.models import Employee

MOST_NAMES: Final = 10

_AT: Final = re.compile(r"(?<![A-Za-z0-9._%+-])[@\uff20]\s?(?=\w)")
_WORD: Final = re.compile(r"\w{1,20}")


@dataclass(frozen=True, slots=True)
class Named:
    """A name as it was typed, and the active employees who are called so, by id."""

    name: str
    ids: tuple[int, ...]


async def named_in(session: AsyncSession, text: str) -> list[Named]:
    """The names in the order they were typed, each once. Someone nobody is called like has no ids."""
    places = [found.end() for found in _AT.finditer(text)][:MOST_NAMES]
    if not places:
        return []
    within = func.strpos(literal(text.lower()), func.lower(Employee.name)) > 0
    rows = await session.execute(select(Employee.id, Employee.name).where(Employee.left_at.is_(None), within))
    known: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        known[row.name.lower()].append(row.id)
    return list(dict.fromkeys(_named(text[place:], known) for place in places))


def _named(rest: str, known: Mapping[str, list[int]]) -> Named:
    """The longest name that the text begins with; a Latin name must end where a word ends."""
    begun = [name for name in known if rest.lower().startswith(name) and not _goes_on(name, rest)]
    if begun:
        name = max(begun, key=len)
        return Named(rest[: len(name)], tuple(known[name]))
    word = _WORD.match(rest)
    return Named(word.group() if word else rest[:1], ())


def _goes_on(name: str, rest: str) -> bool:
    """Whether the typed word is longer than the name. Han words stand without spaces, so there one cannot tell."""
    return name[-1].isascii() and rest[len(name) : len(name) + 1].isalnum() and rest[len(name)].isascii()
