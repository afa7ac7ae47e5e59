"""Weeks from above: who has planned what, what waits for a score, a score in two taps (TG15)."""

from datetime import date

from conversations import driver
from conversations.plans import SCORE_WEEK, scored, week_card
from crm_core.kit.db import now
from crm_core.kit.errors import DomainError
from crm_core.plans import errors, queries
from crm_core.plans.permissions import REVIEW
from crm_core.plans.weeks import ReviewWeek, monday_of, require_over
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.lists import page_of
from screens.screen import N_, Button
from screens.weeks import TEAM, WAITING, team_screen, waiting_screen


@button("week")
async def one(turn: Turn) -> None:
    assert turn.tap is not None
    if turn.tap.arg == "below":  # the reminder stays
        turn.message_id = None
    await turn.show(await week_card(turn.session, turn.actor, turn.id))


@button("week.score")
async def score(turn: Turn) -> None:
    """The first tap picks the score, the second says something to it and keeps both."""
    assert turn.tap is not None
    picked, _, said = turn.tap.arg.partition(".")
    row = await queries.week_plan(turn.session, turn.actor, turn.id)
    await require_over(turn.session, turn.actor, row.employee_id)
    points = _points(picked)
    if not said:
        await turn.show(await week_card(turn.session, turn.actor, turn.id, picked=points))
        return
    comment = None if said == "-" else said
    await scored(turn.session, turn.actor, ReviewWeek(plan_id=turn.id, score=points, comment=comment))
    card = await week_card(turn.session, turn.actor, turn.id, said=N_("✓ Scored. It has been told."))
    await turn.show(card)


@button("week.words")
async def words(turn: Turn) -> None:
    assert turn.tap is not None
    row = await queries.week_plan(turn.session, turn.actor, turn.id)
    await require_over(turn.session, turn.actor, row.employee_id)
    await driver.begin(turn.scene, SCORE_WEEK, {"plan_id": turn.id, "score": _points(turn.tap.arg)})


def _points(words: str) -> int:
    """Anybody can forge a button."""
    if words not in {"1", "2", "3", "4", "5"}:
        raise DomainError(errors.NO_SUCH_SCORE)
    return int(words)


@button(WAITING.key)
async def waiting(turn: Turn) -> None:
    assert turn.tap is not None
    if turn.tap.arg == "below":  # the reminder stays
        turn.message_id = None
    at, _ = page_of(turn.tap.arg)
    await turn.show(waiting_screen(await queries.reviews_waiting(turn.session, turn.actor, at)))


@button(TEAM.key)
async def team(turn: Turn) -> None:
    """Direct and indirect reports' plans of a week (PL07)."""
    assert turn.tap is not None
    at, said = page_of(turn.tap.arg)
    today = turn.actor.today(now(turn.session))
    try:
        week = monday_of(date.fromisoformat(said))
    except ValueError:
        week = monday_of(today)
    await turn.show(team_screen(await queries.team_weeks(turn.session, turn.actor, week, at), week, turn.actor))


@tile(Module.WORK, permission=REVIEW, order=21)
async def from_above(turn: Turn) -> Part:
    """For who has somebody below."""
    if not turn.actor.has_reports:
        return Part()
    page = await queries.reviews_waiting(turn.session, turn.actor)
    count = f"{len(page.rows)}{'+' if page.more_after else ''}"
    lines = (N_("Weeks to score: %(count)s")(count=count),) if page.rows else ()
    waiting = (Button(WAITING.title, WAITING.key),) if page.rows else ()
    return Part(lines, ((Button(TEAM.title, TEAM.key), *waiting),))
