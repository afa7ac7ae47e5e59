"""Buttons of forms, and what is typed or sent while one is open."""

from collections.abc import Mapping
from typing import Any, Final

from conversations import driver
from conversations.changes import Changes
from conversations.driver import Do
from conversations.engine import Event
from conversations.kinds.base import IDLE, Tapped
from conversations.known import is_known
from conversations.view import KEY
from crm_core.inbox.lanes import open_draft
from handlers.routing import button
from handlers.turn import Turn
from screens.screen import N_, Screen

_VERBS: Final = frozenset(
    {"open", "edit", "card", "skip", "back", "confirm", "page", "look", "half", IDLE, "again", "save", "cancel", "new"}
)

GONE: Final = N_("This form is already finished or was cancelled. Nothing was changed by this tap.")
_NO_DAY: Final = N_("No day here. Tap a date.")
STALE: Final = N_("That was an older card. Here is how it stands now.")


def event_of(arg: str) -> Event | None:
    """What a button of a form asks for."""
    verb, _, rest = arg.partition(".")
    if verb == "v":
        return Tapped(rest)
    return Do(verb, rest) if verb in _VERBS else None


@button(KEY)
async def tapped(turn: Turn) -> None:
    """A button of a form's card. One of an older card is told so, and the form is drawn as it stands.

    When the form is finished the card is left alone: by a double press of Save it tells what was saved.
    """
    assert turn.tap is not None
    draft = await turn.tapped_draft()
    if draft is None or not await is_known(turn.session, draft):
        await turn.toast(GONE)
        return
    event = event_of(turn.tap.arg)
    if event is None or turn.tap.revision != draft.revision:
        await turn.toast(STALE)
        await driver.resume(turn.scene, draft)
        return
    if event == Do(IDLE):
        await turn.toast(_NO_DAY)
        return
    await open_draft(turn.session, turn.reader.bot_id, turn.reader.chat_id, draft.id)
    toast = await driver.handle(turn.scene, draft, event)
    if toast is not None:
        await turn.toast(toast)


async def begin_change(
    turn: Turn, changes: Changes, row: Any, *, stands: bool = True, known: Mapping[str, Any] | None = None
) -> bool:
    """Open the form of the field whose button was tapped, with what is `known` besides.

    False when the card was out of date or the record no longer `stands`: the person is told, the caller draws it anew.
    """
    assert turn.tap is not None
    opened = await changes.opened(turn.session, turn.actor, turn.tap.arg, row.id, row.revision)
    if opened is None or not stands or row.revision != turn.tap.revision:
        await turn.toast(STALE)
        return False
    form, held = opened
    await driver.begin(turn.scene, form, {**held, **(known or {})})
    return True


@button("resume")
async def resume(turn: Turn) -> None:
    """Back into an interrupted form."""
    draft = await turn.tapped_draft()
    if draft is None or not await is_known(turn.session, draft):
        await turn.toast(GONE)
        await turn.drop_button()
        return
    await driver.resume(turn.scene, draft)


@button("dismiss")
async def close_message(turn: Turn) -> None:
    """Put a message away: its keyboard goes, nothing else happens."""
    await turn.toast(N_("All right."))
    await turn.show(Screen("system/closed.html"))
