"""The shape of the house: its contracts catch what they should, modules stay small, routing stays cheap."""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from handlers import routing
from tests.support.texts import ROOT

PACKAGES = ("bot", "handlers", "conversations", "reminders", "screens", "crm_core", "sandbox")
LONGEST = 400
IGNORED = shutil.ignore_patterns("__pycache__", "static", "templates", "locale", "*.yaml")

# What somebody in a hurry might write: a new module, what it imports, and the contract that must object.
PLANTED = {
    "a screen that calls a handler": ("screens/planted.py", "import handlers.turn", "Floors"),
    "a rule that calls a handler": ("reminders/planted.py", "import handlers.turn", "Floors"),
    "a handler that asks the clock": ("handlers/planted_clock.py", "import reminders.rules", "Floors"),
    "a core that talks": ("crm_core/visits/planted.py", "from conversations import engine", "Floors"),
    "people who know customers": ("crm_core/org/planted.py", "import crm_core.customers.models", "Tiers"),
    "a kit that knows people": ("crm_core/kit/planted.py", "import crm_core.org.models", "Tiers"),
    "customers who know visits": ("crm_core/customers/planted.py", "import crm_core.visits.models", "Tiers"),
    "a feature without a tier": ("crm_core/planted/__init__.py", "", "Tiers"),
    "a sandbox that knows the core": (
        "sandbox/planted.py",
        "import crm_core.kit.errors",
        "The sandbox knows none of us",
    ),
    "a handler that knows the sandbox": ("handlers/planted.py", "import sandbox.server", "Nobody but the command line"),
    "Telegram in the core": ("crm_core/outbox/planted.py", "import telegram", "The messenger is known to"),
    "aiogram in a form": ("conversations/planted.py", "from aiogram import types", "The messenger is known to"),
    "a second clock": ("bot/planted.py", "import apscheduler.schedulers.asyncio", "APScheduler is imported in one"),
}


def lint(at: Path) -> tuple[bool, str]:
    """Whether the tree there keeps all contracts, and what import-linter says."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, cwd=at, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(at)})
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy of the house with all these imports in it."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=IGNORED)
    for place, line, _ in PLANTED.values():
        (copy / place).parent.mkdir(exist_ok=True)
        (copy / place).write_text(f'"""Planted."""\n\n{line}\n', encoding="utf-8")
    kept, said = lint(copy)
    assert not kept
    return said


def test_the_house_keeps_its_contracts():
    kept, said = lint(ROOT)
    assert kept, said


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_import_is_caught_by_its_contract(planted: str, what: str):
    place, line, contract = PLANTED[what]
    assert any(said.startswith(contract) and said.endswith("BROKEN") for said in planted.splitlines())
    module = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    told = _chapter(planted, contract)
    assert module in told if line else module.rpartition(".")[2] in told


def _chapter(said: str, contract: str) -> str:
    """The part about one broken contract."""
    lines = said[said.index("Broken contracts") :].splitlines()
    heads = [at for at, line in enumerate(lines[:-1]) if lines[at + 1].startswith("----") and line.strip()]
    start = next(at for at in heads if lines[at].startswith(contract))
    end = next((at for at in heads if at > start), len(lines))
    return "\n".join(lines[start:end])


def modules() -> Iterator[Path]:
    for package in (*PACKAGES, "benchmarks"):
        yield from (path for path in (ROOT / package).rglob("*.py") if "migrations/versions" not in path.as_posix())


def test_no_module_is_longer_than_one_idea():
    long = {str(path.relative_to(ROOT)): count for path in modules() if (count := _lines(path)) > LONGEST}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_every_module_says_what_it_is_for():
    silent = [
        str(path.relative_to(ROOT)) for path in modules() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert silent == []


def test_apscheduler_is_imported_in_one_module():
    """Also by modules that the contract does not name yet."""
    assert [path.relative_to(ROOT).as_posix() for path in modules() if "apscheduler" in _imports(path)] == [
        "reminders/clock.py"
    ]


def _imports(path: Path) -> set[str]:
    tree = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in tree if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in tree if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in names}


def test_nothing_stands_between_an_update_and_the_look_up_of_its_key():
    """Routing is by key, in one look-up, however many features there are: no filters are asked one after another."""
    routed = {
        str(path.relative_to(ROOT)): name
        for path in ROOT.glob("bot/**/*.py")
        for name in ("Dispatcher", "Router")
        if re.search(rf"\b{name}\(", path.read_text(encoding="utf-8"))
    }
    assert routed == {}
    assert isinstance(routing.buttons(), Mapping)
    assert isinstance(routing.commands(), Mapping)
