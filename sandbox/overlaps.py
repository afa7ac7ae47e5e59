"""How Telegram sorts out entities that overlap.

Three families behave differently. Bold and its like are splittable: two of one kind that touch become one, and
they are cut wherever another entity begins or ends. Links, mentions and their like are continuous: of two that
intersect the first stays. Block quotes may hold anything and may not lie in one another. Code holds nothing.
"""

from __future__ import annotations

from sandbox.errors import Json

SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
BLOCKQUOTES = frozenset({"blockquote", "expandable_blockquote"})
CODE = frozenset({"code", "pre", "date_time"})
PRIORITIES = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "date_time": 30,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
FAR = 1 << 31


def _order(entity: Json) -> tuple[int, int, int]:
    return entity["offset"], -entity["length"], PRIORITIES.get(entity["type"], 50)


def _end(entity: Json) -> int:
    return entity["offset"] + entity["length"]


def resolve(entities: list[Json]) -> list[Json]:
    """Sorted entities that nest properly, the way Telegram would have them."""
    if len(entities) > 1:
        entities = sorted(entities, key=_order)
    if _are_simple(entities):
        return entities
    splittable, quotes, continuous = _families(entities)
    continuous = _without_intersections(continuous)
    if quotes:
        quotes = _without_intersections(quotes)
        continuous = sorted(_within_or_outside(continuous, quotes) + quotes, key=_order)
    return _recombined(splittable, continuous)


def add_found(entities: list[Json], found: list[Json]) -> list[Json]:
    """Add what was found by reading the text (addresses, mentions); what is there already comes first."""
    if not found:
        return entities
    splittable, quotes, continuous = _families(entities)
    found = _within_or_outside(found, quotes)
    merged = [*continuous, *(new for new in found if not any(_intersect(new, old) for old in continuous))]
    return _recombined(splittable, sorted(merged + quotes, key=_order))


def _intersect(one: Json, other: Json) -> bool:
    return one["offset"] < _end(other) and other["offset"] < _end(one)


def _families(entities: list[Json]) -> tuple[list[Json], list[Json], list[Json]]:
    splittable = [e for e in entities if e["type"] in SPLITTABLE]
    quotes = [e for e in entities if e["type"] in BLOCKQUOTES]
    continuous = [e for e in entities if e["type"] not in BLOCKQUOTES and e["type"] not in SPLITTABLE]
    return splittable, quotes, continuous


def _are_simple(entities: list[Json]) -> bool:
    """Whether nothing has to be cut, joined or dropped: entities side by side, or in a block quote."""
    end = -1
    quote_end = -1
    last_ends: dict[str, int] = {}
    for entity in entities:
        kind = entity["type"]
        if entity["offset"] < end:
            return False
        if entity["offset"] < quote_end and (kind in BLOCKQUOTES or _end(entity) > quote_end):
            return False
        if kind in BLOCKQUOTES:
            quote_end = _end(entity)
            continue
        if kind in SPLITTABLE:
            if last_ends.get(kind, -1) >= entity["offset"]:
                return False
            last_ends[kind] = _end(entity)
        end = _end(entity)
    return True


def _without_intersections(entities: list[Json]) -> list[Json]:
    kept: list[Json] = []
    end = 0
    for entity in entities:
        if entity["offset"] >= end:
            kept.append(entity)
            end = _end(entity)
    return kept


def _within_or_outside(entities: list[Json], quotes: list[Json]) -> list[Json]:
    """Drop what crosses the edge of a block quote or holds one."""

    def crosses(entity: Json, quote: Json) -> bool:
        inside = quote["offset"] <= entity["offset"] and _end(entity) <= _end(quote)
        return _intersect(entity, quote) and not inside

    return [e for e in entities if not any(crosses(e, quote) for quote in quotes)]


def _recombined(splittable: list[Json], others: list[Json]) -> list[Json]:
    if not splittable:
        return others
    return sorted(_Splitter(splittable).split(others) + others, key=_order)


class _Splitter:
    """Walks over the text once, holding at most one open entity of each splittable kind."""

    def __init__(self, entities: list[Json]) -> None:
        self.waiting = entities[::-1]
        self.open: dict[str, tuple[int, int]] = {}
        self.result: list[Json] = []

    def split(self, others: list[Json]) -> list[Json]:
        nested: list[Json] = []
        end: Json = {"offset": FAR, "length": 0, "type": ""}
        for other in (*others, end):
            while nested and other["offset"] >= _end(nested[-1]):
                inner = nested.pop()
                before = len(self.result)
                self.advance(_end(inner))
                if inner["type"] in CODE:
                    del self.result[before:]
            self.advance(other["offset"])
            nested.append(other)
        return self.result

    def advance(self, to: int) -> None:
        while self.waiting and self.waiting[-1]["offset"] < to:
            entity = self.waiting.pop()
            kind = entity["type"]
            if kind in self.open and entity["offset"] <= self.open[kind][1]:
                begin, end = self.open[kind]
                self.open[kind] = (begin, max(end, _end(entity)))
            else:
                self.cut(entity["offset"])
                self.open[kind] = (entity["offset"], _end(entity))
        self.cut(to)

    def cut(self, at: int) -> None:
        for kind in SPLITTABLE:
            if kind not in self.open or self.open[kind][0] >= at:
                continue
            begin, end = self.open[kind]
            self.result.append({"type": kind, "offset": begin, "length": min(end, at) - begin})
            if end <= at:
                del self.open[kind]
            else:
                self.open[kind] = (at, end)
