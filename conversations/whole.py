"""A form with what its answers bring along: the company's own fields, proposals, and what will come of it."""

from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations import engine
from conversations.engine import Outcome, State
from conversations.form import Form
from crm_core.kit.errors import DomainError
from crm_core.org.actor import Actor

_KNOWN: Final = "whole_forms"  # in this unit of work, by the answers that they hang on


async def whole(session: AsyncSession, actor: Actor, form: Form, state: State) -> Form:
    """The form with the company's own fields in it, as far as the answers tell which those are.

    Without them when what was answered is out of sight by now: saving says so, and the form can still be left.
    """
    if form.more is None:
        return form
    known: dict[object, Form] = session.info.setdefault(_KNOWN, {})
    by = (form.key, actor.id, *(repr(state.answers.get(name)) for name in form.by)) if form.by else None
    if by is not None and by in known:
        return known[by]
    try:
        made = form.with_own(await form.more(session, actor, engine.values(form, state)))
    except DomainError:
        return form
    if by is not None:
        known[by] = made
    return made


async def foreseen(form: Form, outcome: Outcome) -> Form:
    """The form whose ready card says what will come of its answers, unless something is wrong with them."""
    if form.foresee is None or outcome.error is not None or engine.current(form, outcome.state) is not None:
        return form
    try:
        return form.foreseeing(await form.foresee(engine.values(form, outcome.state)))
    except DomainError:
        return form


async def prefilled(session: AsyncSession, actor: Actor, form: Form, state: State) -> State:
    """The state with proposals for what has no answer yet; none about a record that is out of sight by now."""
    try:
        proposed = await form.prefill(session, actor, engine.values(form, state))
    except DomainError:
        return state
    new = {name: value for name, value in proposed.items() if name not in state.answers and value is not None}
    return replace(state, answers=state.answers | new) if new else state
