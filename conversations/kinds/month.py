"""A month as a grid of buttons: days off and worked weekends are marked, days that cannot be chosen are blank."""

from __future__ import annotations

from calendar import monthcalendar
from datetime import date
from typing import TYPE_CHECKING, Final

from conversations.kinds.base import ANSWER, IDLE, LOOK, Board, Chip
from crm_core.kit.calendars import is_official_year
from crm_core.kit.words.dates import month_name, weekday_names, write_month
from screens.screen import N_, Msg

if TYPE_CHECKING:
    from conversations.form import Facts

_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)  # what dates in words can be written back for
_OFF, _WORKED = N_("%(day)sh"), N_("%(day)sw")
_PLAIN: Final = N_("Tap a day.")
_LEGEND: Final = N_("Tap a day. h is a public holiday, w a weekend day that is worked.")
_NOT_ANNOUNCED: Final = N_("Tap a day. The public holidays of %(year)s are not announced yet.")
_BLANK: Final = Chip("·", "", IDLE)


def calendar_chip(facts: Facts, held: date | None) -> Chip:
    """The way into the calendar: the month of the answer, else this one."""
    return Chip(N_("📅 Calendar"), f"{held or facts.local_now.date():%Y-%m}", LOOK)


def month_board(facts: Facts, first: date | None, last: date | None, verb: str = ANSWER) -> Board | None:
    """The month that `facts.look` names (YYYY-MM); None for anything else. Days outside `first` to `last` are blank."""
    month = _month(facts.look)
    if month is None:
        return None
    earliest, latest = max(first or _FIRST, _FIRST), min(last or _LAST, _LAST)
    rows = [
        (
            _turn(month, -1, facts, earliest, latest),
            _idle(write_month(month, facts.language)),
            _turn(month, 1, facts, earliest, latest),
        ),
        tuple(_idle(name) for name in weekday_names(facts.language)),
    ]
    weeks = [
        tuple(_cell(month, number, earliest, latest, verb, facts) for number in week)
        for week in monthcalendar(month.year, month.month)
    ]
    rows += [week for week in weeks if any(chip is not _BLANK for chip in week)]
    return Board(tuple(rows), _legend(month, weeks))


def _legend(month: date, weeks: list[tuple[Chip, ...]]) -> Msg:
    """What the signs in the month mean, where it has some."""
    if not is_official_year(month.year):
        return _NOT_ANNOUNCED(year=month.year)
    marked = any(isinstance(chip.label, Msg) for week in weeks for chip in week)
    return _LEGEND if marked else _PLAIN


def _month(look: str) -> date | None:
    """Anybody can forge it."""
    year, _, month = look.partition("-")
    if not (len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit()):
        return None
    known = _FIRST.year <= int(year) <= _LAST.year and 1 <= int(month) <= 12
    return date(int(year), int(month), 1) if known else None


def _idle(label: str) -> Chip:
    return Chip(label, "", IDLE)


def _turn(month: date, by: int, facts: Facts, earliest: date, latest: date) -> Chip:
    """The month before or after; blank where none of its days can be chosen."""
    count = month.year * 12 + month.month - 1 + by
    year, number = divmod(count, 12)
    if not (earliest.year, earliest.month) <= (year, number + 1) <= (latest.year, latest.month):
        return _BLANK
    name = month_name(number + 1, facts.language)
    return Chip(f"‹ {name}" if by < 0 else f"{name} ›", f"{year:04d}-{number + 1:02d}", LOOK)


def _cell(month: date, number: int, earliest: date, latest: date, verb: str, facts: Facts) -> Chip:
    if number == 0:
        return _BLANK
    day = month.replace(day=number)
    if not earliest <= day <= latest:
        return _BLANK
    return Chip(_marked(day, works=facts.works(day)), day.isoformat(), verb)


def _marked(day: date, *, works: bool) -> Msg | str:
    weekday = day.weekday() < 5
    if works == weekday:
        return str(day.day)
    return (_WORKED if works else _OFF)(day=day.day)
