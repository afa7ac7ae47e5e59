"""The day's round: whom one planned or promised to see, in order, each with the way there."""

from datetime import date
from typing import Final

from crm_core.kit.names import without_form
from crm_core.plans.models import Part
from crm_core.plans.round import Round, Stop
from screens.screen import N_, Button, Place, Screen, fit, in_rows
from screens.words.places import distance, way_to
from screens.words.plans import PARTS

_LABEL: Final = 14
_CALLED: Final = 28
_PURPOSE: Final = 12


def round_screen(there: Round, day: date, place: Place = Place.EDIT) -> Screen:
    """BY05: the stops as links to the map, and each one's archive a tap away."""
    stops = [_line(stop, day) for stop in there.stops]
    facts = {
        "day": day,
        "stops": stops,
        "more": there.more,
        "from_here": there.from_here,
        "places": any(stop.point for stop in there.stops),
        "metres": distance(there.metres) if there.metres else None,
    }
    opens = [
        Button(fit(f"{at} {without_form(stop.row.name)}", _LABEL), "customer", stop.row.id)
        for at, stop in enumerate(there.stops, 1)
    ]
    last = (Button(N_("☰ Today"), "today"), Button(N_("↻ Refresh"), "route"))
    return Screen("visits/round.html", facts, (*in_rows(opens), last), place)


def _line(stop: Stop, day: date) -> dict[str, object]:
    due = stop.row.next_step_on
    return {
        "name": fit(without_form(stop.row.name), _CALLED),
        "url": way_to(stop.point, without_form(stop.row.name)) if stop.point else None,
        "metres": None if stop.metres is None else distance(stop.metres),
        "planned": fit(stop.row.what or "", _PURPOSE) if stop.row.part else None,
        "part": PARTS[stop.row.part] if stop.row.part in (Part.MORNING, Part.AFTERNOON) else None,
        "since": due if not stop.row.part and due < day else None,
    }
