"""What the audit tells others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ground:
    """A record that somebody made just before another one that refers to it, and the operation that made it."""

    op: int
    table: str
    label: str


@dataclass(frozen=True, slots=True)
class Undone:
    """An operation was taken back: its rows are as they were before. What else it brought about goes back now.

    `label` is what people call the record it was about, `table` and `id` that record, `verb` what was done to it;
    `fields` are the columns that have gone back, `gone` the rows that are no longer there (table, id). `grounds` are
    what the record referred to and may still be taken back as well: a new customer under the first visit.
    """

    op: int
    table: str
    id: int
    label: str
    verb: str
    fields: frozenset[str]
    gone: tuple[tuple[str, int], ...]
    grounds: tuple[Ground, ...] = ()
