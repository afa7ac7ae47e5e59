"""Large libraries, imported without what Rounds has no use for. Afterwards they are as they always are.

Nothing is changed for whoever has imported them before; what is written here only saves memory and time.
"""

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_NAME: Final = re.compile(r"[A-Za-z_]\w*")


def structlog() -> None:
    """structlog draws tracebacks with rich wherever that is installed: 4 MB. Ours are drawn by `bot.safe_logs`."""
    with _without("rich"):
        importlib.import_module("structlog")


def httpx() -> None:
    """httpx, which python-telegram-bot imports, brings its own command line wherever click and rich are installed."""
    with _without("click", "rich"):
        importlib.import_module("httpx")


@contextmanager
def _without(*names: str) -> Iterator[None]:
    """In the block, what is imported finds these packages missing."""
    there = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type] - None is how Python says so
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(there)


def aiogram() -> None:
    """aiogram builds a validator for each of its 400 types as it is imported: 100 MB and three quarters of the time.

    Its types are declared with `defer_build`, so that pydantic builds each when it is first used; it is only one loop
    at the end of `aiogram.types` that does not leave it at that. Here that loop has no effect. What it is for, names
    that are imported for type checkers only, is given to the modules that use them instead.
    """
    if "aiogram" in sys.modules:
        return
    from pydantic import BaseModel  # noqa: PLC0415

    usual = vars(BaseModel)["model_rebuild"]

    def model_rebuild(cls: type[BaseModel], **given: Any) -> bool | None:
        if cls.__module__.startswith("aiogram.types."):
            return None
        return usual.__get__(None, cls)(**given)

    BaseModel.model_rebuild = classmethod(model_rebuild)  # type: ignore[assignment]
    try:
        types = importlib.import_module("aiogram.types")
    finally:
        BaseModel.model_rebuild = usual
    names = {name: getattr(types, name) for name in types.__all__}
    for one in names.values():
        if isinstance(one, type):
            module = vars(sys.modules[one.__module__])
            for annotation in _annotations(one):
                for name in names.keys() & _NAME.findall(annotation):
                    module.setdefault(name, names[name])


def _annotations(one: type) -> Iterator[str]:
    """Of its fields, those that it inherits among them."""
    for base in one.__mro__:
        yield from map(str, vars(base).get("__annotations__", {}).values())
