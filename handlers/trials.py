"""Samples and trials: how one does. The rest is what all matters have."""

from conversations import driver
from conversations.matters import card
from conversations.trials import ANSWER_TRIAL, TRIALS
from crm_core.customers.permissions import READ
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.matters.queries import count
from crm_core.trials import service
from crm_core.trials.models import Trial, TrialState
from crm_core.trials.queries import OPEN
from handlers.matters import changeable, serve
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens.screen import N_, Button
from screens.trials import ALL_OPEN, TRIAL

_SAID_IN_WORDS = (TrialState.PASSED, TrialState.FAILED)

serve(TRIALS)


@button("trial.answer")
async def answer(turn: Turn) -> None:
    """One tap where that says all; how a test ended is told in words."""
    assert turn.tap is not None
    if turn.tap.arg not in set(TrialState):
        raise DomainError(NOT_FOUND)
    state = TrialState(turn.tap.arg)
    if state in _SAID_IN_WORDS:
        row = await changeable(turn, TRIALS)
        await driver.begin(turn.scene, ANSWER_TRIAL, {"matter_id": row.id, "state": state.value})
        return
    await service.answer_trial(turn.session, turn.actor, turn.id, state)
    await turn.show(await card(turn.session, turn.actor, TRIAL, Trial, turn.id, N_("✓ Saved.")))


@tile(Module.WORK, permission=READ, order=26)
async def under_way(turn: Turn) -> Part:
    """What customers try just now: one's own, and a manager's team's."""
    there = await count(turn.session, turn.actor, Trial, OPEN)
    return Part(rows=((Button(N_("🧪 Samples under way (%(count)s)")(count=there), ALL_OPEN.key),),) if there else ())
