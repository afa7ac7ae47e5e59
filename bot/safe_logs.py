"""What may stand in a log: nothing that a person wrote, is called, or can be reached by.

Safe by how it is made, not by searching for what looks personal. An event is a name of ours; a key that is not listed
here is left out; of an exception its types and places are told, and never its words, since a database's error carries
the statement's parameters, pydantic's the input, Telegram's the text. Of texts from outside only words that are in a
small vocabulary come through. What somebody needs for mending a failed update stands in its dead letter, in the
database, where the company's own rights and retention hold.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from structlog.typing import EventDict

_ROOT: Final = Path(__file__).resolve().parents[1]
_EVENT: Final = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_PLAIN: Final = re.compile(r"[\w.:/+-]{1,100}", re.ASCII)
_KIND: Final = re.compile(r"[A-Za-z]+(Error|Exception|Timeout|Conflict|Lost)")
_QUOTED: Final = re.compile(r"\"[^\"]*\"?|'[^']*'(?![a-z])|“[^”]*”?|\([^)]*\)?")
_WORD: Final = re.compile(r"\S+")
_MOST_FRAMES: Final = 40
_LEFT_OUT: Final = "…"

_WORDS: Final = """
a after again already an and another answer any are at away bad be because been bot bot's button buttons by byte
bytes call can can't cannot caption chat closed connect connection connections could database deadlock delete
deleted descriptor detected device different disk does down edit edited empty end entities error exceeds exist
expected failed field file find for forbidden found from full gateway given group has have here host id
identifier in inline input internal into invalid is it key keyboard keys know known left length limit line list
lock long longer lost made many markup mend message method missing modified must name network no not nothing now
number of off offset old on only or other parse password permission photo place polls program put query reach
reached read refused relation remote reply request reset resource retry rights rounds s same seconds secret
sender sending sent serialization server set shutting size slow space specified start starting status stop
stopped storage supported system table tag take taken telegram text than that the them there these they this
time timed timeout timeouts to token too transaction try type unauthorized unavailable unexpected unique
unreachable unsupported up update upgraded url use used user value values violates wait was webhook when while
will with without write writing wrong wrote
"""

VOCABULARY: Final = frozenset(_WORDS.split())
"""Words in which PostgreSQL, the Bot API, the network and we ourselves tell of faults. None of them says who."""


def _number(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | float) else _LEFT_OUT


def _plain(value: Any) -> Any:
    """A number, or a name of ours: ASCII without a blank."""
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else _LEFT_OUT
    return _number(value)


def _each(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else _plain(value)


def _ours(value: Any) -> Any:
    """A sentence of our own, or a path or address out of the settings."""
    return value if isinstance(value, str) and value.isascii() and len(value) <= 300 else _LEFT_OUT


def _told(value: Any) -> Any:
    """A text from outside: the words of it that are in the vocabulary, and short numbers."""
    if not isinstance(value, str):
        return _number(value)
    if _KIND.fullmatch(value):
        return value
    first = _QUOTED.sub(_LEFT_OUT, (value.splitlines() or [""])[0][:300])
    words = [word if _known(word) else _LEFT_OUT for word in _WORD.findall(first)]
    return " ".join(word for at, word in enumerate(words) if word != _LEFT_OUT or words[at - 1 : at] != [_LEFT_OUT])


def _known(word: str) -> bool:
    bare = word.strip(".,:;!?[]").lower()
    return bare in VOCABULARY or (bare.isascii() and bare.isdigit() and len(bare) <= 4)


_NUMBERS: Final = """
after_s again_in_s approval_id attempt attempts batch bot bot_id count customer_id employee_id faults file inbox_id
number order pause_s proposal row rows seconds timer_id
"""

KEYS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(_NUMBERS.split(), _number),
    **dict.fromkeys(("code", "kind", "lease", "loop", "method", "record", "rule", "state", "step", "sweep"), _plain),
    **dict.fromkeys(("bots", "roles"), _each),
    **dict.fromkeys(("do", "hint", "where", "url"), _ours),
    **dict.fromkeys(("error", "reason", "why"), _told),
}
"""Every key that a line may have, and what may come out of it. Add one only for what can never be a person's."""

_OF_THE_CHAIN: Final = frozenset({"event", "level", "timestamp", "exception", "logger", "left_out"})


def safe(_: Any, __: str, event: EventDict) -> EventDict:
    """The last processor before rendering: what comes out is made of what is listed here."""
    record, ours = event.pop("_record", None), event.pop("_from_structlog", True)
    had_words = bool(event.pop("positional_args", None))
    error = event.pop("exc_info", None)
    made: EventDict = {key: event[key] for key in ("level", "timestamp") if key in event}
    if ours:
        said = str(event.get("event", ""))
        made["event"] = said if _EVENT.fullmatch(said) else _LEFT_OUT
        made |= {key: KEYS[key](value) for key, value in event.items() if key in KEYS}
        if strange := sorted(key for key in event if key not in KEYS and key not in _OF_THE_CHAIN):
            made["left_out"] = strange
    else:  # a library: where it speaks, and its sentence only as it stands in its code, before anything is put in
        said = str(event.get("event", ""))
        made["event"] = said if had_words and said.isascii() else _LEFT_OUT
        if record is not None:
            made["logger"] = f"{record.name} {Path(record.pathname).name}:{record.lineno}"
    if error is not None and (told := _exception(error)):
        made["exception"] = told
    return made


def _exception(given: Any) -> str:
    error = given[1] if isinstance(given, tuple) else given
    if error is True:
        import sys  # noqa: PLC0415

        error = sys.exc_info()[1]
    return "\n".join(_lines(error, set())) if isinstance(error, BaseException) else ""


def _lines(error: BaseException, seen: set[int], indent: str = "") -> Iterator[str]:
    """The types and places of an exception and of those that led to it, the first cause first."""
    if id(error) in seen:
        return
    seen.add(id(error))
    if error.__cause__ is not None:
        yield from _lines(error.__cause__, seen, indent)
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _lines(error.__context__, seen, indent)
    yield from (f"{indent}{place}" for place in _places(error.__traceback__))
    yield indent + _type_of(error)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _lines(one, seen, indent + "  ")


def _type_of(error: BaseException) -> str:
    kind = type(error)
    state = getattr(error, "sqlstate", None)
    code = f" [{state}]" if isinstance(state, str) and re.fullmatch("[0-9A-Z]{5}", state) else ""
    return f"{kind.__module__}.{kind.__qualname__}{code}"


def _places(at: TracebackType | None) -> Iterator[str]:
    places: list[str] = []
    while at is not None:
        code = at.tb_frame.f_code
        path = Path(code.co_filename)
        short = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else Path(*path.parts[-2:])
        places.append(f"{short}:{at.tb_lineno} {code.co_name}")
        at = at.tb_next
    yield from places[-_MOST_FRAMES:]
