"""Words of distances and of time that has gone by; links to maps."""

from typing import Final
from urllib.parse import urlencode

from crm_core.customers.nearby import Near
from crm_core.kit.places import Point, in_shifted_area, to_gcj02
from screens.screen import N_, Msg

_AMAP: Final = "https://uri.amap.com/navigation?"
_GOOGLE: Final = "https://www.google.com/maps/dir/?"
_FAR_M: Final = 1_000
_HOUR: Final = 60


def distance(metres: int) -> Msg:
    """120 m, 1.8 km."""
    if metres < _FAR_M:
        return N_("%(count)s m")(count=metres)
    kilometres = metres / 1_000
    return N_("%(count)s km")(count=f"{kilometres:,.1f}" if kilometres < 100 else f"{kilometres:,.0f}")


def duration(minutes: int) -> Msg:
    """45 min, 1 h 20 min."""
    if minutes < _HOUR:
        return N_("%(count)s min")(count=minutes)
    return N_("%(hours)s h %(minutes)s min")(hours=minutes // _HOUR, minutes=minutes % _HOUR)


def way_to(point: Point, name: str) -> str:
    """A link that opens a map with the way there: Amap, in its own coordinates, where those are; Google elsewhere."""
    if in_shifted_area(point):
        there = to_gcj02(point)
        to = f"{there.lon:.6f},{there.lat:.6f},{name.replace(',', ' ')}"
        return _AMAP + urlencode({"to": to, "mode": "car", "coordinate": "gaode", "callnative": "1", "src": "rounds"})
    return _GOOGLE + urlencode({"api": "1", "destination": f"{point.lat:.6f},{point.lon:.6f}"})


def since(days: int | None) -> Msg:
    """How long ago the last visit was."""
    if days is None:
        return N_("not visited yet")
    return N_("today") if days == 0 else N_("%(count)s d ago")(count=days)


def near_words(near: Near) -> Msg:
    """120 m · 9 d ago."""
    return N_("%(distance)s · %(since)s")(distance=distance(near.metres), since=since(near.days))
