"""Lines that a field team types to the demo's customers, each with what is made of it, written down beforehand."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from bot.demo.archives import archives
from conversations import oneline
from conversations.driver import Scene
from conversations.engine import DOUBTS
from conversations.oneline import Line
from crm_core.audit.service import act_as
from crm_core.customers.commands import NewCustomer
from crm_core.customers.service import create_customer
from crm_core.org import queries
from screens.post import Reader
from tests.conversations.conftest import Office
from tests.conversations.phone import BOT
from tests.support.company import WORDS

DATA = Path(__file__).parents[1] / "data"
OWNERS = ("li_wenbo", "emma_clarke", "daniel_reed")


def talk() -> list[tuple[str, str]]:
    """`line = what is made of it`."""
    lines = (DATA / "lines.txt").read_text(encoding="utf-8").splitlines()
    return [(said, made) for said, _, made in (line.rpartition(" = ") for line in lines if line[:1] not in ("", "#"))]


def made_of(line: Line | None, called: dict[int, str]) -> str:
    """As the table writes it: customer by brand, @contact, summary, kind, next day, moment; ⚠ before what is unsure."""
    if line is None:
        return "search"
    doubts = line.answers.get(DOUBTS, ())
    parts = [f"“{line.words}”"] if line.words else []
    for name, lead in (
        ("customer", ""),
        ("contact", "@"),
        ("summary", ""),
        ("kind", ""),
        ("next_on", "next "),
        ("happened_at", "at "),
    ):
        value = line.answers.get(name)
        if value is None:
            continue
        if name == "customer":
            value = called[value["id"]]
        shown = value["label"].split(" ·")[0] if isinstance(value, dict) else str(value).removesuffix(":00+08:00")
        parts.append(f"{lead}{'⚠' if name in doubts else ''}{shown}")
    return " | ".join(parts)


@pytest.fixture
async def field(office: Office) -> AsyncIterator[tuple[Scene, dict[int, str]]]:
    """The archives of three of the demo's people, all one rep's; the office's own customers are named otherwise."""
    async with office.db.unit() as session:
        actor = await queries.actor(session, office.rep.employee_id)
        assert actor is not None
        act_as(session, actor.id)
        called: dict[int, str] = {}
        for one in archives(date(2026, 3, 11)):
            if one.owner.key not in OWNERS or one.name == "深圳市华宁电子有限公司":
                continue
            made = await create_customer(
                session,
                actor,
                NewCustomer(
                    name=one.name,
                    short_name=one.short_name,
                    city=one.city,
                    contact_name=one.contact_name,
                    **WORDS,
                ),
            )
            called[made.id] = one.name
        called[office.customer_id] = "深圳市华宁电子有限公司"
        yield Scene(session, actor, Reader(BOT, office.rep.user_id, "zh", actor.zone)), called


async def test_each_line_is_read_as_it_was_meant(field: tuple[Scene, dict[int, str]]) -> None:
    scene, called = field
    wrong: dict[str, tuple[str, str]] = {}
    for said, expected in talk():
        wanted = expected
        brand = expected.split(" | ")[0].removeprefix("⚠")
        names = [name for name in called.values() if brand and brand in name]
        if len(names) == 1:
            wanted = expected.replace(brand, names[0], 1)
        made = made_of(await oneline.read(scene, said), called)
        if made != wanted:
            wrong[said] = (made, wanted)
    assert wrong == {}, "\n".join(f"{said}\n   made {made}\n   want {wanted}" for said, (made, wanted) in wrong.items())
