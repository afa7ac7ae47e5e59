"""The relation tree of a customer (CT03): its people in the order of their reporting lines, in pages. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

A_PAGE: Final = 8  # of the picture: as many as have a button under it
A_CARD: Final = 6  # of the text


@dataclass(frozen=True, slots=True)
class Node:
    """A person and how deep below the top; 0 is the top. `boss` is the superior's row, if we know one."""

    person: Any
    depth: int
    boss: Any = None


def tree_of(people: Iterable[Any]) -> list[Node]:
    """Everybody once, each behind the superior; who has reports goes before who has none, then as they were met.

    Who has gone stands last among equals.
    """
    known = {one.id: one for one in people}
    below: dict[int | None, list[Any]] = {}
    for one in known.values():
        below.setdefault(one.reports_to_id if one.reports_to_id in known else None, []).append(one)
    nodes: list[Node] = []

    def rank(one: Any) -> tuple[bool, bool, int]:
        return (one.left_at is not None, one.id not in below, one.id)

    waiting = [(one, 0) for one in sorted(below.get(None, ()), key=rank, reverse=True)]
    seen: set[int] = set()
    while waiting:
        one, depth = waiting.pop()
        if one.id in seen:
            continue
        seen.add(one.id)
        nodes.append(Node(one, depth, known.get(one.reports_to_id)))
        waiting += [(each, depth + 1) for each in sorted(below.get(one.id, ()), key=rank, reverse=True)]
    return nodes


def page_of_tree(nodes: Sequence[Any], page: int, size: int) -> tuple[Sequence[Any], int, int]:
    """The nodes of a page of that size, its number (the nearest one that is there), and how many pages there are."""
    pages = max(1, -(-len(nodes) // size))
    at = min(max(page, 0), pages - 1)
    return nodes[at * size : (at + 1) * size], at, pages
