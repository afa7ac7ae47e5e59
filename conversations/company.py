"""The company's own fields as fields of forms: the same kinds as ours, with the playbook's words."""

from collections.abc import Callable
from typing import Any, Final

from conversations.form import Field
from conversations.kinds.base import Kind
from conversations.kinds.choices import OneOf, Several, YesNo
from conversations.kinds.numbers import Duration, Integer, Percent
from conversations.kinds.plain import Money, Phone, Text
from conversations.kinds.times import Day, Moment
from crm_core.custom_fields.service import LONGEST, PREFIX
from crm_core.playbook.book import Playbook
from crm_core.playbook.fields import CompanyField, FieldKind
from screens.screen import N_, Titled

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
