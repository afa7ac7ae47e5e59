"""Telling others: written once, for everybody it is meant for in one statement; read, nudged, withdrawn, replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from typing import cast as cast_to

from sqlalchemy import ARRAY, BigInteger, ColumnElement, case, cast, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.attachments.service import FileRef, attach
from crm_core.kit import textkeys
from crm_core.kit.calendars import add_working_days, at_local
from crm_core.kit.db import now
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, REQUIRED, TOO_LONG, DomainError
from crm_core.kit.events import publish
from crm_core.notices import errors, queries
from crm_core.notices.events import NoticeEnded, NoticeRead
from crm_core.notices.models import Kind, Notice, NoticeReceipt, State
from crm_core.notices.permissions import TELL
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit
from crm_core.org.rights import Scope, scope_of
from crm_core.org.workdays import work_table

LONGEST_TEXT: Final = 2_000
FARTHEST: Final = 366  # days until a policy comes into force
SUBJECT: Final = "notice"
EVERYBODY: Final = 0
"""As a unit's id: all whom the writer reaches."""
DRAWN_EVERY: Final = timedelta(seconds=10)
_TIMER: Final = {"unaudited": "when a card is drawn, no business truth", "synchronize_session": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class TellNotice:
    """Something to be told to one person, or to all of a unit (`to`, by its id, or `EVERYBODY`) whom one reaches."""

    kind: Kind
    text: str
    employee: int | None = None
    to: int | None = None
    since: date | None = None  # of a policy; today unless said
    files: tuple[FileRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacePolicy:
    """A policy that comes instead of another, for the same people."""

    replaces: int
    text: str
    since: date | None = None
    files: tuple[FileRef, ...] = ()


async def tell_notice(session: AsyncSession, actor: Actor, command: TellNotice) -> Notice:
    """Write a notice, with a receipt for everybody who is meant and is here; their cards are drawn by and by.

    Raises `not_allowed`, `required`, `too_long`, `notice.nobody`, `notice.out_of_reach`, `notice.since_over`.
    """
    if scope_of(actor, TELL) <= Scope.OWN:
        raise DomainError(NOT_ALLOWED)
    notice = _written(actor, command.kind, command.text, command.since, now(session))
    notice.under = _under(actor)
    if command.employee is not None:
        if command.employee == actor.id:
            raise DomainError(errors.OUT_OF_REACH, field="employee")
        notice.employee_id = command.employee
    else:
        notice.unit_id = await _unit(session, command.to)
    await _published(session, actor, notice, command.files)
    return notice


async def replace_policy(session: AsyncSession, actor: Actor, command: ReplacePolicy) -> Notice:
    """The old policy is marked replaced, and ends on the day on which the new one begins.

    Raises `not_found`, `not_allowed`, `required`, `too_long`, `notice.ended`, `notice.since_over`.
    """
    old = await own_notice(session, actor, command.replaces)
    if old.kind != Kind.POLICY or old.state != State.ACTIVE:
        raise DomainError(errors.ENDED)
    notice = _written(actor, Kind.POLICY, command.text, command.since, now(session))
    notice.unit_id, notice.under, notice.employee_id = old.unit_id, old.under, old.employee_id
    notice.replaces_id = old.id
    old.until = notice.since
    await _end(session, old, State.REPLACED)
    await _published(session, actor, notice, command.files)
    return notice


def _written(actor: Actor, kind: Kind, said: str, since: date | None, moment: datetime) -> Notice:
    words = "\n".join(line.rstrip() for line in said.strip().splitlines())
    if not words:
        raise DomainError(REQUIRED, field="text")
    if len(words) > LONGEST_TEXT:
        raise DomainError(TOO_LONG, field="text", max=LONGEST_TEXT)
    today = actor.today(moment)
    if kind is Kind.POLICY and not today <= (since or today) <= today + timedelta(days=FARTHEST):
        raise DomainError(errors.SINCE_OVER, field="since")
    return Notice(
        kind=kind.value,
        text=words,
        by_id=actor.id,
        since=(since or today) if kind is Kind.POLICY else None,
        state=State.ACTIVE.value,
        created_at=moment,
        drawn_at=moment - DRAWN_EVERY,
        keys=list(textkeys.prose_keys(words)),
    )


def _under(actor: Actor) -> list[int] | None:
    """Who reaches everybody has no superiors to name."""
    return None if scope_of(actor, TELL) == Scope.ALL else [actor.id, *actor.stands_for]


async def _unit(session: AsyncSession, unit_id: int | None) -> int | None:
    if unit_id is None:
        raise DomainError(REQUIRED, field="to")
    if unit_id != EVERYBODY and await session.get(Unit, unit_id) is None:
        raise DomainError(NOT_FOUND, field="to")
    return unit_id or None


def meant(notice: Notice) -> list[ColumnElement[bool]]:
    """The conditions on `Employee` that somebody is of a notice's audience, the writer not included."""
    conditions = [Employee.left_at.is_(None), Employee.id != notice.by_id]
    if notice.employee_id is not None:
        conditions.append(Employee.id == notice.employee_id)
    if notice.unit_id is not None:
        conditions.append(Employee.unit_id.in_(select(Unit.id).where(Unit.path.contains([notice.unit_id]))))
    if notice.under is not None:
        conditions.append(Employee.chain.op("&&")(cast(notice.under, ARRAY(BigInteger))))
    return conditions


async def count_meant(
    session: AsyncSession, actor: Actor, *, employee: int | None = None, to: int | None = None
) -> int:
    """How many would read it, for the preview."""
    draft = Notice(by_id=actor.id, under=_under(actor), employee_id=employee, unit_id=to or None)
    return await session.scalar(select(func.count()).select_from(Employee).where(*meant(draft))) or 0


async def _published(session: AsyncSession, actor: Actor, notice: Notice, files: Sequence[FileRef]) -> None:
    session.add(notice)
    await session.flush()
    remind_at = await _a_working_day_later(session, actor)
    people = select(literal(notice.id), Employee.id, literal(notice.created_at), literal(remind_at)).where(
        *meant(notice)
    )
    columns = ["notice_id", "employee_id", "draw_at", "remind_at"]
    made = await session.execute(insert(NoticeReceipt).from_select(columns, people))
    if not cast_to("CursorResult[Any]", made).rowcount:
        raise DomainError(errors.NOBODY if notice.employee_id is None else errors.OUT_OF_REACH, field=_asked(notice))
    if files:
        await attach(session, actor, SUBJECT, notice.id, files)


def _asked(notice: Notice) -> str | None:
    if notice.replaces_id is not None:
        return None
    return "to" if notice.employee_id is None else "employee"


async def _a_working_day_later(session: AsyncSession, actor: Actor) -> datetime:
    local = actor.local(now(session))
    return at_local(add_working_days(local.date(), 1, await work_table(session)), local.time(), actor.zone)


async def read_notice(session: AsyncSession, actor: Actor, notice_id: int) -> bool:
    """The actor has read it; whether it was for the first time. Two taps at once count once.

    Who reads a policy that was there before them gets a receipt by it. Raises `not_found`, `notice.ended`.
    """
    row = await queries.find(session, actor, notice_id)
    if row.state != State.ACTIVE:
        raise DomainError(errors.ENDED)
    if row.by_id == actor.id:
        return False
    moment = now(session)
    done = {"read_at": moment, "remind_at": None, "draw_at": None}
    statement = upsert(NoticeReceipt).values(notice_id=notice_id, employee_id=actor.id, **done)
    statement = statement.on_conflict_do_update(
        index_elements=["notice_id", "employee_id"], set_=done, where=NoticeReceipt.read_at.is_(None)
    )
    if await session.scalar(statement.returning(NoticeReceipt.id)) is None:
        return False
    await publish(session, NoticeRead(notice_id, actor.id))
    return True


async def take_turn(session: AsyncSession, notice_id: int) -> bool:
    """Whether the writer's card may be drawn at once: at most every ten seconds. Otherwise the clock draws it then."""
    moment = now(session)
    ours = update(Notice).where(Notice.id == notice_id)
    at_once = ours.where(Notice.drawn_at <= moment - DRAWN_EVERY).values(drawn_at=moment, redraw_at=None)
    if await session.scalar(at_once.returning(Notice.id), execution_options=_TIMER) is not None:
        return True
    later = ours.where(Notice.redraw_at.is_(None)).values(redraw_at=Notice.drawn_at + DRAWN_EVERY)
    await session.execute(later, execution_options=_TIMER)
    return False


async def due_for_drawing(session: AsyncSession) -> Sequence[int]:
    """Notices whose writers' cards are to be drawn now; each is drawn once for all who have read since."""
    moment = now(session)
    statement = update(Notice).where(Notice.redraw_at <= moment).values(drawn_at=moment, redraw_at=None)
    return (await session.scalars(statement.returning(Notice.id), execution_options=_TIMER)).all()


async def nudge_unread(session: AsyncSession, actor: Actor, notice_id: int) -> int:
    """Who has not read it gets its card again; once a day. Answers how many. Raises `not_found`, `notice.ended`."""
    notice = await own_notice(session, actor, notice_id)
    if notice.state != State.ACTIVE:
        raise DomainError(errors.ENDED)
    moment = now(session)
    if notice.nudged_at is not None and actor.today(notice.nudged_at) == actor.today(moment):
        return 0
    here = select(Employee.id).where(Employee.left_at.is_(None))
    unread = (
        NoticeReceipt.notice_id == notice.id,
        NoticeReceipt.read_at.is_(None),
        NoticeReceipt.employee_id.in_(here),
    )
    told = (
        await session.scalars(update(NoticeReceipt).where(*unread).values(draw_at=moment).returning(NoticeReceipt.id))
    ).all()
    if told:
        notice.nudged_at = moment
        await session.flush()
    return len(told)


async def withdraw_notice(session: AsyncSession, actor: Actor, notice_id: int) -> Notice:
    """Nobody needs to read it any more, and its copies say so. Twice changes nothing. Raises `not_found`."""
    notice = await own_notice(session, actor, notice_id)
    if notice.state == State.ACTIVE:
        await _end(session, notice, State.WITHDRAWN)
    return notice


async def _end(session: AsyncSession, notice: Notice, state: State) -> None:
    moment = now(session)
    notice.state, notice.ended_at = state.value, moment
    await session.flush()
    told = case((NoticeReceipt.told_at.is_not(None), moment))  # who was told sees that it is over
    ours = update(NoticeReceipt).where(NoticeReceipt.notice_id == notice.id).values(draw_at=told, remind_at=None)
    await session.execute(ours, execution_options=_TIMER)
    await publish(session, NoticeEnded(notice.id))


async def own_notice(session: AsyncSession, actor: Actor, notice_id: int) -> Notice:
    """A notice of the actor's, locked; also a policy whose writer has left, for who reaches everybody.

    Raises `not_found`.
    """
    notice = await session.get(Notice, notice_id, with_for_update=True, populate_existing=True)
    if notice is None:
        raise DomainError(NOT_FOUND)
    if notice.by_id == actor.id:
        return notice
    writer = await session.get_one(Employee, notice.by_id)
    if notice.kind != Kind.POLICY or writer.left_at is None or scope_of(actor, TELL) != Scope.ALL:
        raise DomainError(NOT_FOUND)
    return notice
