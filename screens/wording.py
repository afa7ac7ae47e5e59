"""Words for error codes: declared beside their feature in `screens/words/`, complete by test."""

import importlib
import pkgutil
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any, Final

import screens.words
from crm_core.kit.errors import DomainError
from crm_core.kit.words.amounts import write_amount
from screens.screen import Msg, Titled
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
    """The error in words, with its facts.

    A fact `what` is a table, said as its records are called; a mapping holds the company's words by language; a Decimal
    is money.
    """
    load()
    facts = {name: _fact(name, value) for name, value in error.params.items()}
    return _WORDS[error.code](**facts)


def _fact(name: str, value: Any) -> Any:
    if name == "what":
        return thing_of(value).words
    if isinstance(value, Decimal):
        return write_amount(value)
    return Titled(value) if isinstance(value, Mapping) else value


def worded() -> frozenset[str]:
    """All codes that have words."""
    load()
    return frozenset(_WORDS)
