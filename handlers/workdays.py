"""The company's working days: an admin taps a day to rest (休) or to work (班), make-up days too (BY20)."""

from datetime import date

from crm_core.kit.db import now
from crm_core.org.permissions import SET_WORK_DAYS
from crm_core.org.rights import require
from crm_core.org.workdays import days_of, set_day
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.screen import N_, Button, Msg, Place
from screens.workdays import month_screen, read_month, span_of


@command(
    "workdays",
    N_("Working days and holidays"),
    permission=SET_WORK_DAYS,
    order=82,
    words=("工作日", "节假日", "调休", "working days", "holidays"),
)
async def show(turn: Turn) -> None:
    await _month(turn, turn.actor.today(now(turn.session)), place=Place.NEW)


@button("workdays")
async def month(turn: Turn) -> None:
    """Another month: 202612."""
    await _month(turn, read_month(turn.id) or turn.actor.today(now(turn.session)))


@button("workdays.year")
async def year(turn: Turn) -> None:
    """From the reminder that a year's holidays are not known yet."""
    turn.message_id = None
    today = turn.actor.today(now(turn.session))
    await _month(turn, today if turn.id == today.year else read_month(turn.id * 100 + 1) or today)


@button("workdays.set")
async def turn_day(turn: Turn) -> None:
    """The tapped day (20261226) is worked from now on, or not."""
    assert turn.tap is not None
    first = read_month(turn.id // 100)
    if first is None or not 1 <= turn.id % 100 <= span_of(first)[1].day:
        await show(turn)
        return
    day = first.replace(day=turn.id % 100)
    works = turn.tap.arg == "work"
    await set_day(turn.session, turn.actor, day, works=works)
    said = N_("✓ %(day)s is worked.") if works else N_("✓ %(day)s is off.")
    await _month(turn, day, said(day=day.isoformat()))


async def _month(turn: Turn, day: date, said: Msg | None = None, place: Place = Place.EDIT) -> None:
    await require(turn.session, turn.actor, SET_WORK_DAYS)
    days = await days_of(turn.session, *span_of(day))
    await turn.show(month_screen(days, day, turn.actor.today(now(turn.session)), turn.actor.language, said, place))


@tile(Module.WORK, permission=SET_WORK_DAYS, order=90)
async def _tile(_turn: Turn) -> Part:
    return Part(rows=((Button(N_("📅 Working days"), "workdays"),),))
