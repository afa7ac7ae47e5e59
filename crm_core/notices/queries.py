"""Reading notices: what was told one, the policies in force for one's unit, and who has read what one told.

Nobody reads anything else: there is no permission to read other people's notices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Integer, and_, any_, cast, exists, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.kit import textkeys
from crm_core.kit.db import AnyRow, AnySelect, now
from crm_core.kit.errors import NOT_FOUND, DomainError
from crm_core.kit.pages import FIRST, At, Page, paged
from crm_core.notices.models import Kind, Notice, NoticeReceipt, State
from crm_core.notices.permissions import TELL
from crm_core.org.actor import Actor
from crm_core.org.models import Employee, Unit
from crm_core.org.reach import people_within, units_within
from crm_core.org.rights import Scope, scope_of

_writer = aliased(Employee)
_mine = aliased(NoticeReceipt)
_IS_POLICY = and_(Notice.kind == "policy", Notice.state != "withdrawn")  # literals: a partial index
_MOST_OPTIONS = 60


class Shelf(StrEnum):
    """Which notices are listed."""

    ALL = "all"
    POLICIES = "policies"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many were told, and how many of them have read it; who left without having read it counts no more."""

    people: int
    read: int


def _in_force(actor: Actor, today: date) -> AnySelect:
    """Ids of policies for the actor's place in the company, whether they were told or not."""
    return select(Notice.id).where(
        _IS_POLICY,
        or_(Notice.until.is_(None), Notice.until > today),
        Notice.employee_id.is_(None),
        or_(Notice.unit_id.is_(None), Notice.unit_id.in_(actor.unit_path)),
        or_(Notice.under.is_(None), _superior_of(actor)),
    )


def _superior_of(actor: Actor) -> ColumnElement[bool]:
    above = [one for one in actor.chain if one != actor.id]
    return or_(*(literal(one) == any_(Notice.under) for one in above)) if above else literal(value=False)


def _told(actor: Actor) -> AnySelect:
    return select(NoticeReceipt.notice_id).where(NoticeReceipt.employee_id == actor.id)


def _rows() -> AnySelect:
    return (
        select(
            Notice.id,
            Notice.kind,
            Notice.text,
            Notice.by_id,
            Notice.employee_id,
            Notice.unit_id,
            Notice.under,
            Notice.since,
            Notice.until,
            Notice.state,
            Notice.created_at,
            Notice.ended_at,
            Notice.replaces_id,
            _writer.name.label("by"),
            _writer.left_at.label("writer_left_at"),
            Unit.name.label("unit"),
            Employee.name.label("person"),
        )
        .join(_writer, _writer.id == Notice.by_id)
        .outerjoin(Unit, Unit.id == Notice.unit_id)
        .outerjoin(Employee, Employee.id == Notice.employee_id)
    )


def rows_for(actor: Actor, today: date) -> AnySelect:
    """Notices the actor may read, with `read_at` and `receipt` of the actor's own, which may be none."""
    here = and_(_mine.notice_id == Notice.id, _mine.employee_id == actor.id)
    mine = or_(Notice.by_id == actor.id, Notice.id.in_(_told(actor).union_all(_in_force(actor, today))))
    return _rows().add_columns(_mine.read_at, _mine.id.label("receipt")).outerjoin(_mine, here).where(mine)


async def find(session: AsyncSession, actor: Actor, notice_id: int) -> AnyRow:
    """One notice. Raises `not_found` for who was not told and for whom it is not in force."""
    today = actor.today(now(session))
    row = (await session.execute(rows_for(actor, today).where(Notice.id == notice_id))).one_or_none()
    if row is None:
        raise DomainError(NOT_FOUND)
    return row


async def unchecked(session: AsyncSession, notice_id: int) -> AnyRow:
    """One notice, for those whom it is told."""
    return (await session.execute(_rows().where(Notice.id == notice_id))).one()


async def told_to(
    session: AsyncSession, actor: Actor, shelf: Shelf = Shelf.ALL, text: str = "", at: At = FIRST, limit: int = 6
) -> Page:
    """A page of what was told the actor and of the policies in force: unread first, then the newest first.

    It costs what one person was told, however much the company has written. Withdrawn ones are gone.
    """
    today = actor.today(now(session))
    unread = exists().where(_mine.notice_id == Notice.id, _mine.employee_id == actor.id, _mine.read_at.is_(None))
    theirs = _told(actor).union_all(_in_force(actor, today)).subquery("theirs")
    read = aliased(NoticeReceipt)
    here = and_(read.notice_id == Notice.id, read.employee_id == actor.id)
    statement = _rows().add_columns(read.read_at, read.id.label("receipt")).outerjoin(read, here)
    statement = statement.where(Notice.id.in_(select(theirs.c[0])), Notice.state != State.WITHDRAWN.value)
    statement = statement.where(Notice.by_id != actor.id)
    if shelf is Shelf.POLICIES:
        statement = statement.where(_IS_POLICY, or_(Notice.until.is_(None), Notice.until > today))
    if text:
        statement = statement.where(_speaks_of(text))
    open_first = cast(and_(unread, Notice.state == State.ACTIVE.value), Integer)
    return await paged(session, statement, (open_first, Notice.id), at, limit, descending=True)


def _speaks_of(text: str) -> ColumnElement[bool]:
    wanted = textkeys.query(text)
    return Notice.keys.contains(list(wanted.all_of)) if wanted else literal(value=False)


async def written_by(session: AsyncSession, actor: Actor, at: At = FIRST, limit: int = 6) -> Page:
    """A page of what the actor told, newest first, each with its `people` and its `read`."""
    people = select(func.count()).select_from(NoticeReceipt).where(NoticeReceipt.notice_id == Notice.id)
    read = people.where(NoticeReceipt.read_at.is_not(None))
    statement = _rows().where(Notice.by_id == actor.id)
    statement = statement.add_columns(
        people.correlate(Notice).scalar_subquery().label("people"),
        read.correlate(Notice).scalar_subquery().label("read"),
    )
    return await paged(session, statement, (Notice.created_at, Notice.id), at, limit, descending=True)


async def tally(session: AsyncSession, notice_id: int) -> Tally:
    """The caller has made sure that the actor may know."""
    read = NoticeReceipt.read_at.is_not(None)
    statement = (
        select(func.count(), func.count().filter(read))
        .join(Employee, Employee.id == NoticeReceipt.employee_id)
        .where(NoticeReceipt.notice_id == notice_id, or_(read, Employee.left_at.is_(None)))
    )
    people, known = (await session.execute(statement)).one()
    return Tally(people, known)


async def unread_of(session: AsyncSession, notice_id: int, at: At = FIRST, limit: int = 6) -> Page:
    """A page of who has not read it, by name: rows of (id, name, told_at, reachable). See `tally`."""
    statement = (
        select(
            Employee.id,
            Employee.name,
            NoticeReceipt.told_at,
            and_(Employee.telegram_id.is_not(None), Employee.unreachable_since.is_(None)).label("reachable"),
        )
        .join(NoticeReceipt, NoticeReceipt.employee_id == Employee.id)
        .where(NoticeReceipt.notice_id == notice_id, NoticeReceipt.read_at.is_(None), Employee.left_at.is_(None))
    )
    return await paged(session, statement, (Employee.name, Employee.id), at, limit)


async def count_unread(session: AsyncSession, actor: Actor) -> int:
    """What still waits for the actor to read it."""
    statement = (
        select(func.count())
        .select_from(NoticeReceipt)
        .join(Notice, Notice.id == NoticeReceipt.notice_id)
        .where(
            NoticeReceipt.employee_id == actor.id,
            NoticeReceipt.read_at.is_(None),
            Notice.state == State.ACTIVE.value,
        )
    )
    return await session.scalar(statement) or 0


async def count_new_policies(session: AsyncSession, actor: Actor) -> int:
    """Policies in force for the actor that were never told: those that were there before."""
    today = actor.today(now(session))
    theirs = _in_force(actor, today).where(
        Notice.id.not_in(_told(actor)), Notice.by_id != actor.id, Notice.state == State.ACTIVE.value
    )
    return await session.scalar(select(func.count()).select_from(theirs.subquery())) or 0


async def replaced_by(session: AsyncSession, notice_id: int) -> int | None:
    return await session.scalar(select(Notice.id).where(Notice.replaces_id == notice_id))


def tells(actor: Actor) -> bool:
    """Whether there is anybody whom the actor may tell something."""
    return scope_of(actor, TELL) > Scope.OWN


async def people(
    session: AsyncSession, actor: Actor, text: str, limit: int, only: int | None = None
) -> Sequence[AnyRow]:
    """Whom the actor may tell something, by a part of the name, nearest first: rows of (id, name, unit)."""
    statement = people_within(actor, TELL, text)
    if only is not None:
        statement = statement.where(Employee.id == only)
    return (await session.execute(statement.order_by(func.cardinality(Employee.chain), Employee.id).limit(limit))).all()


async def units(
    session: AsyncSession, actor: Actor, text: str, limit: int, only: int | None = None
) -> Sequence[AnyRow]:
    """Units in which, or below which, the actor may tell somebody something: rows of (id, name, parent)."""
    statement = units_within(actor, TELL, text)
    if only is not None:
        statement = statement.where(Unit.id == only)
    return (await session.execute(statement.order_by(func.cardinality(Unit.path), Unit.id).limit(limit))).all()


def may_change(actor: Actor, notice: AnyRow) -> bool:
    """Whether the actor may nudge, withdraw or replace it; see `service.own_notice`."""
    orphaned = notice.kind == Kind.POLICY and notice.writer_left_at is not None and scope_of(actor, TELL) == Scope.ALL
    return notice.by_id == actor.id or orphaned
