"""Writes `docs/reference.md` from the code: `make docs`. A test holds the page to what the program says."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from bot.cli import app
from bot.settings import EXAMPLES, Settings

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"


def page() -> str:
    """The page as it ought to be."""
    return "\n".join(["# Reference", "", "Made from the code by `make docs`.", "", *_settings(), "", *_commands(), ""])


def _settings() -> Iterator[str]:
    yield "## Settings"
    yield ""
    yield "| variable | default | example |"
    yield "|---|---|---|"
    for name, field in Settings.model_fields.items():
        variable = f"ROUNDS_{name.upper()}"
        default = ":".join(map(str, field.default)) if isinstance(field.default, tuple) else field.default
        yield f"| `{variable}` | {f'`{default}`' if default else '–'} | `{EXAMPLES[variable]}` |"


def _commands() -> Iterator[str]:
    yield "## Commands"
    top: Any = get_command(app)
    for name, command in top.commands.items():
        group = getattr(command, "commands", None)
        for path, one in [(f"{name} {sub}", below) for sub, below in group.items()] if group else [(name, command)]:
            yield ""
            yield f"### rounds {path}"
            yield ""
            yield "```"
            yield _help(one, path)
            yield "```"


def _help(command: Any, path: str) -> str:
    context = command.make_context(f"rounds {path}", [], resilient_parsing=True, terminal_width=100)
    return str(command.get_help(context)).strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE} is written.\n")
