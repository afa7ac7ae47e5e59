"""Colleagues who write to another bot of ours than the one they belong to (BY30)."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import driver
from conversations.driver import Scene
from conversations.form import forms
from crm_core.audit.service import act_as
from crm_core.bots import moving
from crm_core.bots.models import Bot
from crm_core.drafts.models import Draft
from crm_core.inbox.lanes import Claimed
from crm_core.inbox.models import Chat
from crm_core.org import queries
from crm_core.org.actor import Actor
from handlers import routing
from screens import post
from screens.bots import arrived_screen, elsewhere_screen, gone_over_screen
from screens.post import Reader
from screens.screen import N_, Words

_START: Final = "/start"
_THERE: Final = N_("You talk to @%(bot)s now. This chat is no longer used.")
_ELSEWHERE: Final = N_("You talk to another bot of ours now. This chat is no longer used.")


async def come_over(session: AsyncSession, claimed: Claimed, said: str, user_id: int) -> bool:
    """Whether a colleague of another bot says this; `/start` lets them in here, unless their unit talks to another.

    A link for somebody else is none of that: it is left to who reads invites.
    """
    home = await moving.home(session, user_id)
    if home is None or home.employee.bot_id == claimed.bot_id or said.startswith(f"{_START} "):
        return False
    actor = await queries.actor(session, home.employee.id)
    assert actor is not None
    act_as(session, actor.id, op=claimed.id)
    reader = Reader(claimed.bot_id, claimed.chat_id, actor.language, actor.zone)
    if said.strip() == _START and home.may_come(claimed.bot_id):
        await _move(session, home, actor, reader)
        return True
    moves = home.wanted is not None and home.wanted.id == claimed.bot_id
    await post.send(session, reader, elsewhere_screen(_name(home.wanted or home.bot), start_here=moves))
    return True


async def _move(session: AsyncSession, home: moving.Home, actor: Actor, reader: Reader) -> None:
    old = Reader(home.employee.bot_id or 0, reader.chat_id, actor.language, actor.zone)
    left = await moving.move(session, home.employee, reader.bot_id)
    for card_id in left:
        await post.strip(session, old, card_id)
    here = await session.get(Bot, reader.bot_id)
    if home.bot is None or home.bot.refused_at is None:  # else nothing reaches that chat
        await post.send(session, old, gone_over_screen(_name(here)))
    menu = routing.menu_of(actor)
    await post.send(session, reader, arrived_screen(actor.name, _name(home.bot), menu))
    await post.set_menu(session, reader, menu)
    chat = await session.get_one(Chat, (reader.bot_id, reader.chat_id), populate_existing=True)
    draft = await session.get(Draft, chat.draft_id, populate_existing=True) if chat.draft_id else None
    if draft is not None and draft.form in forms():
        await driver.resume(Scene(session, actor, reader), draft)


async def elsewhere(session: AsyncSession, claimed: Claimed, user_id: int) -> Words | None:
    """What a tap in a chat that a colleague has left is answered with; None for a stranger's."""
    home = await moving.home(session, user_id)
    if home is None or home.employee.bot_id == claimed.bot_id:
        return None
    return _THERE(bot=home.bot.username) if _name(home.bot) and home.bot else _ELSEWHERE


def _name(bot: Bot | None) -> str:
    """Its name for links; empty where the messenger has not told it yet."""
    return bot.username if bot is not None else ""
