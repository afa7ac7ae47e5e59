"""Forms that wait half filled: to go on with, or to give up."""

from conversations.form import forms
from conversations.onwards import about
from crm_core.drafts import service as drafts
from crm_core.drafts.models import Draft
from crm_core.inbox.lanes import open_draft
from handlers.forms import GONE
from handlers.menu import show_module
from handlers.routing import button
from handlers.tiles import Module, Part, tile
from handlers.turn import Turn
from screens import post
from screens.screen import N_, Button, Msg

_MOST = 4


@tile(Module.FLOWS, order=10)
async def waiting(turn: Turn) -> Part:
    """Open drafts, each with the way on and the way out."""
    known = [one for one in await drafts.under_way(turn.session, turn.actor.id, _MOST) if one.form in forms()]
    if not known:
        return Part()
    rows = tuple(
        (Button(_go_on(one), "resume", one.id), Button(N_("✖ Give up"), "draft.drop", one.id)) for one in known
    )
    return Part((N_("Half filled, kept for seven days: %(count)s")(count=len(known)),), rows)


def _go_on(draft: Draft) -> Msg:
    title, whom = forms()[draft.form].title, about(draft)
    return N_("▸ %(form)s %(about)s")(form=title, about=whom) if whom else N_("▸ %(form)s")(form=title)


@button("draft.drop")
async def drop(turn: Turn) -> None:
    """The form is given up; its card stays in the chat without buttons."""
    draft = await turn.tapped_draft()
    if draft is None:
        await turn.toast(GONE)
    else:
        await drafts.end(turn.session, draft)
        if turn.draft is not None and turn.draft.id == draft.id:
            await open_draft(turn.session, turn.reader.bot_id, turn.reader.chat_id, None)
            turn.draft = None
        if draft.card_id:
            await post.strip(turn.session, turn.reader, draft.card_id)
        await turn.toast(N_("Given up. Nothing was saved."))
    await show_module(turn, Module.FLOWS)
