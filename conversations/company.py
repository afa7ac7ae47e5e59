"""The company's own fields as fields of forms: the same kinds as ours, with the playbook's words."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from conversations.form import Answers, Done, Field, Form, Own, Submit
from conversations.kinds.base import Kind
from conversations.kinds.choices import OneOf, Several, YesNo
from conversations.kinds.numbers import Duration, Integer, Percent
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.times import Day, Moment
from crm_core.custom_fields.service import LONGEST, PREFIX
from crm_core.org.actor import Actor
from crm_core.org.rights import Permission
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import CompanyField, FieldKind
from screens.screen import N_, Msg, Titled

KINDS: Final[dict[FieldKind, Callable[[CompanyField], Kind[Any]]]] = {
    FieldKind.TEXT: lambda _: Text(most=LONGEST[FieldKind.TEXT]),
    FieldKind.LONG_TEXT: lambda _: Text(most=LONGEST[FieldKind.LONG_TEXT], lines=True),
    FieldKind.INTEGER: lambda _: Integer(least=-(10**9)),
    FieldKind.MONEY: lambda _: Money(),
    FieldKind.PERCENT: lambda _: Percent(least=-1000, most=1000),
    FieldKind.CHOICE: lambda one: OneOf(one.options),
    FieldKind.SEVERAL: lambda one: Several(OneOf(one.options)),
    FieldKind.DAY: lambda _: Day(),
    FieldKind.MOMENT: lambda _: Moment(),
    FieldKind.DURATION: lambda _: Duration(),
    FieldKind.PHONE: lambda _: Phone(),
    FieldKind.YES_NO: lambda _: YesNo(),
}


def own_field(one: CompanyField) -> Field:
    """The field of a form that asks for a company field."""
    title = Titled(one.title)
    ask = Titled(one.ask) if one.ask else N_("Please fill in: %(field)s")(field=title)
    return Field(PREFIX + one.key, KINDS[one.kind](one), title, ask, required=one.required, extra=True)


def own_fields(book: Playbook, subject: str, customer_type: str | None) -> tuple[Field, ...]:
    """The company's fields of a `customer`, `contact` or `visit` of that type of customer."""
    return tuple(own_field(one) for one in book.own_fields(subject, customer_type))


def value_form(
    key: str,
    title: Msg,
    *,
    command: type["ChangeOwn"],
    permission: Permission,
    field_of: Callable[[AsyncSession, Actor, Answers], Awaitable[CompanyField | None]],
    submit: Submit,
    done: Done,
) -> Form:
    """The form that changes one company field of a record.

    All of `command` but the answer is given at its start and never asked.
    """

    async def more(session: AsyncSession, actor: Actor, answers: Answers) -> Own:
        one = await field_of(session, actor, answers)
        return Own(() if one is None else (replace(own_field(one), required=True),))

    return Form(
        key,
        title=title,
        fields=(),
        command=command,
        submit=submit,
        done=done,
        permission=permission,
        hidden=tuple(one.name for one in fields(command) if one.name != "extra"),
        more=more,
        at_once=True,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeOwn:
    """The answer of such a form: `extra` holds the one value by its key. Each feature adds the record's id."""

    key: str
    revision: int
    extra: dict[str, Any]
