"""Chance from a fixed seed: each thing has dice of its own, so that one more customer changes none of the others."""

from random import Random
from typing import Final

_SEED: Final = "rounds demo"


def dice(*about: object) -> Random:
    """Dice that fall the same way every time for the same `about`."""
    return Random(":".join(map(str, (_SEED, *about))))  # noqa: S311 - no secret
