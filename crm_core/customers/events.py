"""What customers tell others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CustomerTakenOn:
    """A new archive was made; the first contact there, as far as one is known (as typed)."""

    customer_id: int
    created_by: int
    contact_name: str | None
    phone: str | None


@dataclass(frozen=True, slots=True)
class CustomersMoved:
    """Customers have come to an owner, or into a pool (no owner); `kind` as the ownership log has it."""

    customer_ids: tuple[int, ...]
    to_owner_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class CustomerMaintained:
    """The archive was brought up to date, or somebody talked with the customer."""

    customer_id: int


@dataclass(frozen=True, slots=True)
class PeopleMoved:
    """People have come to a customer, or gone, with the rows that keep them: they are to be looked at anew."""

    customer_ids: tuple[int, ...]
