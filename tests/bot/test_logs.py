"""Logs: one chain for us and for libraries; never a token, nor anything that a person wrote or is called (BY31)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot import logs

TOKEN = "123456789:AAsecret-part_of-the-token-0123456789"

_PROGRAM = f"""
import logging, sys, structlog
from bot import logs
logs.configure(*sys.argv[1:])
ours = structlog.get_logger()
ours.info("ours.said", name="华宁", url="https://api.telegram.org/bot{TOKEN}/getMe", deep={{"er": ["{TOKEN}"]}}, rows=3)
logging.getLogger("library").warning("GET /bot%s/getMe", "{TOKEN}")
logging.getLogger("aiogram").info("chatter")
try:
    raise ValueError("bot{TOKEN}")
except ValueError:
    ours.exception("ours.crashed")
    logging.getLogger("library").exception("crashed too")
"""


def told(*arguments: str) -> list[str]:
    """What a process of its own says: to configure logging here would reach into other tests."""
    command = [sys.executable, "-c", _PROGRAM, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(logs.__file__).parents[1])
    assert ran.stdout == ""
    assert "secret" not in ran.stderr
    assert "chatter" not in ran.stderr
    return ran.stderr.splitlines()


@pytest.mark.parametrize("form", [("json",), ()], ids=["json", "no terminal"])
def test_machines_read_a_json_object_a_line(form: tuple[str, ...]) -> None:
    lines = [json.loads(line) for line in told("info", *form)]
    assert [line["event"] for line in lines] == ["ours.said", "GET /bot%s/getMe", "ours.crashed", "…"]
    assert lines[0]["url"] == "https://api.telegram.org/bot123456789:***/getMe"
    assert lines[0]["rows"] == 3
    assert lines[0]["left_out"] == ["deep", "name"]
    assert lines[0]["timestamp"].endswith("Z")
    assert lines[1]["logger"].startswith("library <string>:")
    assert lines[2]["exception"] == lines[3]["exception"]
    assert lines[2]["exception"].splitlines()[-1] == "builtins.ValueError"


def test_people_read_the_same_in_colours_of_their_terminal() -> None:
    lines = told("info", "console")
    assert any("ours.said" in line and "rows=3" in line for line in lines)
    assert not any("华宁" in line for line in lines)


def test_what_is_below_the_level_is_not_told() -> None:
    assert not any('"ours.said"' in line for line in told("warning", "json"))


@pytest.mark.parametrize("text", ["12:30", "2026-03-11T10:00:00", "1:a", "http://127.0.0.1:8081/sim", "比分 3:2"])
def test_what_is_no_token_stays(text: str) -> None:
    assert logs.redact(text) == text
