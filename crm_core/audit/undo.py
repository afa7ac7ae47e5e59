"""Taking back what somebody did (BY08): within ten minutes, by who did it, unless something was built on it.

The audit knows what every operation made of every row. What it made is deleted, what it changed goes back, what it
deleted is put back: by ordinary changes, so that the audit writes of them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, ForeignKey, Table, and_, exists, func, inspect, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_core.audit import errors
from crm_core.audit.events import Ground, Undone
from crm_core.audit.models import AuditEntry
from crm_core.audit.service import UNDOES, counts
from crm_core.kit.db import AnyRow, Base, now
from crm_core.kit.errors import DomainError
from crm_core.kit.events import publish
from crm_core.kit.undo import Way, ways
from crm_core.org.actor import Actor
from crm_core.org.models import Employee

WITHIN: Final = timedelta(minutes=10)
_LOOKS_BACK: Final = 5_000  # entries of everybody: more than ten minutes of a large company


@dataclass(frozen=True, slots=True)
class _Net:
    """What an operation made of one row, all in all."""

    way: Way
    id: int
    verb: str
    before: dict[str, Any]
    after: dict[str, Any]
    last: int  # the row's last entry

    @property
    def table(self) -> str:
        return self.way.model.__tablename__


async def undo(session: AsyncSession, actor: Actor, op: int) -> Undone:
    """Take an operation of the actor's own back.

    Raises `undo.nothing`, `undo.too_late`, `undo.done`, `undo.changed_since`, `undo.built_on`, and what the features
    raise when the right is gone or something speaks against the old values.
    """
    nets = _nets(await _entries(session, actor, op))
    if not nets:
        raise DomainError(errors.NOTHING)
    rows = {
        (net.table, net.id): await _locked(session, net) for net in sorted(nets, key=lambda one: (one.table, one.id))
    }
    first = nets[0]
    await _refuse_second(session, actor, op)
    await _refuse_changed(session, actor, op, nets, rows)
    label = await _label(session, first, rows)
    session.info[UNDOES] = op
    try:
        for net in reversed(nets):
            await _take_back(session, actor, net, rows[net.table, net.id])
    finally:
        session.info.pop(UNDOES)
    if first.verb != "create":
        label = await first.way.label(session, await session.get_one(first.way.model, first.id))
    gone = tuple((net.table, net.id) for net in nets if net.verb == "create")
    fields = frozenset({*first.before, *first.after} if first.verb == "change" else ())
    grounds = await _grounds(session, actor, op, first) if first.verb == "create" else ()
    done = Undone(op, first.table, first.id, label, first.verb, fields, gone, grounds)
    await publish(session, done)
    return done


async def last_op(session: AsyncSession, actor: Actor) -> int | None:
    """The number of the latest operation of the actor's that may still be taken back, if there is one."""
    newest = select(func.max(aliased(AuditEntry).id) - _LOOKS_BACK).scalar_subquery()
    return await session.scalar(
        select(func.max(AuditEntry.op)).where(
            AuditEntry.id > newest,
            AuditEntry.actor_id == actor.id,
            AuditEntry.at >= now(session) - WITHIN,
            AuditEntry.subject_type.in_(ways()),
            _stands(),
        )
    )


async def _entries(session: AsyncSession, actor: Actor, op: int) -> Sequence[AuditEntry]:
    """The operation's entries, locked: two who take the same back go one after the other."""
    statement = select(AuditEntry).where(AuditEntry.op == op, AuditEntry.undoes.is_(None)).order_by(AuditEntry.id)
    entries = (await session.scalars(statement.with_for_update())).all()
    if not any(counts(vars(entry)) for entry in entries) or entries[0].actor_id != actor.id:
        raise DomainError(errors.NOTHING)
    if now(session) - entries[0].at > WITHIN:
        raise DomainError(errors.TOO_LATE, minutes=WITHIN.seconds // 60)
    return entries


def _nets(entries: Sequence[AuditEntry]) -> list[_Net]:
    """In the order in which the rows were touched first."""
    by_row: dict[tuple[str, int], list[AuditEntry]] = {}
    for entry in entries:
        if entry.subject_type in ways():
            by_row.setdefault((entry.subject_type, entry.subject_id), []).append(entry)
    nets = [_net(ways()[table], row_id, chain) for (table, row_id), chain in by_row.items()]
    return [net for net in nets if net is not None]


def _net(way: Way, row_id: int, chain: Sequence[AuditEntry]) -> _Net | None:
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for entry in chain:
        for key in {*entry.before, *entry.after}:
            before.setdefault(key, entry.before.get(key))
            after[key] = entry.after.get(key)
    made, gone = chain[0].verb == "create", chain[-1].verb == "delete"
    if made and gone:
        return None
    verb = "create" if made else "delete" if gone else "change"
    return _Net(way, row_id, verb, before, after, chain[-1].id)


async def _locked(session: AsyncSession, net: _Net) -> Base | None:
    return await session.get(net.way.model, net.id, with_for_update=True, populate_existing=True)


def _stands() -> ColumnElement[bool]:
    """The condition that an entry neither takes something back nor was taken back itself."""
    back = aliased(AuditEntry)
    return AuditEntry.undoes.is_(None) & ~exists().where(back.undoes == AuditEntry.op)


async def _refuse_second(session: AsyncSession, actor: Actor, op: int) -> None:
    at = await session.scalar(select(AuditEntry.at).where(AuditEntry.undoes == op).limit(1))
    if at is not None:
        raise DomainError(errors.DONE, at=_clock(actor, at))


async def _refuse_changed(
    session: AsyncSession, actor: Actor, op: int, nets: Sequence[_Net], rows: dict[tuple[str, int], Base | None]
) -> None:
    """Refuse when somebody has changed one of the rows since; what was taken back itself does not count."""
    this = tuple_(AuditEntry.subject_type, AuditEntry.subject_id)
    later = or_(*(and_(this == (net.table, net.id), AuditEntry.id > net.last) for net in nets))
    statement = _told().where(
        later,
        AuditEntry.op.is_distinct_from(op),
        _stands(),
    )
    found = (await session.execute(statement.order_by(AuditEntry.id.desc()).limit(1))).one_or_none()
    if found is not None:
        net = next(one for one in nets if (one.table, one.id) == (found.subject_type, found.subject_id))
        raise DomainError(errors.CHANGED_SINCE, label=await _label(session, net, rows), **_who(actor, found))


def _told() -> Any:
    """Audit entries with the name of who made them."""
    return select(AuditEntry.subject_type, AuditEntry.subject_id, AuditEntry.at, Employee.name).outerjoin(
        Employee, Employee.id == AuditEntry.actor_id
    )


def _who(actor: Actor, entry: AnyRow) -> dict[str, str]:
    return {"who": entry.name or "Rounds", "at": _clock(actor, entry.at)}


def _clock(actor: Actor, at: datetime) -> str:
    """All that matters here lies within minutes."""
    return f"{actor.local(at):%H:%M}"


async def _label(session: AsyncSession, net: _Net, rows: dict[tuple[str, int], Base | None]) -> str:
    row = rows[net.table, net.id]
    return await net.way.label(session, row if row is not None else _restored(net))


async def _take_back(session: AsyncSession, actor: Actor, net: _Net, row: Base | None) -> None:
    """One row. What hangs on a row that was made has gone before it, if the same operation made it."""
    if net.verb == "delete":
        row = _restored(net)
    if row is None:
        raise DomainError(errors.NOTHING)
    await net.way.allowed(session, actor, row)
    if net.verb == "create":
        await _refuse_built_on(session, actor, net, row)
        await session.delete(row)
    else:
        if net.verb == "change":
            await _put_back(session, actor, net, row)
        await net.way.derive(session, actor, row)
        session.add(row)  # one that is put back is whole only now
    await session.flush()
    await net.way.after(session, actor, row)


async def _put_back(session: AsyncSession, actor: Actor, net: _Net, row: Base) -> None:
    for key, after in net.after.items():
        if getattr(row, key) != _read(
            row.__table__.c[_column(row, key)].type, after
        ):  # changed behind the audit's back
            label = await net.way.label(session, row)
            raise DomainError(errors.CHANGED_SINCE, label=label, who="Rounds", at=_clock(actor, now(session)))
    for key, before in net.before.items():
        setattr(row, key, _read(row.__table__.c[_column(row, key)].type, before))


def _restored(net: _Net) -> Base:
    """The row as it was; `derive` sets the columns that the audit does not keep."""
    columns = {prop.key: prop.columns[0] for prop in inspect(net.way.model).column_attrs}
    return net.way.model(**{key: _read(columns[key].type, value) for key, value in net.before.items()})


def _column(row: Base, key: str) -> str:
    return inspect(type(row)).column_attrs[key].columns[0].name


def _read(kind: Any, value: Any) -> Any:
    """A value as the audit keeps it, as the column's type holds it."""
    if value is None or not isinstance(value, str):
        return value
    held = kind.python_type
    if held in (datetime, date, time):
        return held.fromisoformat(value)
    return Decimal(value) if held is Decimal else value


async def _refuse_built_on(session: AsyncSession, actor: Actor, net: _Net, row: Base) -> None:
    """Refuse to delete what another record refers to, by a foreign key or as its subject."""
    for table in Base.metadata.sorted_tables:
        about = _about(table, net)
        if about is None or table.name == AuditEntry.__tablename__:
            continue
        key = next(iter(table.primary_key.columns))
        found = await session.scalar(select(key).where(about).limit(1))
        if found is None:
            continue
        made = _told().where(
            AuditEntry.subject_type == table.name, AuditEntry.subject_id == found, AuditEntry.verb == "create"
        )
        told = (await session.execute(made.limit(1))).one_or_none()
        who = _who(actor, told) if told is not None else {"who": "Rounds", "at": _clock(actor, now(session))}
        raise DomainError(errors.BUILT_ON, label=await net.way.label(session, row), what=table.name, **who)


async def _grounds(session: AsyncSession, actor: Actor, op: int, net: _Net) -> tuple[Ground, ...]:
    """What the actor made in the same ten minutes and this record referred to, an operation once."""
    table = inspect(net.way.model).local_table
    referred = [
        (key.column.table.name, net.after[key.parent.name])
        for key in table.foreign_keys
        if key.column.table.name in ways() and net.after.get(key.parent.name) is not None
    ]
    made = select(AuditEntry.op, AuditEntry.subject_type, AuditEntry.subject_id).where(
        tuple_(AuditEntry.subject_type, AuditEntry.subject_id).in_(referred),
        AuditEntry.verb == "create",
        AuditEntry.actor_id == actor.id,
        AuditEntry.at >= now(session) - WITHIN,
        AuditEntry.op.is_not(None),
        AuditEntry.op != op,
        _stands(),
    )
    grounds: dict[int, Ground] = {}
    for entry in await session.execute(made.order_by(AuditEntry.id)):
        way = ways()[entry.subject_type]
        row = await session.get(way.model, entry.subject_id)
        if row is not None and entry.op not in grounds:
            grounds[entry.op] = Ground(entry.op, entry.subject_type, await way.label(session, row))
    return tuple(grounds.values())


def _about(table: Table, net: _Net) -> ColumnElement[bool] | None:
    """The condition that a row of this table refers to the one that is to go."""
    ways_to: list[ColumnElement[bool]] = [
        key.parent == net.id
        for key in table.foreign_keys
        if key.column.table.name == net.table and not _lets_go(table, key)
    ]
    if table.name == net.table:
        ways_to = [(way & (table.c.id != net.id)) for way in ways_to]
    if {"subject_type", "subject_id"} <= set(table.c.keys()) and _audited(table):
        ways_to.append((table.c.subject_type == net.table) & (table.c.subject_id == net.id))
    return or_(*ways_to) if ways_to else None


def _lets_go(table: Table, key: ForeignKey) -> bool:
    """Whether the row may go for all that this table holds: it forgets the row, or goes with it like a timer."""
    return key.ondelete == "SET NULL" or (key.ondelete == "CASCADE" and not _audited(table))


def _audited(table: Table) -> bool:
    """Whether the table holds business records: what the machine notes of a record does not keep it."""
    return any(mapper.local_table is table and mapper.class_.audited for mapper in Base.registry.mappers)
