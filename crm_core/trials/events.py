"""What trials tell others."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrialAnswered:
    """Somebody asked how it goes: there is a word of it, or another day to ask."""

    trial_id: int


@dataclass(frozen=True, slots=True)
class TrialsMoved:
    """The customers of these trials have another owner, or none."""

    trial_ids: tuple[int, ...]
