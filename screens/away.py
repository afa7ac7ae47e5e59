"""Screens of stand-ins: who takes whose place, from when to when."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from crm_core.org.actor import Actor
from screens.screen import N_, Button, Msg, Place, Screen, fit, in_rows

_MOST: Final = 4
_INSTANT: Final = timedelta(seconds=1)


def lines(rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Stand-ins with their first and last day."""
    return [
        {
            "id": row.id,
            "deputy": row.deputy,
            "absent": row.absent,
            "first": row.starts_at,
            "last": row.ends_at - _INSTANT,
            "reason": row.reason,
        }
        for row in rows
    ]


def away_screen(
    person: Any, rows: Sequence[Any], actor: Actor, *, said: Msg | None = None, place: Place = Place.EDIT
) -> Screen:
    """Who stands in for somebody, and for whom that person does; each can be ended."""
    shown = lines(rows[:_MOST])
    ends = [
        Button(N_("✖ End: %(name)s")(name=fit(one["deputy"], 12)), "away.end", one["id"])
        for one, row in zip(shown, rows, strict=False)
        if row.absent_id == person.id or row.deputy_id == actor.id
    ]
    new = Button(N_("➕ Name a stand-in"), "away.new", person.id)
    back = Button(N_("☰ Menu"), "menu") if person.id == actor.id else Button(N_("« Back"), "colleague", person.id)
    facts = {"name": person.name, "away": shown, "said": said}
    return Screen("away/away.html", facts, ((new,), *in_rows(ends), (back,)), place)


def told_screen(headline: Msg, row: Any) -> Screen:
    """Both are told: who stands in for whom, and until when."""
    return Screen("away/told.html", {"headline": headline, "away": lines([row])}, (), Place.NEW)
