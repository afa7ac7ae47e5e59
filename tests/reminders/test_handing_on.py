"""Reminders that go to somebody else, come back, are put off far, or are nudged for (BY19, RE11)."""

from datetime import date

import pytest

from conversations.due import due_now
from conversations.exceptions import nudge
from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.kit.errors import DomainError
from crm_core.kit.words.yearly import Yearly
from crm_core.occurrences import acts
from crm_core.occurrences.acts import Choice
from reminders import clock as ticking
from reminders.clock import load
from reminders.preview import preview
from reminders.rules import Sweep, sweeps
from tests.crm_core.pool.story import MAIN, Days, publish
from tests.reminders.desk import give_phone, local, occurrences, strike
from tests.reminders.test_attention import born
from tests.support.company import Firm


async def give(firm: Firm, customer: Customer, to: str) -> None:
    async with firm.db.unit() as session:
        boss = await firm.actor(session, "admin")
        moved = [await locked(session, customer.id)]
        await move(session, moved, Kind.TRANSFER, by_id=boss.id, to_owner_id=firm.people[to].id)


async def pass_on(firm: Firm, by: str, to: str) -> None:
    async with firm.db.unit() as session:
        actor = await firm.actor(session, by)
        (row,) = [one for one in await occurrences(firm) if one.recipient_id == actor.id]
        await acts.pass_on(session, actor, row.id, firm.people[to].id)


async def due(firm: Firm, who: str) -> list[str]:
    """The rules of what this person has to do now."""
    async with firm.db.unit() as session:
        return [kind.key for kind, _ in await due_now(session, await firm.actor(session, who))]


async def choose(firm: Firm, who: str, rule: str, how: str) -> None:
    async with firm.db.unit() as session:
        await acts.choose(session, await firm.actor(session, who), Choice(rule, how))


async def test_what_is_passed_on_and_passed_back_is_nobody_s_loss(firm: Firm):
    await give_phone(firm, "owner", "manager")
    await firm.customer(type="a")
    await strike(firm, local("2026-03-25"))
    await pass_on(firm, "owner", "manager")
    assert (await due(firm, "owner"), await due(firm, "manager")) == ([], ["customer.stale"])
    await pass_on(firm, "manager", "owner")
    assert (await due(firm, "owner"), await due(firm, "manager")) == (["customer.stale"], [])
    (push,) = await strike(firm, local("2026-03-25", "09:00"))
    assert push.to == "李娜"


async def test_nothing_is_passed_to_who_has_switched_the_kind_off(firm: Firm):
    await give_phone(firm, "owner", "manager")
    await firm.customer(type="a")
    await strike(firm, local("2026-03-25"))
    await choose(firm, "manager", "customer.stale", "off")
    with pytest.raises(DomainError, match="not_wanted"):
        await pass_on(firm, "owner", "manager")
    assert await due(firm, "owner") == ["customer.stale"]


async def test_a_nudge_reaches_who_has_switched_the_kind_off(firm: Firm):
    await give_phone(firm, "owner", "manager")
    await firm.customer(type="a")
    await strike(firm, local("2026-03-25"))
    await choose(firm, "owner", "customer.stale", "off")
    (row,) = await occurrences(firm)
    async with firm.db.unit() as session:
        await nudge(session, await firm.actor(session, "manager"), row.id)
    pushes = await strike(firm, local("2026-03-25", "09:00"))
    assert any("王海燕催您" in push.text for push in pushes)
    assert await due(firm, "owner") == ["customer.stale"]


async def test_a_customer_that_comes_back_is_reminded_of_again(firm: Firm):
    await give_phone(firm, "owner")
    customer = await firm.customer(type="a")
    await strike(firm, local("2026-03-25"))
    await give(firm, customer, "peer")
    assert (await due(firm, "owner"), await due(firm, "peer")) == ([], ["customer.stale"])
    await give(firm, customer, "owner")
    await strike(firm, local("2026-03-26"))
    assert (await due(firm, "owner"), await due(firm, "peer")) == (["customer.stale"], [])
    states = sorted((one.recipient_id, one.state) for one in await occurrences(firm))
    assert len(states) == 2


async def test_a_promise_long_overdue_goes_to_the_new_owner(firm: Firm):
    await give_phone(firm, "owner", "peer")
    customer = await firm.customer(type="c")
    async with firm.db.unit() as session:
        await firm.actor(session)
        (await locked(session, customer.id)).next_step_on = date(2026, 3, 12)
    await strike(firm, local("2026-03-12"))
    firm.clock.set(local("2026-03-19", "15:00"))
    await give(firm, customer, "peer")
    (push,) = [push for push in await strike(firm, local("2026-03-20")) if push.to == "陈晓东"]
    assert "过了 8 天" in push.text


async def test_a_birthday_goes_to_the_new_owner_on_the_very_day(firm: Firm):
    await give_phone(firm, "owner", "peer")
    customer = await firm.customer(type="c")
    await born(firm, "王建国", Yearly(3, 25), customer)
    await strike(firm, local("2026-03-25"))
    firm.clock.set(local("2026-03-25", "10:00"))
    await give(firm, customer, "peer")
    assert await due(firm, "owner") == []
    assert await due(firm, "peer") == ["contact.birthday"]


async def test_what_is_put_off_comes_back_even_when_its_time_is_over_by_then(firm: Firm):
    await give_phone(firm, "owner")
    await born(firm, "王建国", Yearly(3, 25), await firm.customer(type="c"))
    await strike(firm, local("2026-03-25"))
    (row,) = [one for one in await occurrences(firm) if one.rule == "contact.birthday"]
    async with firm.db.unit() as session:
        await acts.snooze(session, await firm.actor(session), row.id, date(2026, 4, 1))
    for day in ("2026-03-30", "2026-03-31"):
        assert "王建国" not in "".join(push.text for push in await strike(firm, local(day)))
    (push,) = await strike(firm, local("2026-04-01"))
    assert "已过（2026-03-25）" in push.text


async def test_the_preview_knows_a_week_that_begins_on_tuesday(firm: Firm):
    """Monday 6 April 2026 is Qingming."""
    load()
    await give_phone(firm, "manager")
    await firm.customer(type="a")
    await strike(firm, local("2026-03-25"))
    await strike(firm, local("2026-03-30"))
    async with firm.db.unit() as session:
        manager = firm.people["manager"].id
        shown = {day: await preview(session, manager, date(2026, 4, day)) for day in (6, 7, 8)}
    (listed,) = [text for text in shown[7] if "每周清单" in text]
    assert not any("每周清单" in text for text in (*shown[6], *shown[8]))
    assert listed in [push.text for push in await strike(firm, local("2026-04-07"))]


async def test_a_sweep_that_fails_keeps_the_digest_from_nobody(firm: Firm, monkeypatch: pytest.MonkeyPatch):
    async def fails(_db: object) -> int:
        raise RuntimeError("no such week")

    load()
    broken = object.__new__(Sweep)
    object.__setattr__(broken, "key", "broken")
    object.__setattr__(broken, "strike", fails)
    monkeypatch.setattr(ticking, "sweeps", lambda: {"broken": broken, **sweeps()})
    await give_phone(firm, "owner")
    await firm.customer(type="a")
    assert len(await strike(firm, local("2026-03-25"))) == 1


async def test_where_only_the_digest_is_wanted_the_pool_s_last_warning_comes_with_it(firm: Firm):
    await publish(firm, MAIN)
    firm.clock.set(local("2026-03-10", "10:00"))
    await Days(firm).begin("owner")
    await firm.customer(type="new")  # until Friday 20 March
    await choose(firm, "owner", "pool.deadline", "digest")
    (push,) = await strike(firm, local("2026-03-20"))
    assert "早上好" in push.text
    assert "最后一天" in push.text
