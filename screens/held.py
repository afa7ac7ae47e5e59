"""What each kind of holding is called, with its count: declared in `screens/words/`, beside a feature's other words."""

from typing import Final

from screens.screen import Msg

_HELD: Final[dict[str, Msg]] = {}


def held(key: str, words: Msg) -> None:
    """Name a kind of holding (`crm_core/org/holdings.py`); the words tell its `count`."""
    assert key not in _HELD, f"holding {key} has words already"
    _HELD[key] = words


def held_words(key: str, count: int) -> Msg:
    return _HELD[key](count=count)


def held_keys() -> frozenset[str]:
    """All kinds that have words."""
    return frozenset(_HELD)
