"""Help, and what is typed or sent outside any form."""

from typing import Final

from conversations import driver
from conversations.form import forms
from conversations.kinds.base import Sent, Typed
from conversations.visits import LOG_VISIT
from crm_core.org.rights import may
from crm_core.visits.permissions import LOG
from handlers.comments import replied
from handlers.customers import found
from handlers.routing import button, command, menu_of
from handlers.turn import Turn
from screens.screen import N_
from screens.system import help_screen, notice

_CAN_START_A_VISIT: Final = frozenset({"photo", "location"})


async def show_help(turn: Turn, unknown: str | None = None) -> None:
    await turn.show(help_screen(menu_of(turn.actor), unknown=unknown))


@command("help", N_("What I can do"), order=95)
async def help_(turn: Turn) -> None:
    await show_help(turn)


@command("cancel", N_("Cancel the open form"), order=96)
async def cancel(turn: Turn) -> None:
    """Cancel the open form, wherever its card has gone."""
    if turn.draft is None or turn.draft.form not in forms():
        await turn.show(notice(N_("No form is open. Type a customer's name, or /help.")))
        return
    await driver.handle(turn.scene, turn.draft, driver.Do("cancel"))


async def typed(turn: Turn) -> None:
    """Any typed line: a comment, if it answers a record's card; the open form's answer; else a customer to look for."""
    if await replied(turn):
        return
    if turn.draft is not None and turn.draft.form in forms():
        await driver.handle(turn.scene, turn.draft, Typed(turn.text))
        return
    await found(turn, turn.text)


async def sent(turn: Turn, thing: Sent) -> None:
    """A photo or place: into the open form, else it begins a visit. Other things are politely declined."""
    if turn.draft is not None and turn.draft.form in forms():
        await driver.handle(turn.scene, turn.draft, thing)
    elif thing.what in _CAN_START_A_VISIT and may(turn.actor, LOG):
        await driver.begin(turn.scene, LOG_VISIT, first=thing)
    else:
        await turn.show(
            notice(N_("I can't use this yet. Type a customer's name, log a visit with /visit, or see /help."))
        )


async def edited(turn: Turn) -> None:
    """An edited message changes nothing that is saved; say so, with the way to correct a record."""
    await turn.show(
        notice(N_("You edited a message; what is saved stays as it was. To correct a record, open it and tap ✎."))
    )


@button("help")
async def help_by_button(turn: Turn) -> None:
    await show_help(turn)
