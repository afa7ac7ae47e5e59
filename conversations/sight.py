"""Records that went to somebody else while a form about them lay half filled."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import engine
from conversations.engine import State
from conversations.form import Form
from conversations.kinds.reference import Ref
from crm_core.kit.errors import NOT_ALLOWED, NOT_FOUND, DomainError, declare
from crm_core.org.actor import Actor

OUT_OF_SIGHT: Final = declare("form.out_of_sight", "label")


async def out_of_sight(
    session: AsyncSession, actor: Actor, form: Form, state: State, error: DomainError
) -> DomainError | None:
    """Which record went to somebody else while the form lay half filled: that one is asked for again."""
    if error.code not in (NOT_ALLOWED, NOT_FOUND):
        return None
    for name, held in engine.values(form, state).items():
        asked = form.field(name)
        if asked is None or not isinstance(asked.kind, Ref):
            continue
        try:
            await asked.kind.get(session, actor, held.id)
        except DomainError:
            return DomainError(OUT_OF_SIGHT, field=name, label=held.label)
    return None
