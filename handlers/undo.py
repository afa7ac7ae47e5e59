"""Taking back what one has just done (BY08)."""

from crm_core.audit import errors
from crm_core.audit.events import Undone
from crm_core.audit.undo import last_op, undo
from crm_core.kit.behind import nested
from crm_core.kit.errors import DomainError
from crm_core.org.queries import in_chat
from crm_core.outbox import service as outbox
from handlers.routing import button, said
from handlers.turn import Turn
from screens import post
from screens.post import Reader
from screens.screen import N_
from screens.undo import KEY, undone_screen, withdrawn_screen
from screens.wording import words_of


@button(KEY)
async def take_back(turn: Turn) -> None:
    """Within ten minutes everything is as it was before; afterwards the button explains, and goes."""
    try:
        async with nested(turn.session):
            await _take_back(turn, turn.id)
    except DomainError as error:
        await turn.toast(words_of(error), alert=True)
        if error.code == errors.TOO_LATE:
            await turn.drop_button()
        return
    await turn.toast(N_("Undone."))


@said("撤销", "撤回", "undo")
async def take_back_last(turn: Turn) -> None:
    """What one did last, without looking for its card."""
    op = await last_op(turn.session, turn.actor)
    if op is None:
        raise DomainError(errors.NOTHING)
    await _take_back(turn, op)


async def _take_back(turn: Turn, op: int) -> None:
    undone = await undo(turn.session, turn.actor, op)
    await turn.show(undone_screen(undone))
    for table, row_id in undone.gone:
        await _withdraw(turn, undone, f"{table}:{row_id}")


async def _withdraw(turn: Turn, undone: Undone, subject: str) -> None:
    """Whoever has a card about what is gone reads there that it is."""
    cards = await outbox.cards_of(turn.session, subject)
    for card in cards:
        reader = turn.reader
        if card.chat_id != reader.chat_id or card.bot_id != reader.bot_id:
            other = await in_chat(turn.session, card.chat_id)
            if other is None:
                continue
            reader = Reader(card.bot_id, card.chat_id, other.language, other.zone)
        screen = withdrawn_screen(undone, turn.actor.name)
        await post.edit(turn.session, reader, screen, card_id=card.id)
    await outbox.release(turn.session, [card.id for card in cards])
