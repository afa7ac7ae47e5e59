"""Rule: who and what is due, as a declaration."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.org.actor import Actor
from screens.screen import Msg

_RULES: Final[dict[str, "Rule"]] = {}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of a digest, ready to be shown: its words, and whether it is done meanwhile."""

    occurrence_id: int
    subject_id: int
    label: str
    words: Msg
    done: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule.

    `notice` inserts the occurrences that have become due, in one statement whose cost follows what is due.
    `lines` turns open occurrences of one person into lines, the most valuable first, leaving out what is no longer
    due: it is asked again at the moment of sending. `action` is the button key that does the thing at once.
    """

    key: str
    title: Msg
    notice: Callable[[AsyncSession], Awaitable[int]]
    lines: Callable[[AsyncSession, Actor, Sequence[Any]], Awaitable[list[Line]]]
    action: str
    action_label: Msg
    order: int = 50  # in the digest: what is more urgent has a lower one

    def __post_init__(self) -> None:
        assert self.key not in _RULES, f"rule {self.key} is declared twice"
        _RULES[self.key] = self


def rules() -> Mapping[str, Rule]:
    """By key, the most urgent first."""
    return dict(sorted(_RULES.items(), key=lambda one: one[1].order))
