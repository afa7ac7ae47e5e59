"""The audit writes itself: a listener sees every flush of every table that does not say it is no business record.

A change that would go around the flush (a bulk statement on an audited table) raises, unless it says
`execution_options(unaudited="why")`: for columns that hold no business truth.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, cast

from sqlalchemy import event, insert, inspect, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapper, ORMExecuteState, Session, SessionTransaction, UOWTransaction

from crm_core.audit.models import AuditEntry
from crm_core.kit.clock import Clock
from crm_core.kit.db import AnyRow, Base
from crm_core.kit.undo import ways
from crm_core.org.models import Employee

_PENDING: Final = "audit.pending"
_UNDOABLE: Final = "audit.undoable"
UNDOES: Final = "audit.undoes"


class UnauditedChange(RuntimeError):
    """A statement would change an audited table behind the audit's back."""


def act_as(session: AsyncSession, employee_id: int | None, op: int | None = None) -> None:
    """From here on this unit of work's changes are written to this person; none is the system itself.

    `op` numbers what the person does: what is written under one number can be taken back as one (BY08).
    """
    session.info["actor_id"] = employee_id
    session.info["op"] = op


def acting(session: AsyncSession) -> int | None:
    """To whom this unit of work's changes are written."""
    return session.info.get("actor_id")


def undoable_op(session: AsyncSession) -> int | None:
    """The number of this unit of work's operation, if it has changed something that can be taken back."""
    return session.info.get("op") if session.info.get(_UNDOABLE) else None


async def history(session: AsyncSession, subject_type: str, subject_id: int, limit: int = 50) -> Sequence[AnyRow]:
    """Who changed what when, newest first: rows of (at, verb, before, after, undoes, name)."""
    statement = (
        select(AuditEntry.at, AuditEntry.verb, AuditEntry.before, AuditEntry.after, AuditEntry.undoes, Employee.name)
        .outerjoin(Employee, Employee.id == AuditEntry.actor_id)
        .where(AuditEntry.subject_type == subject_type, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return (await session.execute(statement)).all()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _columns(mapper: Mapper[Any]) -> list[str]:
    return [prop.key for prop in mapper.column_attrs if "unaudited" not in prop.columns[0].info]


def _changes(row: Base, verb: str) -> tuple[dict[str, Any], dict[str, Any]]:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    state = inspect(row)
    for key in _columns(state.mapper):
        if verb == "create":
            after[key] = _plain(getattr(row, key))
        elif verb == "delete":
            before[key] = _plain(getattr(row, key))
        elif (changed := state.attrs[key].history).has_changes():
            before[key] = _plain(changed.deleted[0] if changed.deleted else _stored(row, key))
            after[key] = _plain(changed.added[0]) if changed.added else None
    return {k: v for k, v in before.items() if v is not None}, {k: v for k, v in after.items() if v is not None}


def _stored(row: Base, key: str) -> Any:
    """What the database holds, where the row was changed before anybody had read that column."""
    state = inspect(row)
    session = state.session
    if session is None or not state.persistent:
        return None
    mapper = state.mapper
    known = zip(mapper.primary_key, mapper.primary_key_from_instance(row), strict=True)
    return session.scalar(
        select(mapper.column_attrs[key].columns[0]).where(*(column == value for column, value in known))
    )


@event.listens_for(Session, "before_flush")
def _notice(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Before the flush the old values are still known."""
    changed = [
        ("change", row, *_changes(row, "change"))
        for row in session.dirty
        if isinstance(row, Base) and row.audited and session.is_modified(row)
    ]
    gone = [
        ("delete", row, *_changes(row, "delete")) for row in session.deleted if isinstance(row, Base) and row.audited
    ]
    made = [row for row in session.new if isinstance(row, Base) and row.audited]
    session.info[_PENDING] = (changed + gone, made)


@event.listens_for(Session, "after_flush")
def _write(session: Session, _context: UOWTransaction) -> None:
    """After the flush the new rows have their ids."""
    noticed, made = session.info.pop(_PENDING, ([], []))
    noticed += [("create", row, *_changes(row, "create")) for row in made]
    clock = cast("Clock", session.info["clock"])
    op, undoes = session.info.get("op"), session.info.get(UNDOES)
    entries: list[dict[str, Any]] = [
        {
            "at": clock.now(),
            "actor_id": session.info.get("actor_id"),
            "op": op,
            "undoes": undoes,
            "verb": verb,
            "subject_type": row.__tablename__,
            "subject_id": inspect(row).mapper.primary_key_from_instance(row)[0],
            "before": before,
            "after": after,
        }
        for verb, row, before, after in noticed
        if before or after
    ]
    if entries:
        session.execute(insert(AuditEntry), entries)
    if op is not None and undoes is None and any(counts(one) for one in entries):
        session.info[_UNDOABLE] = True


def counts(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is worth taking back: of a table that can be, and not of minor columns alone."""
    way = ways().get(entry["subject_type"])
    return way is not None and (entry["verb"] != "change" or not {*entry["before"], *entry["after"]} <= way.minor)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _rolled_back: SessionTransaction) -> None:
    """What was rolled back can't be taken back."""
    session.info.pop(_UNDOABLE, None)


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete or state.is_insert) or "unaudited" in state.execution_options:
        return
    mapper = state.bind_mapper or _mapper_of(getattr(state.statement, "table", None))
    if mapper is not None and getattr(mapper.class_, "audited", False):
        raise UnauditedChange(f"bulk statement on {mapper.class_.__name__}")


def _mapper_of(table: Any) -> Mapper[Any] | None:
    """The mapper of a table that a statement names without its class."""
    return next((mapper for mapper in Base.registry.mappers if mapper.local_table is table), None)
