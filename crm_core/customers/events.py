"""What customers tell others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CustomerMaintained:
    """The archive was brought up to date, or somebody talked with the customer."""

    customer_id: int
