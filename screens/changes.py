"""Screens of what changed at the customers of one's people (RE09)."""

from collections.abc import Sequence
from typing import Any, Final

from crm_core.changes.queries import Change, Changes, What
from crm_core.kit.names import without_form
from crm_core.kit.words.dates import write_day
from crm_core.org.actor import Actor
from screens.catalogue import say
from screens.screen import CARD_LINES, N_, Button, Msg, Place, Row, Screen, Words, fit, in_rows

_COUNTS: Final[dict[What, Msg]] = {
    What.WON: N_("deals: %(count)s"),
    What.LOST: N_("needs lost: %(count)s"),
    What.NEW: N_("new customers: %(count)s"),
    What.OWNER: N_("owners changed: %(count)s"),
    What.STAGE: N_("stages changed: %(count)s"),
    What.TYPE: N_("types changed: %(count)s"),
    What.JOINED: N_("new contacts: %(count)s"),
    What.LEFT: N_("contacts gone: %(count)s"),
}
_ONES: Final[dict[What, Msg]] = {
    What.WON: N_("deal made"),
    What.LOST: N_("need lost"),
    What.NEW: N_("new customer"),
    What.OWNER: N_("owner changed"),
    What.STAGE: N_("stage changed"),
    What.TYPE: N_("type changed"),
    What.JOINED: N_("new contact"),
    What.LEFT: N_("contact gone"),
}
_ROWS: Final = 6
_TEAM: Final = Button(N_("« Team"), "team")


def changes_screen(found: Changes, actor: Actor, page: int = 0, place: Place = Place.EDIT) -> Screen:
    """A line for each person, and a button that opens what it was."""
    people = found.people
    start = page * _ROWS if page * _ROWS < len(people) else 0
    shown = people[start : start + _ROWS]
    told: list[Words] = [_person(name, counts, actor) for _, name, counts in shown]
    if not told:
        told = [N_("Nothing has changed.")]
    opens = [Button(fit(name, 18), "changes.of", person) for person, name, _ in shown]
    return _card(found, actor, told, opens, _on("changes", 0, start, len(people)), (_TEAM,), place)


def _person(name: str, counts: Any, actor: Actor) -> str:
    said = " · ".join(say(_COUNTS[what](count=counts[what]), actor.language) for what in What if counts[what])
    return f"{fit(name, 18)} · {fit(said, 76)}"


def changes_of_screen(found: Changes, actor: Actor, employee_id: int, page: int = 0) -> Screen:
    """One person's, customer by customer: each opens its archive."""
    by_customer: dict[int, list[Change]] = {}
    for row in found.rows:
        by_customer.setdefault(row.customer_id, []).append(row)
    every = list(by_customer.values())
    start = page * _ROWS if page * _ROWS < len(every) else 0
    shown = every[start : start + _ROWS]
    told: list[Words] = [_customer(rows, actor) for rows in shown] or [N_("Nothing has changed.")]
    opens = [Button(fit(without_form(rows[0].customer), 18), "customer", rows[0].customer_id) for rows in shown]
    back = Button(N_("« Back"), "changes")
    whose = found.rows[0].employee if found.rows else ""
    return _card(
        found, actor, told, opens, _on("changes.of", employee_id, start, len(every)), (back,), Place.EDIT, whose
    )


def _customer(rows: Sequence[Change], actor: Actor) -> str:
    """11:20 华宁电子 · 换了阶段 · 新联系人"""
    kinds = {row.what for row in rows}
    said = " · ".join(say(_ONES[what], actor.language) for what in What if what in kinds)
    return f"{actor.local(rows[0].at):%m-%d %H:%M} {fit(without_form(rows[0].customer), 24)} · {said}"


def _on(key: str, number: int, start: int, count: int) -> Row:
    if count <= _ROWS:
        return ()
    after = start // _ROWS + 1 if start + _ROWS < count else 0
    return (Button(N_("More ›"), key, number, arg=str(after)),)


def _card(
    found: Changes,
    actor: Actor,
    told: Sequence[Words],
    opens: Sequence[Button],
    on: Row,
    back: Row,
    place: Place,
    whose: str = "",
) -> Screen:
    since = N_("Customer changes since %(day)s")(day=write_day(found.since, actor.language))
    assert len(told) < CARD_LINES
    facts = {"said": None, "title": since, "about": whose, "lines": told}
    return Screen("plans/card.html", facts, (*in_rows(opens), (*back, *on)), place)
