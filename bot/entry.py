"""Those who are not in: strangers, holders of an invite link, groups."""

from dataclasses import replace
from typing import Final
from zoneinfo import ZoneInfo

from aiogram.types import Message, User
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import crossing
from crm_core.audit.service import act_as
from crm_core.inbox.lanes import Claimed
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.org.invites import accept_invite
from crm_core.org.models import Company, Employee
from handlers import routing
from screens import post
from screens.catalogue import language_of
from screens.org import welcome_screen
from screens.post import Reader
from screens.system import group_screen, notice, stranger_screen
from screens.wording import words_of

_LONGEST_PAYLOAD: Final = 64
STRANGERS_BURST: Final = 10
STRANGERS_PER_S: Final = 1 / 600
"""How many answers somebody gets whom we do not know: enough to find the way in, and no use to play with."""


async def stranger(session: AsyncSession, claimed: Claimed, user: User) -> Reader:
    """Somebody we do not know, addressed in the language of their messenger."""
    company = await session.scalar(select(Company))
    language = language_of(user.language_code) or language_of(company.language if company else None) or "zh"
    return Reader(claimed.bot_id, claimed.chat_id, language, ZoneInfo(company.zone if company else "UTC"))


async def enter(session: AsyncSession, claimed: Claimed, message: Message, user: User, *, answered: bool) -> None:
    """A stranger gets one polite line; `/start` with a valid invite lets a colleague in.

    Who has had enough answers gets none any more: only a valid invite is always heard.
    """
    if await crossing.come_over(session, claimed, message.text or "", user.id):
        return
    reader = await stranger(session, claimed, user)
    command, _, token = (message.text or "").partition(" ")
    token = token.strip()
    if command != "/start" or not token or len(token) > _LONGEST_PAYLOAD:
        if answered:
            await post.send(session, reader, stranger_screen())
        return
    try:
        employee = await accept_invite(session, token, bot_id=claimed.bot_id, telegram_id=user.id)
    except DomainError as error:
        if answered:
            await post.send(session, reader, notice(words_of(error)))
        return
    actor = await queries.actor(session, employee.id)
    company = await session.get_one(Company, 1)
    assert actor is not None
    act_as(session, actor.id)
    menu = routing.menu_of(actor)
    await post.send(session, reader, welcome_screen(employee.name, company.name, menu))
    await post.set_menu(session, reader, menu)


async def farewell_groups(session: AsyncSession, claimed: Claimed, message: Message, username: str) -> None:
    """What is said to us in a group gets the way to the private chat; other talk there is none of our business."""
    if message.from_user is not None and _addressed(message.text or message.caption or "", username):
        await to_private(session, claimed, message.from_user, username)


def _addressed(text: str, username: str) -> bool:
    """Whether a line is meant for us: a command without another bot's name, or one that names us."""
    named = bool(username) and f"@{username}".casefold() in text.casefold()
    command = text.split(maxsplit=1)[0] if text.startswith("/") else ""
    return named or (bool(command) and "@" not in command)


async def to_private(session: AsyncSession, claimed: Claimed, user: User, username: str) -> None:
    """One line for a group, in the language of whom it answers."""
    reader = await stranger(session, claimed, user)
    member = (Employee.bot_id == claimed.bot_id, Employee.telegram_id == user.id)
    chosen = language_of(await session.scalar(select(Employee.language).where(*member)))
    reader = replace(reader, language=chosen) if chosen else reader
    await post.send(session, reader, group_screen(f"https://t.me/{username or 'telegram'}"))
