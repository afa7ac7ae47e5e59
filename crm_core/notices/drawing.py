"""Whose card of a notice is to be brought up to date now (decision 0023): sent, sent again, or edited.

What is due stands in `notice_receipt.draw_at` and is consumed in the transaction that fills the outbox, so a notice
reaches everybody once, whatever is killed whenever.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.events import subscribe
from crm_core.kit.languages import Language, language_of
from crm_core.notices.models import Notice, NoticeReceipt, State
from crm_core.org.attention import awake
from crm_core.org.events import EmployeeLeft, ReachableAgain
from crm_core.org.models import Company, Employee
from crm_core.org.workdays import work_table

AT_ONCE: Final = 200
"""People in one transaction."""
_report = aliased(Employee)
_AS_IT_IS: Final = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Copy:
    """One person's card of a notice, and where it is; `again` is for who was told before."""

    receipt_id: int
    notice_id: int
    employee_id: int
    bot_id: int
    chat_id: int
    language: Language
    zone: ZoneInfo
    again: bool
    leads: bool  # somebody, whom it may be passed on to


@dataclass(frozen=True, slots=True)
class Due:
    """A batch: copies to be sent, copies to be edited, and how many receipts were looked at."""

    send: Sequence[Copy]
    edit: Sequence[Copy]
    looked: int


async def take(session: AsyncSession, notice_id: int | None = None, most: int = AT_ONCE) -> Due:
    """The next copies that are due, of one notice or of all; they count as drawn with this unit of work.

    Nobody is written to in quiet hours: those wait for their morning. Who has left, or cannot be reached, is told
    nothing; the digest tells who comes back.
    """
    moment = now(session)
    rows = (await session.execute(_due(moment, notice_id, most))).all()
    table = await work_table(session)
    send: list[Copy] = []
    edit: list[Copy] = []
    settled: list[int] = []
    asleep: dict[datetime, list[int]] = defaultdict(list)
    for row in rows:
        copy = _copy(row)
        if copy is None or row.read_at is not None or row.state != State.ACTIVE:
            edit += [copy] if copy is not None and row.told_at is not None else []
            settled.append(row.id)
        elif (at := awake(moment, copy.zone, table)) > moment:
            asleep[at].append(row.id)
        else:
            send.append(copy)
    await _put(session, settled, draw_at=None)
    await _put(session, [one.receipt_id for one in send], draw_at=None, told_at=moment)
    for at, ids in asleep.items():
        await _put(session, ids, draw_at=at)
    return Due(send, edit, len(rows))


def _due(moment: datetime, notice_id: int | None, most: int) -> AnySelect:
    statement = (
        select(
            NoticeReceipt.id,
            NoticeReceipt.notice_id,
            NoticeReceipt.employee_id,
            NoticeReceipt.told_at,
            NoticeReceipt.read_at,
            Notice.state,
            Employee.bot_id,
            Employee.telegram_id,
            Employee.unreachable_since,
            Employee.language,
            Company.language.label("company_language"),
            func.coalesce(Employee.zone, Company.zone).label("zone"),
            exists().where(_report.manager_id == Employee.id, _report.left_at.is_(None)).label("leads"),
        )
        .join(Notice, Notice.id == NoticeReceipt.notice_id)
        .join(Employee, Employee.id == NoticeReceipt.employee_id)
        .join(Company, Company.id == 1)
        .where(NoticeReceipt.draw_at <= moment)
        .order_by(NoticeReceipt.draw_at, NoticeReceipt.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=NoticeReceipt)
    )
    return statement if notice_id is None else statement.where(NoticeReceipt.notice_id == notice_id)


def _copy(row: AnyRow) -> Copy | None:
    """None for whom nothing reaches: who has left has no chat either."""
    if row.bot_id is None or row.telegram_id is None or row.unreachable_since is not None:
        return None
    return Copy(
        receipt_id=row.id,
        notice_id=row.notice_id,
        employee_id=row.employee_id,
        bot_id=row.bot_id,
        chat_id=row.telegram_id,
        language=language_of(row.language or row.company_language) or "zh",
        zone=ZoneInfo(row.zone),
        again=row.told_at is not None,
        leads=row.leads,
    )


async def _put(session: AsyncSession, ids: Sequence[int], **values: datetime | None) -> None:
    if ids:
        statement = update(NoticeReceipt).where(NoticeReceipt.id.in_(ids)).values(**values)
        await session.execute(statement, execution_options=_AS_IT_IS)


@subscribe(ReachableAgain)
async def tell_what_was_missed(session: AsyncSession, back: ReachableAgain) -> None:
    """Notices that came while nothing reached the person."""
    active = select(Notice.id).where(Notice.state == State.ACTIVE.value)
    missed = (NoticeReceipt.employee_id == back.employee_id, NoticeReceipt.read_at.is_(None))
    statement = update(NoticeReceipt).where(
        *missed, NoticeReceipt.told_at.is_(None), NoticeReceipt.notice_id.in_(active)
    )
    await session.execute(statement.values(draw_at=now(session)), execution_options=_AS_IT_IS)


@subscribe(EmployeeLeft)
async def leave_alone(session: AsyncSession, left: EmployeeLeft) -> None:
    """Who has left is told and reminded of nothing more."""
    statement = update(NoticeReceipt).where(NoticeReceipt.employee_id == left.employee_id)
    statement = statement.where(NoticeReceipt.read_at.is_(None)).values(draw_at=None, remind_at=None)
    await session.execute(statement, execution_options=_AS_IT_IS)
