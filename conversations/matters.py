"""What hangs on an archive in the chat: one declaration makes the forms of a kind of matter."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from conversations.changes import Whose, as_it_is
from conversations.contacts import CONTACT
from conversations.customers import CUSTOMER
from conversations.form import Amend, Answers, Field, Form, Own
from conversations.kinds.base import Kind
from conversations.kinds.reference import Picked
from crm_core.comments import queries as comments
from crm_core.customers.permissions import CHANGE
from crm_core.kit.db import now
from crm_core.matters import queries
from crm_core.matters.models import Matter
from crm_core.org.actor import Actor
from screens import matters as screens
from screens.matters import Look
from screens.screen import N_, Msg, Screen

CUSTOMER_FIELD: Final = Field("customer", CUSTOMER, N_("Customer"), N_("Which customer is it about?"), from_line=True)
CONTACT_FIELD: Final = Field(
    "contact",
    CONTACT,
    N_("Contact"),
    N_("Whom there is it about?"),
    required=False,
    from_line=True,
    hangs_on="customer",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A kind of matter: how it is shown, kept, and which ones are under way (`is_open`, the first `by` it)."""

    look: Look
    model: type[Matter]
    new: Form
    change: Mapping[str, Form]
    is_open: ColumnElement[bool]
    by: Any


async def card(
    session: AsyncSession, actor: Actor, look: Look, model: type[Matter], matter_id: int, said: Msg | None = None
) -> Screen:
    """A matter as it stands."""
    row = await queries.find(session, actor, model, matter_id)
    comment = await comments.latest(session, look.table, row.id)
    return screens.card(look, row, actor, actor.today(now(session)), said=said, comment=comment)


def saved(look: Look, model: type[Matter]) -> Callable[[AsyncSession, Actor, Any], Awaitable[Screen]]:
    """The card of what a form has just saved."""

    async def done(session: AsyncSession, actor: Actor, matter: Any) -> Screen:
        return await card(session, actor, look, model, matter.id, N_("✓ Saved."))

    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """The answer of a one-field form; which field it is, the form knows."""

    matter_id: int
    value: Any
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _ChangeContact(_Change):
    customer: Any  # whose contacts are offered


Change = Callable[[AsyncSession, Actor, int, str, Any, int | None], Awaitable[Matter]]


def amend(look: Look, model: type[Matter], change: Change) -> Amend:
    """How a matter is put right when the message that told of it is edited."""

    async def held(session: AsyncSession, actor: Actor, matter_id: int) -> Answers:
        row = await queries.find(session, actor, model, matter_id)
        contact = None if row.contact_id is None else Picked(row.contact_id, row.contact)
        plain = {name: getattr(row, name) for name in look.fields if name != "contact"}
        return {**plain, "customer": Picked(row.customer_id, row.customer), "contact": contact}

    async def correct(session: AsyncSession, actor: Actor, matter_id: int, name: str, value: Any) -> Matter:
        return await change(session, actor, matter_id, name, value, None)

    return Amend(look.table, correct, held)


def change_forms(
    look: Look, model: type[Matter], kinds: Mapping[str, tuple[Kind[Any], Msg]], change: Change
) -> dict[str, Form]:
    """A form for each field that may be changed: saved by its answer."""
    return {name: _change_form(look, model, name, *kinds[name], change) for name in look.fields}


def _change_form(look: Look, model: type[Matter], name: str, kind: Kind[Any], ask: Msg, change: Change) -> Form:
    async def submit(session: AsyncSession, actor: Actor, given: dict[str, Any]) -> Matter:
        return await change(session, actor, given["matter_id"], name, given["value"], given["revision"])

    async def about(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
        row = await queries.find(session, actor, model, answers["matter_id"])
        whose = Whose(f"{row.customer} · {row.what}", "", row)
        return Own(brief=as_it_is(whose, name, Field("value", kind, look.fields[name], ask)))

    of_contact = name == "contact"
    return Form(
        f"{look.table}.change.{name}",
        title=N_("Change"),
        fields=(Field("value", kind, look.fields[name], ask),),
        command=_ChangeContact if of_contact else _Change,
        submit=submit,
        done=saved(look, model),
        permission=CHANGE,
        hidden=("matter_id", "revision", *(("customer",) if of_contact else ())),
        more=about,
        at_once=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Say:
    """One answer about a matter: why it was lost, what came of it, who must know."""

    matter_id: int
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _SayOf(_Say):
    state: str


def word_form(
    look: Look,
    what: str,
    title: Msg,
    field: Field,
    submit: Callable[[AsyncSession, Actor, dict[str, Any]], Awaitable[Any]],
    done: Callable[[AsyncSession, Actor, Any], Awaitable[Screen]],
    *,
    of_state: bool = False,
) -> Form:
    """A form of one question about a matter, saved by its answer; `of_state`: it also knows which state it leads to."""
    return Form(
        look.key(what),
        title=title,
        fields=(field,),
        command=_SayOf if of_state else _Say,
        submit=submit,
        done=done,
        permission=CHANGE,
        hidden=("matter_id", *(("state",) if of_state else ())),
        at_once=True,
    )
