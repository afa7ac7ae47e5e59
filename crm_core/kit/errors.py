"""Expected failures: a code and facts, no prose. Words for a code are the screens' matter."""

from collections.abc import Mapping
from typing import Any, Final

_CODES: Final[dict[str, frozenset[str]]] = {}
_DOUBTS: Final[set[str]] = set()


class DomainError(Exception):
    """An expected failure of an operation.

    `code` is one of `codes()`; `field` names the form field to reopen, if one field is at fault;
    `params` are the facts that the words of the code may use.
    """

    def __init__(self, code: str, field: str | None = None, **params: Any) -> None:
        assert code in _CODES, f"undeclared error code {code}"
        super().__init__(code)
        self.code = code
        self.field = field
        self.params = params


class Conflict(Exception):
    """Somebody else changed the row between our read and our write: the unit of work is run again from the start."""


def declare(code: str, *params: str, doubt: bool = False) -> str:
    """Make a code known, with the names of the facts it carries. Each feature's `errors.py` declares its own.

    A doubt is raised unless the command carries its code in `confirmed`: a person may overrule it.
    """
    _CODES[code] = frozenset(params)
    if doubt:
        _DOUBTS.add(code)
    return code


def is_doubt(code: str) -> bool:
    return code in _DOUBTS


def codes() -> Mapping[str, frozenset[str]]:
    """All declared codes: the tests require words for each of them in every language."""
    return _CODES


NOT_ALLOWED = declare("not_allowed")
NOT_FOUND = declare("not_found")
REQUIRED = declare("required")
TOO_LONG = declare("too_long", "max")
CHANGED_MEANWHILE = declare("changed_meanwhile")
