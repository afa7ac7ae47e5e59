"""What can be asked of contacts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AddContact:
    """Somebody new at a customer. `confirmed` holds the codes of warnings that the person has seen and overruled."""

    customer: int
    name: str
    title: str | None = None
    phone: str | None = None
    email: str | None = None
    note: str | None = None
    confirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeContact:
    """Change one field of a contact; `revision` is the one the person saw."""

    contact_id: int
    field: str
    value: str | None
    revision: int | None = None
    confirmed: frozenset[str] = frozenset()
