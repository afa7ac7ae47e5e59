"""Words for error codes: declared beside their feature in `screens/words/`, complete by test."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Final

import screens.words
from crm_core.kit.errors import DomainError
from screens.screen import Msg, Titled

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
    """The error in words, with its facts; one that is a mapping holds the company's words by language."""
    load()
    facts = {name: Titled(fact) if isinstance(fact, Mapping) else fact for name, fact in error.params.items()}
    return _WORDS[error.code](**facts)


def worded() -> frozenset[str]:
    """All codes that have words."""
    load()
    return frozenset(_WORDS)
