"""An admin changes a flow's path in the chat, and sees who would sign before publishing (AP02)."""

import pytest
import yaml

from crm_core.audit.service import act_as
from crm_core.org import queries
from crm_core.org.models import Role
from crm_core.playbook import service as playbook
from tests.handlers.requests import firm, requests, travel
from tests.support.chat import TOKEN, House, Person

YAML = "application/x-yaml"


def document(person: Person) -> tuple[str, str]:
    """The last document that the bot sent: its name and text."""
    told = next(one for one in reversed(person.answers()) if "document" in one)["document"]
    kept = person.house.sandbox.world.bot(TOKEN).files.get(told["file_id"])
    return told["file_name"], kept.data.decode()


async def sent(person: Person, text: str | bytes, name: str = "playbook.yaml") -> str:
    """Send a playbook; answers the card when it is checked."""
    body = text if isinstance(text, bytes) else text.encode()
    await person.send_file("document", body, name, YAML)
    await person.house.exchanged()
    return person.screen()


def with_finance(text: str, over: int = 5000) -> str:
    """The text with 财务 signing travel over so much, after the manager."""
    book = yaml.safe_load(text)
    flow = next(one for one in book["flows"] if one["key"] == "travel")
    when = {"all": [{"field": "amount", "op": ">", "value": over}]}
    step = {"id": "money", "title": {"zh": "财务", "en": "Finance"}, "approvers": [{"role": "finance"}], "when": when}
    flow["steps"].insert(1, step)
    return yaml.safe_dump(book, allow_unicode=True, sort_keys=False)


@pytest.mark.feature("AP02")
async def test_an_admin_sees_who_would_sign_before_publishing(house: House):
    rep, boss, _, finance = await firm(house)
    admin = house.people["蒋涛"]
    await travel(rep, "6000")
    await admin.say("/menu")
    await admin.tap("我的知识")
    await admin.tap("⚙ 修改业务手册")
    name, text = document(admin)
    assert name == "playbook-0.yaml"
    assert text.startswith("# Rounds playbook, version 0\n")
    shown = await sent(admin, with_finance(text))
    print(shown, admin.buttons()); print(with_finance("a") if 0 else "")
    assert 0
