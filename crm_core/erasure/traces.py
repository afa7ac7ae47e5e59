"""What else was written where a person is named: messages, half-filled forms, sheets, and the audit's old values.

Statements here go around the audit on purpose: it would keep what is to go. That it was done is written by who calls
(`service`). Texts of ours that are business records stay: whom they are about cannot be told surely (`mentions`).
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.kit.db import Base, now
from crm_core.kit.raw import run
from crm_core.retention.service import let_go

SURE: Final = 3
"""A shorter name is many people's: what is somebody's work, or a record, is not let go of for it."""
_WILD: Final = re.compile(r"([\\%_])")
_COPIES: Final = frozenset({"import_row", "whereabouts", "pool_view", "customer_member", "ownership"})

_SAID: Final = """
    UPDATE inbox SET payload = '{}', error = NULL, state = CASE state WHEN 'dead' THEN 'done' ELSE state END
    WHERE id = :number OR (state <> 'pending' AND payload::text ILIKE ANY(:patterns))
"""
_SENT: Final = """
    UPDATE outbox SET payload = '{}', error = NULL, state = CASE state WHEN 'dead' THEN 'dropped' ELSE state END
    WHERE ended_at IS NOT NULL AND payload::text ILIKE ANY(:patterns)
"""
_BROUGHT: Final = """
    UPDATE import_row SET cells = '{}', filled = NULL, near = NULL, issues = NULL
    WHERE cells::text ILIKE ANY(:patterns)
"""
_BEGUN: Final = (
    "DELETE FROM draft WHERE answers::text ILIKE ANY(:patterns)",
    "DELETE FROM last_time WHERE answers::text ILIKE ANY(:patterns)",
    "DELETE FROM said WHERE read::text ILIKE ANY(:patterns)",
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A record that has the name or number somewhere in its text."""

    table: str
    id: int
    customer_id: int | None


def needles(names: Iterable[str | None], phones: Iterable[str | None] = ()) -> list[str]:
    """What to look for: names of two letters at least, numbers as people write them."""
    found = {name.strip() for name in names if name and len(name.strip()) > 1}
    for phone in filter(None, phones):
        found |= {phone, phone.removeprefix("+86")}
    return sorted(found)


def _patterns(words: Sequence[str]) -> list[str]:
    return ["%" + _WILD.sub(r"\\\1", word) + "%" for word in words]


async def forget(session: AsyncSession, words: Sequence[str], own: int | None) -> None:
    """Messages that are done, and the `own` one that asks for this; rows of sheets; half-filled forms.

    One pass over what retention has left of them.
    """
    patterns = _patterns(words)
    await run(session, _SAID, patterns=patterns, number=own)
    for statement in (_SENT, _BROUGHT):
        await run(session, statement, patterns=patterns)
    sure = _patterns([word for word in words if len(word) >= SURE])
    for statement in _BEGUN:
        await run(session, statement, patterns=sure)


async def forget_values(session: AsyncSession, table: str, ids: Collection[int], kept: Collection[str] = ()) -> None:
    """The audit keeps that these rows were changed, by whom and when; the values only of the `kept` columns."""
    what = (
        "coalesce((SELECT jsonb_object_agg(k, v) FROM jsonb_each({}) AS e(k, v) WHERE k = ANY(:keys)), '{{}}'::jsonb)"
    )
    gone = "" if kept else ", op = NULL"  # what is not there any more is not put back by an undo
    await run(
        session,
        f"UPDATE audit SET before = {what.format('before')}, after = {what.format('after')}{gone}"  # noqa: S608 - ours
        " WHERE subject_type = :word AND subject_id = ANY(:ids)",
        word=table,
        ids=list(ids),
        keys=list(kept),
    )


async def remove(session: AsyncSession, table: str, where: str, ids: Collection[int]) -> None:
    """Rows that are about nobody else, with what the audit knows of them."""
    gone = await run(session, f"DELETE FROM {table} WHERE {where} RETURNING id", ids=list(ids))  # noqa: S608 - ours
    if gone:
        await forget_values(session, table, [row.id for row in gone])


async def remove_files(session: AsyncSession, subject: str, ids: Collection[int]) -> None:
    """Files of the person: those that nobody else has go with their bytes."""
    about = "subject_type = :word AND subject_id = ANY(:ids)"
    gone = await run(
        session,
        f"DELETE FROM attachment WHERE {about} RETURNING id, file_row_id",  # noqa: S608 - ours
        word=subject,
        ids=list(ids),
    )
    files = [row.file_row_id for row in gone]
    await forget_values(session, "attachment", [row.id for row in gone])
    free = "id = ANY(:ids) AND " + " AND ".join(
        f"NOT EXISTS (SELECT FROM {key.parent.table.name} r WHERE r.{key.parent.name} = file.id)"
        for one in Base.metadata.sorted_tables
        for key in one.foreign_keys
        if key.column.table.name == "file"
    )
    rows = await run(session, f"DELETE FROM file WHERE {free} RETURNING key", ids=files)  # noqa: S608 - ours
    await let_go(session, [row.key for row in rows if row.key], timedelta())


async def drop_exports(session: AsyncSession) -> None:
    """Sheets that were handed out and still wait for their day to end."""
    await run(session, "UPDATE loose_file SET due_at = least(due_at, :at)", at=now(session))


async def mentions(session: AsyncSession, words: Sequence[str], customers: Collection[int]) -> list[Mention]:
    """Records at these customers, and comments anywhere, whose text has one of the words: for a person to look at."""
    if not words:
        return []
    found: list[Mention] = []
    for one in Base.metadata.sorted_tables:
        if "customer_id" in one.c and "id" in one.c and one.name not in _COPIES | {"contact"}:
            rows = await run(
                session,
                f"SELECT id, customer_id FROM {one.name} t WHERE customer_id = ANY(:ids)"  # noqa: S608 - ours
                " AND to_jsonb(t)::text ILIKE ANY(:patterns) ORDER BY id",
                ids=list(customers),
                patterns=_patterns(words),
            )
            found += [Mention(one.name, row.id, row.customer_id) for row in rows]
    own = (
        "SELECT id FROM customer t WHERE id = ANY(:ids) AND concat_ws(' ', name, address, note, extra::text) ILIKE ANY"
    )
    rows = await run(session, f"{own}(:patterns) ORDER BY id", ids=list(customers), patterns=_patterns(words))
    found += [Mention("customer", row.id, row.id) for row in rows]
    said = "SELECT id FROM comment WHERE text ILIKE ANY(:patterns) AND subject_type <> 'contact' ORDER BY id"
    found += [Mention("comment", row.id, None) for row in await run(session, said, patterns=_patterns(words))]
    return found
