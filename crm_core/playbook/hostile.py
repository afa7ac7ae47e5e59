"""What no honest playbook has, looked for before a text becomes data: names that refer to themselves or unfold without
end, characters and numbers that the database cannot keep.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import yaml

MOST_PARTS: Final = 60_000
"""Of a text with all its references written out; the default playbook has some 4,000."""
_LONGEST_NUMBER: Final = 18
_UNKEPT: Final = frozenset({".inf", "+.inf", "-.inf", ".nan"})


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1, and is none for data that came without a text; `where` names entries by their key."""

    what: str
    where: str = ""
    mend: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        said = f"{self.where}: {self.what}" if self.where else self.what
        return f"{said}; {self.mend}" if self.mend else said

    def told(self, file: str | None = None) -> str:
        """As one line; with the file's name as compilers tell it, for editors that jump there."""
        if file is not None:
            return f"{file}:{self.line or 1}: {self}"
        return f"line {self.line}: {self}" if self.line else str(self)


def wrong_in(node: yaml.Node | None) -> list[Problem]:
    """What of it is in this text; what comes first is told first."""
    sizes: dict[int, int] = {}
    try:
        total = _size(node, sizes, set()) if node is not None else 0
    except _Itself as found:
        return [Problem("a name that refers to itself", mend="leave the * out", line=found.line)]
    if total > MOST_PARTS:
        what = f"it unfolds to more than {MOST_PARTS} parts"
        return [Problem(what, mend="write fewer references with & and *, or none", line=1)]
    return list(_scalars(node, set())) if node is not None else []


class _Itself(Exception):
    def __init__(self, line: int) -> None:
        self.line = line


def _size(node: yaml.Node, sizes: dict[int, int], above: set[int]) -> int:
    """Its parts, with those of what it refers to."""
    if (known := sizes.get(id(node))) is not None:
        return known
    if id(node) in above:
        raise _Itself(node.start_mark.line + 1)
    above.add(id(node))
    made = 1 + sum(_size(one, sizes, above) for one in _inside(node))
    above.discard(id(node))
    sizes[id(node)] = made
    return made


def _inside(node: yaml.Node) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.MappingNode):
        for key, value in cast("list[tuple[yaml.Node, yaml.Node]]", node.value):
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from cast("list[yaml.Node]", node.value)


def _scalars(node: yaml.Node, been: set[int]) -> Iterator[Problem]:
    if id(node) in been:
        return
    been.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        said, line = str(node.value), node.start_mark.line + 1
        if any(one == "\0" or "\ud800" <= one <= "\udfff" for one in said):
            yield Problem("a character that cannot be kept", mend="write it as plain text", line=line)
        elif node.tag == "tag:yaml.org,2002:float" and said.lower() in _UNKEPT:
            yield Problem(f"'{said}' is no number to compare with", mend="write a number, for example 0.5", line=line)
        elif node.tag in {"tag:yaml.org,2002:int", "tag:yaml.org,2002:float"} and len(said) > _LONGEST_NUMBER:
            yield Problem("a number that is too long", mend='put it in quotes, for example "12"', line=line)
    for one in _inside(node):
        yield from _scalars(one, been)
