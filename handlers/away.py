"""Stand-ins: for oneself, or a superior for a report; ended early by whom it concerns."""

from conversations import driver
from conversations.away import STAND_IN, away_card, tell_both
from crm_core.kit.errors import NOT_ALLOWED, DomainError
from crm_core.org import away
from crm_core.org.permissions import NAME_STAND_IN
from crm_core.org.rights import require
from handlers.routing import button, command
from handlers.turn import Turn
from screens.screen import N_, Place


@command(
    "away",
    N_("Away: who stands in for me"),
    permission=NAME_STAND_IN,
    order=45,
    words=("替班", "找人替班", "请人替班", "代班", "stand-in", "stand in"),
)
async def mine(turn: Turn) -> None:
    """Who stands in for me, and for whom I do."""
    await require(turn.session, turn.actor, NAME_STAND_IN)
    await turn.show(await away_card(turn.session, turn.actor, turn.actor.id, place=Place.NEW))


@button("away")
async def theirs(turn: Turn) -> None:
    await _require(turn, turn.id)
    await turn.show(await away_card(turn.session, turn.actor, turn.id))


async def _require(turn: Turn, employee_id: int) -> None:
    if not await away.may_name(turn.session, turn.actor, employee_id):
        raise DomainError(NOT_ALLOWED)


@button("away.new")
async def new(turn: Turn) -> None:
    await _require(turn, turn.id)
    await driver.begin(turn.scene, STAND_IN, {"absent": turn.id})


@button("away.end")
async def end(turn: Turn) -> None:
    """It ends with this tap; both are told."""
    row = await away.stand_in(turn.session, turn.id)
    ended = await away.end_stand_in(turn.session, turn.actor, turn.id)
    if ended.ends_at < row.ends_at:
        await tell_both(turn.session, turn.actor, row, ended=True)
    await turn.toast(N_("It has ended."))
    seen = row.absent_id if await away.may_name(turn.session, turn.actor, row.absent_id) else turn.actor.id
    await turn.show(await away_card(turn.session, turn.actor, seen))
