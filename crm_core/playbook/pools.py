"""Customer pools (公海) as the playbook has them: who may claim what, and when a customer falls in."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from crm_core.playbook.fields import Entry, Strict

Days = Annotated[int, Field(ge=1, le=730)]


class PoolRule(Strict):
    """Customers of these types (none: all) go into the pool when nobody followed up, or nothing was sold, for so long.

    `not_won` counts from when the owner got the customer, whatever was done meanwhile.
    """

    days: Days
    event: Literal["no_followup", "not_won"] = "no_followup"
    types: tuple[str, ...] = ()


class ProtectedDays(Strict):
    """How long a customer that has just come to somebody is not taken away, by how it came."""

    claimed: Annotated[int, Field(ge=0, le=365)] = 3
    imported: Annotated[int, Field(ge=0, le=365)] = 7
    assigned: Annotated[int, Field(ge=0, le=365)] = 7


class Pool(Entry):
    """A pool. The first one whose types, territories and units fit a customer and its owner is the customer's.

    `units` are names of branches or departments: the people there and below see it and claim from it; so does who leads
    one of the `territories`. None means everybody.
    """

    units: tuple[Annotated[str, Field(min_length=1, max_length=80)], ...] = ()
    territories: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rules: tuple[PoolRule, ...] = ()
    recycle: bool = True
    warn_days: tuple[Annotated[int, Field(ge=1, le=60)], ...] = (7, 3, 1)
    claims_a_day: Annotated[int, Field(ge=0, le=1000)] = 5
    most_held: Annotated[int, Field(ge=1, le=100_000)] | None = None
    cool_down_days: Annotated[int, Field(ge=0, le=365)] = 7
    protected_days: ProtectedDays = ProtectedDays()
    locks_most: Annotated[int, Field(ge=0, le=1000)] = 3

    @field_validator("warn_days")
    @classmethod
    def warned_before(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        """The earliest warning first; nobody loses a customer without one."""
        if not value:
            raise ValueError("needs at least one day, for example [7, 3, 1]")
        return tuple(sorted(set(value), reverse=True))

    def rules_for(self, customer_type: str) -> tuple[PoolRule, ...]:
        """The rules by which such a customer falls into this pool."""
        if not self.recycle:
            return ()
        return tuple(one for one in self.rules if not one.types or customer_type in one.types)
