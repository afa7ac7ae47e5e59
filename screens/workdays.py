"""A month of the company's working days: what is off and what is worked otherwise than usual is marked."""

from calendar import monthcalendar, monthrange
from collections.abc import Mapping
from datetime import date
from typing import Final

from crm_core.kit.calendars import is_official_year
from crm_core.kit.languages import Language
from crm_core.kit.words.dates import month_name, weekday_names, write_month
from screens.screen import N_, Button, Msg, Place, Row, Screen

_OFF, _WORKED = N_("%(day)sh"), N_("%(day)sw")
_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_IDLE: Final = "workdays"


def span_of(day: date) -> tuple[date, date]:
    """The first and the last day of its month."""
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])


def read_month(number: int) -> date | None:
    """The first day of the month 202612. Anybody can forge it."""
    year, month = divmod(number, 100)
    return date(year, month, 1) if _FIRST_YEAR <= year <= _LAST_YEAR and 1 <= month <= 12 else None


def month_screen(
    days: Mapping[date, bool], month: date, today: date, language: Language, said: Msg | None, place: Place
) -> Screen:
    """Each coming day turns over when it is tapped."""
    number = month.year * 100 + month.month
    head = Button(write_month(month, language), _IDLE, number)
    rows: list[Row] = [(_turn(month, -1, language), head, _turn(month, 1, language))]
    rows.append(tuple(Button(name, _IDLE, number) for name in weekday_names(language)))
    weeks = monthcalendar(month.year, month.month)
    rows += [tuple(_cell(month, at, days, today) for at in week) for week in weeks]
    rows.append((Button(N_("« Back"), "menu", arg="work"),))
    facts = {"month": write_month(month, language), "known": is_official_year(month.year), "said": said}
    facts["year"] = month.year
    return Screen("reminders/workdays.html", facts, tuple(rows), place)


def _turn(month: date, by: int, language: Language) -> Button:
    year, at = divmod(month.year * 12 + month.month - 1 + by, 12)
    name = month_name(at + 1, language)
    return Button(f"‹ {name}" if by < 0 else f"{name} ›", _IDLE, year * 100 + at + 1)


def _cell(month: date, number: int, days: Mapping[date, bool], today: date) -> Button:
    here = month.year * 100 + month.month
    if number == 0:
        return Button("·", _IDLE, here)
    day = month.replace(day=number)
    works = days[day]
    label: Msg | str = str(number) if works == (day.weekday() < 5) else (_WORKED if works else _OFF)(day=number)
    if day < today:
        return Button(label, _IDLE, here)
    return Button(label, "workdays.set", here * 100 + number, arg="rest" if works else "work")
