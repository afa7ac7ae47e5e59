"""What can be asked of customer archives."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NewType

CustomerId = NewType("CustomerId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCustomer:
    """Create an archive, with the first contact if one is known.

    `confirmed` holds the codes of warnings that the person has seen and overruled.
    """

    name: str
    type: str
    category: str
    industry: str
    source: str
    city: str | None = None
    address: str | None = None
    contact_name: str | None = None
    phone: str | None = None
    short_name: str | None = None
    stage: str | None = None  # none: the playbook's default
    status: str | None = None
    yearly_value: Decimal | None = None
    note: str | None = None
    location: tuple[float, float] | None = None  # latitude, longitude; WGS-84
    extra: dict[str, Any] = field(default_factory=dict[str, Any])
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeCustomer:
    """Change one field of an archive, or (`extra`, a mapping by key) some of the company\'s own.

    `revision` is the one the person saw.
    """

    customer_id: int
    field: str
    value: Any
    revision: int | None = None
    confirmed: frozenset[str] = frozenset()
