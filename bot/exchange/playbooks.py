"""Reads playbooks that admins sent: fetched as any file, checked, and shown on their card (AP02)."""

import asyncio
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot.exchange.readers import reader_of
from bot.files.storage import Storage, StorageError
from crm_core.attachments.content import EMPTY, EXPIRED, TOO_LARGE
from crm_core.attachments.models import File, FileState
from crm_core.kit.db import Database
from crm_core.kit.errors import DomainError
from crm_core.org import queries
from crm_core.playbook.problems import PlaybookError, Problem
from crm_core.proposals import errors, steps
from crm_core.proposals.looking import look
from crm_core.proposals.models import PlaybookProposal, State
from crm_core.proposals.reading import UnsoundError, parsed, sound
from crm_core.proposals.service import MOST_BYTES
from crm_core.proposals.steps import Claim
from screens import post
from screens.flows import doubt_words
from screens.post import Reader
from screens.proposals import ended_screen, ready_screen, refused_screen

log = structlog.get_logger()

_REFUSALS: Final = {EMPTY: errors.EMPTY, EXPIRED: errors.LOST}


async def once(db: Database, storage: Storage) -> bool:
    """One that is fetched; whether there was any. Never raises but for a broken database."""
    async with db.unit() as session:
        claimed = await steps.claim(session)
    if claimed is None:
        return False
    try:
        text = steps.text_of(await _content(db, storage, claimed))
        await asyncio.to_thread(parsed, text)
        await _checked(db, claimed, text)
    except PlaybookError as error:
        await _refused(db, claimed, error.problems)
    except DomainError as error:
        await _failed(db, claimed, error)
    except StorageError as error:
        log.warning("playbook.storage", proposal=claimed.id, why=str(error))
        await _stumbled(db, claimed)
    except Exception:
        log.exception("playbook.failed", proposal=claimed.id)
        await _stumbled(db, claimed)
    return True


async def _content(db: Database, storage: Storage, claimed: Claim) -> bytes:
    """Raises DomainError for what could not be fetched."""
    async with db.unit() as session:
        row = await session.get_one(PlaybookProposal, claimed.id)
        file = await session.get_one(File, row.file_row_id)
        state, reason, key, size = file.state, file.error, file.key, file.size
    if state == FileState.STORED and key is not None:
        return await storage.get(key)
    if reason == TOO_LARGE:
        raise DomainError(errors.TOO_LARGE, size=-(-(size or 0) >> 10) or "?", most=MOST_BYTES >> 10)
    raise DomainError(_REFUSALS.get(reason or "", errors.NOT_TEXT))


async def _checked(db: Database, claimed: Claim, text: str) -> None:
    """Its text is right: what does the company lack, and what would change?"""
    async with db.unit() as session:
        row = await steps.held(session, claimed)
        if row is None:
            return
        reader = await _reader(session, row)
        try:
            await sound(session, text)
        except UnsoundError as error:
            language = reader.language if reader is not None else "en"
            await steps.refuse(session, row, [Problem(doubt_words(one, language)) for one in error.doubts])
        else:
            await steps.ready(session, row, text)
        await _show(session, row, reader)


async def _refused(db: Database, claimed: Claim, problems: tuple[Problem, ...]) -> None:
    async with db.unit() as session:
        row = await steps.held(session, claimed)
        if row is not None:
            await steps.refuse(session, row, problems)
            await _show(session, row, await _reader(session, row))


async def _failed(db: Database, claimed: Claim, error: DomainError) -> None:
    async with db.unit() as session:
        row = await steps.held(session, claimed)
        if row is not None:
            await steps.fail(session, row, error)
            await _show(session, row, await _reader(session, row))


async def _stumbled(db: Database, claimed: Claim) -> None:
    """Something of ours went wrong: it falls due again, some times."""
    if claimed.attempts >= steps.TRIES:
        await _failed(db, claimed, DomainError(errors.STUCK))


async def _reader(session: AsyncSession, row: PlaybookProposal) -> Reader | None:
    actor = await queries.actor(session, row.employee_id)
    return await reader_of(session, actor, row.bot_id, row.chat_id) if actor is not None else None


async def _show(session: AsyncSession, row: PlaybookProposal, reader: Reader | None) -> None:
    """The card as it stands; nothing to who has left."""
    if reader is None:
        return
    if row.state == State.READY:
        screen = ready_screen(row, await look(session, row), reader.language)
    elif row.problems is not None:
        screen = refused_screen(row, reader.language)
    else:
        screen = ended_screen(row)
    if row.card_id is not None:
        await post.edit(session, reader, screen, card_id=row.card_id)
    else:
        row.card_id = await post.send(session, reader, screen)
