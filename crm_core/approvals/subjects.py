"""What the card of a request shows of the record that asks: declared beside each feature, asked by the card.

Features above approvals have more to their requests than a form: a claim has lines, checks, a trip. The decorated
function answers lines of a label and a value, in words of the screens or plain text; it decides nothing.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_core.approvals.models import Approval
from crm_core.kit.languages import Language
from crm_core.org.actor import Actor

Line = tuple[Any, Any]
"""A label and a value: words of the screens (Msg, Titled), or text as it is."""
Tell = Callable[[AsyncSession, Actor, int, Language], Awaitable[Sequence[Line]]]
"""Given who looks, and the record's id. The caller has made sure that this person may read the request."""

_SUBJECTS: Final[dict[str, Tell]] = {}


def subject(kind: str) -> Callable[[Tell], Tell]:
    """The decorated function tells of records of this kind (`subject_type` of a request)."""

    def add(tell: Tell) -> Tell:
        assert kind not in _SUBJECTS, f"subject {kind} is declared twice"
        _SUBJECTS[kind] = tell
        return tell

    return add


def subjects() -> Mapping[str, Tell]:
    return _SUBJECTS


async def lines_of(session: AsyncSession, actor: Actor, row: Approval, language: Language) -> Sequence[Line]:
    """What a request's record has to say; nothing of a request without one."""
    tell = _SUBJECTS.get(row.subject_type or "")
    return await tell(session, actor, row.subject_id, language) if tell and row.subject_id is not None else ()


async def request_of(session: AsyncSession, kind: str, subject_id: int) -> Approval | None:
    """The latest request of a record."""
    statement = select(Approval).where(Approval.subject_type == kind, Approval.subject_id == subject_id)
    return await session.scalar(statement.order_by(Approval.id.desc()).limit(1))
