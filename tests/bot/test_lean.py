"""Libraries that are imported lean are the same as ever: what is left out is built, or found missing, when used."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

MODELS = """
import inspect, json, re, sys
from bot import lean
if sys.argv[1] == "lean":
    lean.aiogram()
import aiogram
from aiogram.methods.base import Response
from pydantic import BaseModel, ValidationError

models = [one for of in (aiogram.types, aiogram.methods) for one in vars(of).values() if isinstance(one, type)]
models = [one for one in models if issubclass(one, BaseModel) and not inspect.isabstract(one)]
built = sum(one.__pydantic_complete__ for one in models)
fields = {}
for one in models:
    try:
        one.model_validate({})
    except ValidationError:
        pass
    fields[one.__name__] = {name: re.sub(" at 0x[0-9a-f]+", "", str(field)) for name, field in one.model_fields.items()}
answers = []
for one in filter(inspect.isclass, vars(aiogram.methods).values()):
    if "__returning__" in vars(one) and not inspect.isabstract(one):
        answers.append(str(Response[one.__returning__].model_validate({"ok": False}).result))
assert len(answers) > 150
print(json.dumps([built, len(models), fields, answers]))
"""

FIRST = """
import json, sys
from bot import lean
lean.aiogram()
from bot import reading
reading.load()
from aiogram import types
photo = [{"file_id": "AgAC", "file_unique_id": "AQAD", "width": 90, "height": 60}]
person = {"id": 7, "is_bot": False, "first_name": "王敏"}
said = {"message_id": 5, "date": 1795392000, "chat": {"id": 7, "type": "private"}, "from": person, "photo": photo,
        "caption": "华宁医疗门头", "forward_origin": {"type": "user", "date": 1795392000, "sender_user": person}}
update = reading.read({"update_id": 1, "message": said})
message = update.message
print(json.dumps([message.caption, message.photo[0].file_id, message.from_user.first_name, str(message.date),
    type(message.forward_origin).__name__, types.BusinessOpeningHours.__pydantic_complete__]))
"""


def python(program: str, *arguments: str) -> Any:
    command = [sys.executable, "-c", program, *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_every_type_and_method_of_aiogram_builds_to_the_same_when_it_is_used() -> None:
    built, many, fields, answers = python(MODELS, "lean")
    assert python(MODELS, "whole") == [many, many, fields, answers]
    assert built < many / 2, "nothing was left for later"
    assert "web_app" in fields["MenuButtonCommands"], "inherited from a module that names it for type checkers only"


def test_an_update_is_read_and_what_it_has_no_use_for_is_never_built() -> None:
    assert python(FIRST) == [
        *("华宁医疗门头", "AgAC", "王敏", "2026-11-23 00:00:00+00:00"),
        *("MessageOriginHiddenUser", False),
    ]


@pytest.mark.parametrize(("library", "module"), [("structlog", "rich"), ("httpx", "click"), ("httpx", "rich")])
def test_what_a_library_was_not_to_bring_is_there_for_others(library: str, module: str) -> None:
    program = f"import json, sys; from bot import lean; lean.{library}(); "
    program += f"there = '{module}' in sys.modules, '{library}' in sys.modules; import {module}; "
    program += f"print(json.dumps([*there, {module}.__name__]))"
    assert python(program) == [False, True, module]


def test_what_was_imported_before_stays() -> None:
    program = "import json, sys, rich, structlog; from bot import lean; lean.structlog(); lean.httpx(); "
    program += "print(json.dumps([sys.modules['rich'] is rich, sys.modules['structlog'] is structlog]))"
    assert python(program) == [True, True]
