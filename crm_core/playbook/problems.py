"""What is wrong with a playbook, told so that it can be mended: the line, the field, what is the matter, what to write.

The text is read with its marks, so that what pydantic finds in the plain data is told by the line it stands in.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from crm_core.playbook.fields import Fault
from crm_core.playbook.hostile import Problem, wrong_in

Path = tuple[str | int, ...]


class PlaybookError(Exception):
    """The text is no playbook; `problems` say where and why, and `lines` in words."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        self.lines = [one.told() for one in self.problems]
        super().__init__("\n".join(self.lines))


def load(text: str) -> tuple[Any, yaml.Node | None]:
    """Plain data of a YAML text, and its nodes with their lines. Raises PlaybookError."""
    try:
        loader: Any = yaml.SafeLoader(text)  # its methods have no types
        node = cast("yaml.Node | None", loader.get_single_node())
        if bad := wrong_in(node):
            raise PlaybookError(bad)
        body: Any = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        what = error.problem or "not YAML"
        mend = "indent with spaces, not tabs" if "\\t" in what else "mind the indent, the colons, brackets and quotes"
        if what.startswith("could not determine a constructor"):
            what, mend = "a tag that begins with ! has no meaning here", "leave the tag out"
        raise PlaybookError([Problem(what, mend=mend, line=line)]) from error
    except (yaml.YAMLError, ValueError) as error:  # a character that YAML forbids, a 30th of February
        raise PlaybookError([Problem(f"not YAML: {' '.join(str(error).split())}")]) from error
    except RecursionError as error:
        raise PlaybookError([Problem("not YAML: nested too deep")]) from error
    if twice := list(_twice(node, (), set())):
        raise PlaybookError(twice)
    return body, node


def _twice(node: yaml.Node | None, path: tuple[str, ...], been: set[int]) -> Iterator[Problem]:
    """Names that stand twice in one place: YAML would take the last one and say nothing. What is referred to from many
    places is looked at once.
    """
    if node is None or id(node) in been:
        return
    been.add(id(node))
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in _pairs(node):
            name = str(key.value)
            if name in seen and name != "<<":
                mend = "leave one of them out"
                yield Problem("stands there twice", ".".join((*path, name)), mend, key.start_mark.line + 1)
            seen.add(name)
            yield from _twice(value, (*path, name), been)
    elif isinstance(node, yaml.SequenceNode):
        for at, one in enumerate(_items(node), 1):
            pairs = _pairs(one) if isinstance(one, yaml.MappingNode) else []
            key = next((str(value.value) for name, value in pairs if name.value == "key"), "")
            yield from _twice(one, (*path, key if _is_key(key) else str(at)), been)


def _pairs(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    return cast("list[tuple[yaml.Node, yaml.Node]]", node.value)


def _items(node: yaml.SequenceNode) -> list[yaml.Node]:
    return cast("list[yaml.Node]", node.value)


def problems_of(error: ValidationError, model: type[BaseModel], body: Any, node: yaml.Node | None) -> list[Problem]:
    """Each thing that pydantic found, once; a list that is too short only for its faulty entries is none of them."""
    found = cast("list[dict[str, Any]]", error.errors())
    return [_problem(one, model, body, node) for one in found if not _follows(one, found)]


def _follows(problem: dict[str, Any], problems: list[dict[str, Any]]) -> bool:
    where = problem["loc"]
    inside = (other["loc"] for other in problems if len(other["loc"]) > len(where))
    return problem["type"] == "too_short" and any(one[: len(where)] == where for one in inside)


def _problem(found: dict[str, Any], model: type[BaseModel], body: Any, node: yaml.Node | None) -> Problem:
    loc: Path = tuple(one for one in found["loc"] if one != "[key]")
    fault = found.get("ctx", {}).get("error")
    if isinstance(fault, Fault):
        loc, mend = (*loc, *fault.at), fault.mend
    else:
        mend = _mend(found, loc, model)
    what = str(found["msg"]).removeprefix("Value error, ")
    return Problem(what, ".".join(_names(body, loc)), mend, _line(node, loc))


# --- where


def _names(body: Any, loc: Path) -> Iterator[str]:
    """The path as people read it: entries by their key where they have one, else counted from 1."""
    for part in loc:
        body = _at(body, part)
        key = cast("dict[str, Any]", body).get("key") if isinstance(body, dict) and isinstance(part, int) else None
        yield str(key) if _is_key(key) else str(part + 1) if isinstance(part, int) else part


def _is_key(said: Any) -> bool:
    return isinstance(said, str) and re.fullmatch(r"[a-z][a-z0-9_]*", said) is not None


def _at(body: Any, part: str | int) -> Any:
    if isinstance(body, dict):
        return cast("dict[Any, Any]", body).get(part)
    if isinstance(body, list | tuple) and isinstance(part, int):
        held = cast("Sequence[Any]", body)
        return held[part] if part < len(held) else None
    return None


def _line(node: yaml.Node | None, loc: Path) -> int | None:
    """The line of the deepest part of the path that stands in the text."""
    if node is None:
        return None
    line = node.start_mark.line
    for part in loc:
        step = _child(node, part)
        if step is None:
            break
        line, node = step
    return line + 1


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.SequenceNode):
        items = _items(node)
        return (items[part].start_mark.line, items[part]) if isinstance(part, int) and part < len(items) else None
    if not isinstance(node, yaml.MappingNode):
        return None
    for key, value in _pairs(node):
        if key.value == str(part):
            return key.start_mark.line, value
    merged = (value for key, value in _pairs(node) if key.value == "<<")
    held = (one for value in merged for one in (_items(value) if isinstance(value, yaml.SequenceNode) else [value]))
    return next((found for one in held if (found := _child(one, part)) is not None), None)


# --- what to write instead

_WHOLE: Final = "write a whole number, for example 3"
_NUMBER: Final = "write a number, for example 0.5"
_LIST: Final = "write a list: each entry begins with '- ', or all stand in [ ]"
_TRUTH: Final = "write true or false"
_TIME: Final = 'write a time in quotes, for example "08:30"'
_MENDS: Final = {
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "string_type": 'write a word; put it in quotes if it is a number or yes or no, for example "12"',
    "tuple_type": _LIST,
    "model_type": "write its fields below it, as name: value",
    "model_attributes_type": "write its fields below it, as name: value",
    "dict_type": "write its fields below it, as name: value",
    "invalid_key": "put the name in quotes",
    "string_too_short": "write something here",
    "time_parsing": _TIME,
    "time_type": _TIME,
}
_LIMITS: Final = {
    "greater_than_equal": ("ge", "write {} or more"),
    "greater_than": ("gt", "write more than {}"),
    "less_than_equal": ("le", "write {} or less"),
    "less_than": ("lt", "write less than {}"),
    "string_too_long": ("max_length", "shorten it to {} characters"),
    "too_long": ("max_length", "leave some out, {} at most"),
    "too_short": ("min_length", "write at least {} entry there"),
}
_KEY: Final = "write small Latin letters, digits and _, a letter first, 20 at most, for example travel_abroad"
_PATTERNS: Final = {
    "mode": "write any, all, in_order, or a ratio such as ratio:0.67",
    "empty_approver": "write admin, or user: and a colleague's name, in quotes",
}
_EXAMPLES: Final = {
    "key": "key: travel",
    "id": "id: manager",
    "title": "title: {zh: 费用报销, en: Expense claim}",
    "back": "back: {zh: 经销商, en: Dealer}",
    "steps": "steps: with a list of steps, each with id and approvers",
    "approvers": "approvers: [{manager: 1}]",
    "field": "field: amount",
    "op": 'op: ">"',
    "value": "value: 5000",
    "hours": "hours: 16",
    "days": "days: 30",
}


def _mend(found: dict[str, Any], loc: Path, model: type[BaseModel]) -> str | None:
    sort, ctx, last = found["type"], found.get("ctx", {}), str(loc[-1]) if loc else ""
    if sort in _LIMITS:
        name, words = _LIMITS[sort]
        return words.format(ctx[name])
    if sort == "extra_forbidden":
        return _meant(last, known := _fields(model, loc[:-1])) or f"leave it out; there are {', '.join(known)}"
    if sort == "missing":
        return f"write {_EXAMPLES.get(last) or _options(model, loc) or f'{last}: …'}"
    if sort in {"enum", "literal_error"}:
        return _one_of(found["input"], re.findall(r"'([^']*)'", ctx["expected"]))
    if sort == "string_pattern_mismatch":
        return _PATTERNS.get(last, _KEY)
    return _MENDS.get(sort)


def _one_of(said: Any, known: list[str]) -> str:
    if isinstance(said, bool):
        return 'put it in quotes, for example "no": without them YAML reads true or false'
    return _meant(said, known) or f"write {' or '.join(known)}"


def _meant(said: Any, known: list[str]) -> str | None:
    begun = [one for one in known if str(said) and one.startswith(str(said))]
    close = begun if len(begun) == 1 else get_close_matches(str(said), known, 1)
    return f"did you mean {close[0]}?" if close else None


def _fields(model: type[BaseModel], loc: Path) -> list[str]:
    """What may stand there."""
    at = _type_at(model, loc)
    return list(at.model_fields) if isinstance(at, type) and issubclass(at, BaseModel) else []


def _options(model: type[BaseModel], loc: Path) -> str | None:
    """One of few words, if the field takes such."""
    members = getattr(_type_at(model, loc), "__members__", None)
    return f"{loc[-1]}: {' or '.join(one.value for one in members.values())}" if members else None


def _type_at(kind: Any, loc: Path) -> Any:
    for part in loc:
        kind = _bare(kind)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            known = kind.model_fields.get(str(part))
            kind = known.annotation if known else None
        else:
            held = get_args(kind)
            kind = held[-1 if get_origin(kind) is dict else 0] if held else None
    return _bare(kind)


def _bare(kind: Any) -> Any:
    """A type without what is said about it, and without `or none`."""
    while get_origin(kind) in {Annotated, Union, UnionType}:
        kind = next(one for one in get_args(kind) if one is not NoneType)
    return kind


def without(body: Any, unknown: Collection[Path], at: Path = ()) -> Any:
    """The plain data but for what stands at these paths."""
    if isinstance(body, dict):
        held = cast("dict[str, Any]", body)
        return {key: without(one, unknown, (*at, key)) for key, one in held.items() if (*at, key) not in unknown}
    if isinstance(body, list):
        return [without(one, unknown, (*at, number)) for number, one in enumerate(cast("list[Any]", body))]
    return body
