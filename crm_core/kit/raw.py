"""Statements as text, for what the audit must not write down: its listener looks at models, and these name none."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, DateTime, Text, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

_KINDS: Final[dict[str, Any]] = {
    "ids": ARRAY(BigInteger),
    "patterns": ARRAY(Text),
    "keys": ARRAY(Text),
    "number": BigInteger,
    "at": DateTime(timezone=True),
    "word": Text,
}


async def run(session: AsyncSession, statement: str, **facts: Any) -> Sequence[Any]:
    """What it returns, if it returns rows. The names of its facts say their types, which the driver wants to know."""
    typed = [bindparam(name, type_=_KINDS[name]) for name in facts]
    done: Any = await session.execute(text(statement).bindparams(*typed), facts)
    return done.all() if done.returns_rows else ()
