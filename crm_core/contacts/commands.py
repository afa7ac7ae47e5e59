"""What can be asked of contacts."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from crm_core.contacts.models import DecisionRole
from crm_core.kit.words.yearly import Yearly


@dataclass(frozen=True, slots=True, kw_only=True)
class AddContact:
    """Somebody new at a customer. `confirmed` holds the codes of warnings that the person has seen and overruled."""

    customer: int
    name: str
    title: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None
    roles: tuple[DecisionRole, ...] = ()
    birthday: Yearly | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContact:
    """Change one field of a contact, or (`extra`, a mapping by key) some of the company\'s own.

    `revision` is the one the person saw.
    """

    contact_id: int
    field: str
    value: Any
    revision: int | None = None
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Relate:
    """A personal relation of two people; `kind` is a key of the playbook."""

    contact_id: int
    other: int
    kind: str
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDay:
    """A day of the year that matters to somebody: with a title an anniversary, without one the birthday."""

    contact_id: int
    day: Yearly
    title: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGift:
    """Something that was spent on somebody; `kind` is a key of the playbook, no day means today."""

    contact_id: int
    kind: str
    amount: Decimal
    on: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePost:
    """Another post at the same customer, from a day on (today)."""

    contact_id: int
    title: str
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveContact:
    """To another customer of ours."""

    contact_id: int
    customer: int
    title: str | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendAway:
    """To a company that is none of the actor's customers; `company` is its name."""

    contact_id: int
    company: str
    on: date | None = None
