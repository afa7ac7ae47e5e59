"""Plans: the schedule by day, week and month, lines, suggestions, and the calendar feed."""

from datetime import date, timedelta
from typing import Final

from conversations import driver
from conversations.kinds.reference import Picked
from conversations.plans import MOVE_LINE, PLAN_VISIT, PLAN_WORK, TELL_LINE, line_card
from crm_core.customers import queries as customers
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.plans import feed, queries, scores, service, suggestions, weeks
from crm_core.plans.permissions import MAKE, READ
from crm_core.plans.weeks import monday_of
from crm_core.tasks.queries import due_between
from handlers.routing import button, command
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import plans as screens
from screens.screen import N_, Button, Msg, Place, page_number

_WORDS: Final = (
    *("计划", "我的计划", "周计划", "本周计划", "工作计划", "日程", "我的日程"),
    *("plan", "my plan", "schedule", "week plan"),
)
_NEXT: Final = ("下周计划", "排下周", "排计划", "plan next week", "next week's plan")


@command("plan", N_("My plan: day, week, month"), permission=MAKE, order=32, words=_WORDS)
async def plan(turn: Turn) -> None:
    """This week."""
    await _week(turn, turn.actor.id, _today(turn), Place.NEW)


@command("next", N_("Plan next week from suggestions"), permission=MAKE, order=33, words=_NEXT)
async def next_week(turn: Turn) -> None:
    await _suggest(turn, monday_of(_today(turn)) + timedelta(days=7), Place.NEW)


def _today(turn: Turn) -> date:
    return turn.actor.today(now(turn.session))


@button("plan")
async def schedule(turn: Turn) -> None:
    """A day, a week or a month of somebody's plan (PL04)."""
    assert turn.tap is not None
    span, _, said = turn.tap.arg.partition(".")
    day_said, _, start = said.partition(".")
    day = _day(day_said) or _today(turn)
    whose = turn.id or turn.actor.id
    if span == "d":
        await _show_day(turn, whose, day, page_number(start))
    elif span == "m":
        await _month(turn, whose, day)
    else:
        await _week(turn, whose, day, Place.EDIT)


async def _show_day(turn: Turn, whose: int, day: date, start: int = 0) -> None:
    person = await queries.person(turn.session, turn.actor, whose)
    lines = await queries.lines_of(turn.session, turn.actor, whose, day, day)
    tasks = await due_between(turn.session, turn.actor, whose, day, day)
    await turn.show(screens.day_screen(person, day, lines, tasks, turn.actor, start, today=_today(turn)))


async def _week(turn: Turn, whose: int, day: date, place: Place) -> None:
    person = await queries.person(turn.session, turn.actor, whose)
    week = monday_of(day)
    lines = await queries.lines_of(turn.session, turn.actor, whose, week, week + timedelta(days=6))
    row = await queries.week_of(turn.session, turn.actor, whose, week)
    today = _today(turn)
    await turn.show(screens.week_screen(person, week, lines, row, turn.actor, today=today, place=place))


async def _month(turn: Turn, whose: int, day: date) -> None:
    person = await queries.person(turn.session, turn.actor, whose)
    mondays = scores.weeks_of_month(day)
    counts = await queries.counts_by_week(turn.session, turn.actor, whose, mondays[0], mondays[-1] + timedelta(days=6))
    month_score = await scores.month_score(turn.session, turn.actor, whose, day)
    await turn.show(screens.month_screen(person, day, mondays, counts, month_score, turn.actor))


@button("plan.new")
async def new(turn: Turn) -> None:
    """A visit or other work, for the day one was looking at; of a customer whose archive one was looking at."""
    assert turn.tap is not None
    what, _, said = turn.tap.arg.partition(".")
    day = _day(said)
    known: dict[str, object] = {}
    if day is not None and day > _today(turn):
        known["day"] = day.isoformat()
    if turn.id:
        customer = await customers.find(turn.session, turn.actor, turn.id)
        known["customer"] = PLAN_VISIT.fields[0].kind.dump(Picked(customer.id, customer.name))
    await driver.begin(turn.scene, PLAN_WORK if what == "w" else PLAN_VISIT, known)


@button("plan.line")
async def line(turn: Turn) -> None:
    await turn.show(await line_card(turn.session, turn.actor, turn.id))


@button("plan.set")
async def set_line(turn: Turn) -> None:
    """Done, dropped, or open again: as the card says, or it is drawn anew."""
    assert turn.tap is not None
    verbs = {"done": service.finish_line, "dropped": service.drop_line, "open": service.reopen_line}
    verb = verbs.get(turn.tap.arg)
    if verb is None:
        raise DomainError(NOT_FOUND)
    await verb(turn.session, turn.actor, turn.id)
    await turn.show(await line_card(turn.session, turn.actor, turn.id))


@button("plan.move")
async def move(turn: Turn) -> None:
    line = await service.own_line(turn.session, turn.actor, turn.id)
    await driver.begin(turn.scene, MOVE_LINE, {"line_id": line.id, "revision": line.revision})


@button("plan.tell")
async def tell(turn: Turn) -> None:
    line = await service.own_line(turn.session, turn.actor, turn.id)
    await driver.begin(turn.scene, TELL_LINE, {"line_id": line.id})


@button("plan.suggest")
async def suggest(turn: Turn) -> None:
    assert turn.tap is not None
    await _suggest(turn, monday_of(_day(turn.tap.arg) or _today(turn)), Place.EDIT)


async def _suggest(turn: Turn, week: date, place: Place, said: Msg | None = None) -> None:
    found = await suggestions.suggestions(turn.session, turn.actor, week)
    await turn.show(screens.suggested_screen(week, found, turn.actor, said=said, place=place))


@button("plan.take")
async def take(turn: Turn) -> None:
    """One that is suggested, or all of them; then the week as it is planned now."""
    assert turn.tap is not None
    week = monday_of(_day(turn.tap.arg) or _today(turn))
    wanted = [turn.id] if turn.id else None
    count = await suggestions.take(turn.session, turn.actor, week, wanted)
    if turn.id:
        await _suggest(turn, week, Place.EDIT, N_("✓ Planned.") if count else N_("It is planned already."))
    else:
        await turn.toast(N_("%(count)s planned.")(count=count))
        await _week(turn, turn.actor.id, week, Place.EDIT)


@button("plan.submit")
async def submit(turn: Turn) -> None:
    """Hand the week in before it goes by itself."""
    assert turn.tap is not None
    week = monday_of(_day(turn.tap.arg) or _today(turn))
    await weeks.submit(turn.session, turn.actor, week)
    await turn.toast(N_("Handed in. Your superior scores it."))
    await _week(turn, turn.actor.id, week, Place.EDIT)


@button("plan.feed")
async def calendar(turn: Turn) -> None:
    """The address of one's calendar feed: a new one, or none any more (BY27)."""
    assert turn.tap is not None
    if turn.tap.arg == "new" and turn.calendars:
        token = await feed.open_feed(turn.session, turn.actor)
        await turn.show(screens.feed_screen(f"{turn.calendars.rstrip('/')}/calendar/{token}.ics", on=True))
        return
    said = None
    if turn.tap.arg == "off" and await feed.close_feed(turn.session, turn.actor):
        said = N_("✓ Switched off: the address opens nothing any more.")
    there = await feed.feed_of(turn.session, turn.actor)
    await turn.show(screens.feed_screen(None, on=there is not None, said=said, served=bool(turn.calendars)))


@tile(Module.WORK, permission=READ, order=20)
async def mine(turn: Turn) -> Part:
    today = _today(turn)
    own = turn.actor.id
    lines = await queries.lines_of(turn.session, turn.actor, own, today, today)
    left = sum(row.state == "open" for row in lines)
    words = (N_("Planned today: %(count)s, open: %(left)s")(count=len(lines), left=left),) if lines else ()
    week = Button(N_("🗓 My plan"), "plan", own, arg=f"w.{today}")
    return Part(words, ((week, Button(N_("🔗 Calendar"), "plan.feed")),))


def _day(words: str) -> date | None:
    """Anybody can forge a button."""
    try:
        day = date.fromisoformat(words)
    except ValueError:
        return None
    return day if 2000 < day.year < 2100 else None
