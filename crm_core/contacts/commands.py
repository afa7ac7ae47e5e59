"""What can be asked of contacts."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AddContact:
    """Somebody new at a customer. `confirmed` holds the codes of warnings that the person has seen and overruled."""

    customer: int
    name: str
    title: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None
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
