"""Whether a playbook that was sent is right: its text by itself, and whether the company has whom its flows name."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.soundness import Doubt, doubts
from crm_core.playbook.book import Playbook, parse


class UnsoundError(Exception):
    """A flow that nobody could ever sign."""

    def __init__(self, found: Sequence[Doubt]) -> None:
        self.doubts = tuple(found)
        super().__init__(", ".join(one.flow for one in found))


@dataclass(frozen=True, slots=True)
class Sound:
    """A playbook that may be published, and what is to be told of it before."""

    book: Playbook
    doubts: tuple[Doubt, ...]


@lru_cache(maxsize=4)
def parsed(text: str) -> Playbook:
    """Reading takes a while, and an admin looks several times. Raises PlaybookError."""
    return parse(text)


async def sound(session: AsyncSession, text: str) -> Sound:
    """Raises PlaybookError, UnsoundError."""
    book = parsed(text)
    found = await doubts(session, book)
    if forbidding := [one for one in found if one.forbids]:
        raise UnsoundError(forbidding)
    return Sound(book, tuple(found))
