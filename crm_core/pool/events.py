"""What the pool tells others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeadlinesMoved:
    """These customers have another deadline now, or none: what was said of the former one is settled."""

    customer_ids: tuple[int, ...]
