"""The manager's weekly list: what stands undone too long, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from screens.screen import N_, Button, Msg, Place, Row, Screen, fit, turned_to

_A_PAGE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """Something undone of a report's."""

    id: int
    person: str
    label: str
    words: Msg
    since: date
    snoozes: int
    customer_id: int | None
    silent: bool
    nudged: bool


def list_screen(late: Sequence[Late], page: int, place: Place = Place.NEW, said: Msg | None = None) -> Screen:
    """Each opens what can be done: nudge, reassign, to the pool, ignore."""
    rows: list[Row] = [(Button(_label(one), "weekly.item", one.id),) for one in late]
    pages = [rows[at : at + _A_PAGE] for at in range(0, len(rows), _A_PAGE)] or [[]]
    turned = turned_to(pages, page, Button(N_("✖ Close"), "dismiss"), Button(N_("More ›"), "weekly", arg=""))
    people = len({one.person for one in late})
    facts = {"count": len(late), "people": people, "said": said}
    return Screen("reminders/week.html", facts, turned, place)


def _label(one: Late) -> str:
    sign = "🔇 " if one.silent else "👋 " if one.nudged else ""
    return fit(f"{sign}{one.person} · {one.label}", 40)


def late_screen(one: Late, said: Msg | None = None) -> Screen:
    nudge, ignore = Button(N_("👋 Nudge"), "weekly.nudge", one.id), Button(N_("🙈 Ignore"), "weekly.ignore", one.id)
    rows: list[Row] = [(nudge, ignore)]
    if one.customer_id is not None:
        rows.append(
            (
                Button(N_("Reassign"), "transfer", one.customer_id),
                Button(N_("To the pool"), "pool.return", one.customer_id),
            )
        )
    rows.append((Button(N_("« Back"), "weekly"),))
    return Screen("reminders/late.html", {"one": one, "said": said}, tuple(rows))
