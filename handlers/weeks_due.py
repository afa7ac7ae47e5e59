"""What reminders of plans open: a day, a week's suggestions, who has no plan, scores of a month (RE04, PL10)."""

from datetime import date

from conversations.late import late_list, nudge
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.org.permissions import SEE_TEAM
from crm_core.org.rights import require
from crm_core.plans import scores
from crm_core.plans.permissions import MAKE
from crm_core.plans.weeks import monday_of
from handlers.plans import show_day, show_month, suggest_for
from handlers.routing import button
from handlers.turn import Turn
from screens.reminders_plans import team_month_screen
from screens.screen import N_, Place, page_number

_FIRST = date(2000, 1, 1).toordinal()
_LAST = date(2100, 1, 1).toordinal()


def _day(turn: Turn) -> date:
    """The day whose ordinal the button has. Anybody can forge it."""
    if not _FIRST <= turn.id < _LAST:
        raise DomainError(NOT_FOUND)
    return date.fromordinal(turn.id)


def _below(turn: Turn) -> None:
    """The reminder stays: what opens comes below."""
    assert turn.tap is not None
    if turn.tap.arg == "below":
        turn.message_id = None


@button("plan.day")
async def day(turn: Turn) -> None:
    """One's own day."""
    at = _day(turn)
    _below(turn)
    await show_day(turn, turn.actor.id, at)


@button("plan.due")
async def suggestions(turn: Turn) -> None:
    """What is suggested for the week that has no plan yet."""
    await require(turn.session, turn.actor, MAKE, on=turn.actor.id)
    week = monday_of(_day(turn))
    _below(turn)
    await suggest_for(turn, week, Place.EDIT)


@button("plan.late")
async def late(turn: Turn) -> None:
    """Direct reports without a plan for a week."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, SEE_TEAM)
    week = monday_of(_day(turn))
    _below(turn)
    await turn.show(await late_list(turn.session, turn.actor, week, page_number(turn.tap.arg)))


@button("plan.nudge")
async def ask(turn: Turn) -> None:
    """One of them is asked for the plan, or all are."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, SEE_TEAM)
    said, _, page = turn.tap.arg.partition(".")
    try:
        week = monday_of(date.fromisoformat(said))
    except ValueError:
        raise DomainError(NOT_FOUND) from None
    count = await nudge(turn.session, turn.actor, week, (turn.id,) if turn.id else ())
    if not count:
        await turn.toast(N_("Nudged today already, or it is settled."))
    else:
        await turn.toast(N_("👋 Nudged: %(count)s.")(count=count))
    if page:
        await turn.show(await late_list(turn.session, turn.actor, week, page_number(page)))


@button("plan.month")
async def month(turn: Turn) -> None:
    """One's own score of a month, and what it is made of."""
    at = _day(turn)
    await scores.see_month(turn.session, turn.actor, at)
    _below(turn)
    await show_month(turn, turn.actor.id, at)


@button("plan.scores")
async def team(turn: Turn) -> None:
    """What one's people were scored in a month."""
    assert turn.tap is not None
    await require(turn.session, turn.actor, SEE_TEAM)
    at = _day(turn).replace(day=1)
    await scores.see_month(turn.session, turn.actor, at, team=True)
    _below(turn)
    found = await scores.team_scores(turn.session, turn.actor, at)
    await turn.show(team_month_screen(at, found, page_number(turn.tap.arg)))
