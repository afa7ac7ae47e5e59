"""Words of distances and of time that has gone by."""

from typing import Final

from crm_core.customers.nearby import Near
from screens.screen import N_, Msg

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


def since(days: int | None) -> Msg:
    """How long ago the last visit was."""
    if days is None:
        return N_("not visited yet")
    return N_("today") if days == 0 else N_("%(count)s d ago")(count=days)


def near_words(near: Near) -> Msg:
    """120 m · 9 d ago."""
    return N_("%(distance)s · %(since)s")(distance=distance(near.metres), since=since(near.days))
