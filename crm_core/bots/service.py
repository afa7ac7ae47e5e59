"""Which bots there are and whom each serves (BY30). Past one token's thirty messages a second a company takes another.

A person belongs to the bot whose Start was pressed last, and is written to by that one alone.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.bots import errors
from crm_core.bots.models import Bot, UnitBot
from crm_core.kit.db import AnyRow, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import At, Page, paged
from crm_core.org.actor import Actor
from crm_core.org.models import Company, Employee, Unit, UnitKind
from crm_core.org.permissions import MANAGE_PEOPLE
from crm_core.org.rights import require

SILENT_AFTER: Final = timedelta(minutes=5)
"""Who runs a bot sees it once a minute: one that was not seen for so long does not run."""


async def note_seen(session: AsyncSession, bot_id: int, username: str) -> None:
    """The messenger knows the bot, by this name."""
    values = {"id": bot_id, "username": username, "seen_at": now(session), "refused_at": None}
    statement = insert(Bot).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=[Bot.id], set_=values))


async def note_refused(session: AsyncSession, bot_id: int) -> None:
    """The messenger does not know its token (any more)."""
    moment = now(session)
    fresh = insert(Bot).values(id=bot_id, username="", seen_at=moment, refused_at=moment)
    known = {"refused_at": func.coalesce(Bot.refused_at, moment), "seen_at": moment}
    await session.execute(fresh.on_conflict_do_update(index_elements=[Bot.id], set_=known))


def is_silent(seen_at: datetime, moment: datetime) -> bool:
    """Whether no process runs the bot: its token was taken out of the settings, or all of them are down."""
    return moment - seen_at > SILENT_AFTER


async def bots(session: AsyncSession, limit: int) -> Sequence[AnyRow]:
    """Our bots: rows of (id, username, seen_at, refused_at, people)."""
    people = select(func.count()).where(Employee.bot_id == Bot.id, Employee.telegram_id.is_not(None)).scalar_subquery()
    columns = (Bot.id, Bot.username, Bot.seen_at, Bot.refused_at, people.label("people"))
    return (await session.execute(select(*columns).order_by(Bot.id).limit(limit))).all()


async def branches(session: AsyncSession, at: At, limit: int) -> Page:
    """Branches, and departments that have a bot of their own: rows of (id, name, username), the bot being one's own."""
    statement = (
        select(Unit.id, Unit.name, Bot.username)
        .outerjoin(UnitBot, UnitBot.unit_id == Unit.id)
        .outerjoin(Bot, Bot.id == UnitBot.bot_id)
        .where(or_(Unit.kind == UnitKind.BRANCH, UnitBot.bot_id.is_not(None)))
    )
    return await paged(session, statement, (Unit.id, Unit.id), at, limit)


async def own(session: AsyncSession, unit_id: int) -> Bot | None:
    """The bot that was chosen for this very unit."""
    return await session.scalar(select(Bot).join(UnitBot, UnitBot.bot_id == Bot.id).where(UnitBot.unit_id == unit_id))


async def of_unit(session: AsyncSession, unit_id: int) -> Bot | None:
    """The bot that a unit's people talk to: its own, else the nearest above. None: any will do."""
    return await session.scalar(_nearest(Unit.id == unit_id))


async def of_employee(session: AsyncSession, employee_id: int) -> Bot | None:
    """As `of_unit`, for the unit that somebody is in."""
    mine = select(Employee.unit_id).where(Employee.id == employee_id).scalar_subquery()
    return await session.scalar(_nearest(Unit.id == mine))


def _nearest(which: ColumnElement[bool]) -> Select[Bot]:
    """One whose token is refused serves nobody: the one above it does meanwhile."""
    above = aliased(Unit)
    return (
        select(Bot)
        .join(UnitBot, UnitBot.bot_id == Bot.id)
        .join(above, above.id == UnitBot.unit_id)
        .join(Unit, above.id == func.any(Unit.path))
        .where(which, Bot.refused_at.is_(None))
        .order_by(func.cardinality(above.path).desc())
        .limit(1)
    )


async def assign(session: AsyncSession, actor: Actor, unit_id: int, bot_id: int | None) -> Sequence[AnyRow]:
    """From now on a unit's people talk to this bot (None: to that of the unit above, or any).

    Answers who has to press Start there: rows of (bot_id, telegram_id, language, zone). Nobody is moved behind their
    back: Telegram lets a bot write only to who has started it. Raises `bot.unknown`, `bot.refused`, `not_found`.
    """
    await require(session, actor, MANAGE_PEOPLE)
    unit = await session.get(Unit, unit_id, with_for_update=True)
    if unit is None:
        raise DomainError(NOT_FOUND)
    chosen = await session.scalar(select(UnitBot).where(UnitBot.unit_id == unit_id))
    if bot_id is None:
        if chosen is not None:
            await session.delete(chosen)
        await session.flush()
        return []
    bot = await session.get(Bot, bot_id)
    if bot is None:
        raise DomainError(errors.UNKNOWN)
    if bot.refused_at is not None:
        raise DomainError(errors.REFUSED, bot=bot.username)
    if chosen is None:
        session.add(UnitBot(unit_id=unit_id, bot_id=bot_id))
    else:
        chosen.bot_id = bot_id
    await session.flush()
    return await _elsewhere(session, unit_id, bot_id)


async def _elsewhere(session: AsyncSession, unit_id: int, bot_id: int) -> Sequence[AnyRow]:
    """Who of a unit, and of those below it that have no bot of their own, talks to another bot."""
    nearer, other = aliased(Unit), aliased(UnitBot)
    overruled = (
        select(other.id)
        .join(nearer, nearer.id == other.unit_id)
        .where(nearer.id == func.any(Unit.path), nearer.path.contains([unit_id]), nearer.id != unit_id)
    )
    statement = (
        select(
            Employee.bot_id,
            Employee.telegram_id,
            func.coalesce(Employee.language, Company.language).label("language"),
            func.coalesce(Employee.zone, Company.zone).label("zone"),
        )
        .join(Unit, Unit.id == Employee.unit_id)
        .join(Company, Company.id == 1)
        .where(
            Unit.path.contains([unit_id]),
            ~overruled.exists(),
            Employee.left_at.is_(None),
            Employee.telegram_id.is_not(None),
            Employee.unreachable_since.is_(None),
            Employee.bot_id.is_not(None),
            Employee.bot_id != bot_id,
        )
        .order_by(Employee.id)
    )
    return (await session.execute(statement)).all()


async def orphans(session: AsyncSession, running: Collection[int]) -> Sequence[AnyRow]:
    """Bots that people belong to and that nobody runs: rows of (id, username, people)."""
    statement = (
        select(Employee.bot_id.label("id"), func.max(Bot.username).label("username"), func.count().label("people"))
        .outerjoin(Bot, Bot.id == Employee.bot_id)
        .where(Employee.telegram_id.is_not(None), Employee.left_at.is_(None), Employee.bot_id.not_in(running))
        .group_by(Employee.bot_id)
        .order_by(Employee.bot_id)
    )
    return (await session.execute(statement)).all()
