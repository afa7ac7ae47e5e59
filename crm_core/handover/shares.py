"""Who gets which customer, by rule. Pure: the same facts give the same shares, before it is done and when it is."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

STAYS = 0
"""Instead of who gets a customer: nobody does."""


class Rule(StrEnum):
    """To whom the customers go."""

    MANAGER = "manager"  # the nearest superior who is here
    ONE = "one"
    EVENLY = "evenly"  # among several, of each type about as many
    CITY = "city"  # among several, a city's together


There = Mapping[tuple[int, str | None], int]
"""How many customers a person has in a city already."""


def shares(
    rule: Rule, customers: Sequence[Any], to: Sequence[int], by_hand: Mapping[int, int], there: There | None = None
) -> dict[int, int]:
    """Who gets which customer, by id; those that stay are left out.

    `customers` have id, city and type. What was said by hand of a single one goes before the rule. Nobody in `to`:
    only those are moved.
    """
    free = [one for one in customers if one.id not in by_hand]
    if not to:
        ruled: dict[int, int] = {}
    elif rule is Rule.CITY:
        ruled = _by_city(free, to, there or {})
    elif rule is Rule.EVENLY:
        in_turn = sorted(free, key=lambda one: (one.type, one.id))
        ruled = {one.id: to[at % len(to)] for at, one in enumerate(in_turn)}
    else:
        ruled = {one.id: to[0] for one in free}
    known = {one.id for one in customers}
    return ruled | {one: who for one, who in by_hand.items() if one in known and who != STAYS}


def _by_city(customers: Sequence[Any], to: Sequence[int], there: There) -> dict[int, int]:
    """The largest city first: to who has most customers in it already, else to who has got the fewest so far."""
    cities: dict[str | None, list[int]] = {}
    for one in customers:
        cities.setdefault(one.city, []).append(one.id)
    got: Counter[int] = Counter()
    ruled: dict[int, int] = {}
    for city, ids in sorted(cities.items(), key=lambda one: (-len(one[1]), one[0] or "")):
        who = min(to, key=lambda one: (-there.get((one, city), 0) if city else 0, got[one], to.index(one)))
        got[who] += len(ids)
        ruled |= dict.fromkeys(ids, who)
    return ruled
