"""Words for error codes: declared beside their feature in `screens/words/`, complete by test."""

import importlib
import pkgutil
from functools import cache
from typing import Final

import screens.words
from crm_core.kit.errors import DomainError
from screens.screen import Msg
from screens.things import thing_of

_WORDS: Final[dict[str, Msg]] = {}


def explain(code: str, words: Msg) -> None:
    """What a person reads for an error code: what is wrong, and what to type or tap next."""
    assert code not in _WORDS, f"{code} has words already"
    _WORDS[code] = words


@cache
def load() -> None:
    """Import every feature's words."""
    for module in pkgutil.iter_modules(screens.words.__path__, "screens.words."):
        importlib.import_module(module.name)


def words_of(error: DomainError) -> Msg:
    """The error in words, with its facts; a fact `what` is a table, and said as its records are called."""
    load()
    facts = {name: thing_of(value).words if name == "what" else value for name, value in error.params.items()}
    return _WORDS[error.code](**facts)


def worded() -> frozenset[str]:
    """All codes that have words."""
    load()
    return frozenset(_WORDS)
