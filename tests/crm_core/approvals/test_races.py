"""What two people do at the same moment, on connections of their own: it counts once, and nobody is left waiting."""

import asyncio
import os
from collections.abc import Awaitable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from crm_core.approvals import signing, timers
from crm_core.approvals.authority import Say
from crm_core.approvals.facts import Kind, Status
from crm_core.approvals.models import Approval, ApprovalFact
from crm_core.kit.errors import Conflict, DomainError
from crm_core.org import service as org
from tests.crm_core.approvals.desk import Desk, flow, users

TIMES = range(int(os.environ.get("ROUNDS_RACES") or 12))


async def together(*calls: Awaitable[object]) -> list[str]:
    """How each of them ended: done, or the error's code. Anything else is a fault."""
    ended = await asyncio.gather(*calls, return_exceptions=True)
    said: list[str] = []
    for one in ended:
        if isinstance(one, DomainError):
            said.append(one.code)
        elif isinstance(one, BaseException):
            raise one
        else:
            said.append("done")
    return sorted(said)


async def kinds(desk: Desk, approval_id: int, kind: Kind) -> int:
    async with desk.firm.db.unit() as session:
        statement = select(func.count()).where(ApprovalFact.approval_id == approval_id, ApprovalFact.kind == kind)
        return await session.scalar(statement) or 0


@pytest.mark.parametrize("_", TIMES)
async def test_the_last_two_of_all_press_at_once(desk: Desk, _: int):
    await desk.publish(flow({"approvers": users("王海燕", "赵敏"), "mode": "all"}, {"approvers": users("钱伟")}))
    one = await desk.apply()
    assert await together(desk.approve(one, "manager"), desk.approve(one, "finance")) == ["done", "done"]
    assert await desk.open(one) == ["executive"]
    assert await kinds(desk, one, Kind.PASSED) == 1
    await desk.check()


@pytest.mark.parametrize("_", TIMES)
async def test_yes_and_no_at_once_one_counts_and_the_other_hears_it(desk: Desk, _: int):
    await desk.publish(flow({"approvers": users("王海燕", "赵敏")}))
    one = await desk.apply()
    assert await together(desk.approve(one, "manager"), desk.reject(one, "finance")) == ["approval.decided", "done"]
    assert await kinds(desk, one, Kind.ENDED) == 1
    await desk.check()


@pytest.mark.parametrize("_", TIMES)
async def test_one_button_pressed_twice_at_once_counts_once(desk: Desk, _: int):
    await desk.publish(flow({"approvers": users("王海燕"), "mode": "all"}))
    one = await desk.apply()
    ended = await together(desk.approve(one, "manager", key="press 1"), desk.approve(one, "manager", key="press 1"))
    assert ended == ["done", "done"]
    assert await kinds(desk, one, Kind.APPROVED) == 1
    await desk.check()


async def test_the_deputy_and_the_one_who_is_away_press_at_once(desk: Desk):
    await desk.publish(flow({"approvers": users("李娜")}))
    one = await desk.apply("peer")
    pressed = desk.approve(one, "owner"), desk.approve(one, "stand-in", seat_of="owner")
    assert await together(*pressed) == ["approval.decided", "done"]
    await desk.check()


async def test_decided_while_it_is_withdrawn(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕")}))
    for _ in TIMES:
        one = await desk.apply()
        ended = await together(desk.approve(one, "manager"), desk.own("withdraw", one))
        assert ended in (["approval.ended", "done"], ["approval.decided", "done"])
        assert await kinds(desk, one, Kind.ENDED) == 1
    await desk.check()


async def test_sent_twice_at_once_it_starts_once(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕")}))
    first, second = await asyncio.gather(desk.apply(key="one"), desk.apply(key="one"))
    assert first == second
    async with desk.firm.db.unit() as session:
        assert await session.scalar(select(func.count()).select_from(Approval)) == 1
    await desk.check()


async def test_one_live_request_of_a_record(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕")}))
    tries = [desk.apply(subject=("sample", 7), key=f"trip {at}") for at in range(4)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, int) for one in ended) == 1
    await desk.check()


async def test_two_clocks_fire_a_timer_once(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕"), "sla": {"hours": 2, "calendar": "clock"}}))
    one = await desk.apply()
    desk.firm.clock.advance(timedelta(hours=3))
    async with desk.firm.db.unit() as session:
        due = await timers.due(session)

    async def strike() -> int:
        fired = 0
        for timer_id, approval_id in due:
            async with desk.firm.db.unit() as session:
                fired += await timers.fire(session, timer_id, approval_id) is not None
        return fired

    assert sum(await asyncio.gather(strike(), strike(), strike())) == len(due) == 2
    assert await desk.open(one) == ["director", "manager"], "one superior may sign besides, nobody lost a seat"
    await desk.check()


@pytest.mark.parametrize("_", TIMES)
async def test_who_leaves_while_a_request_comes_is_not_left_on_a_seat(desk: Desk, _: int):
    await desk.publish(flow({"approvers": users("赵敏")}))

    async def leaves() -> None:
        async with desk.firm.db.unit() as session:
            await org.leave(session, await desk.firm.actor(session, "admin"), desk.id("finance"))

    async def comes() -> None:
        try:
            await desk.apply(key="one")
        except Conflict:  # the worker tries again
            await desk.apply(key="one")

    assert await together(leaves(), comes()) == ["done", "done"]
    async with desk.firm.db.unit() as session:
        one = await session.scalar(select(Approval.id))
    assert one is not None
    assert await desk.open(one) == ["admin"]
    assert await desk.status(one) is Status.RUNNING
    await desk.check()


async def test_transferred_to_one_who_leaves(desk: Desk):
    await desk.publish(flow({"approvers": users("王海燕")}))
    one = await desk.apply()

    async def leaves() -> None:
        async with desk.firm.db.unit() as session:
            await org.leave(session, await desk.firm.actor(session, "admin"), desk.id("finance"))

    ended = await together(leaves(), desk.does("transfer", one, "manager", desk.id("finance")))
    assert ended in (["done", "done"], ["done", "employee.has_left"])
    assert "finance" not in await desk.open(one)
    await desk.check()


async def test_approve_in_bulk_each_for_itself(desk: Desk):
    """17: a bulk is singles: what one of them meets stops no other."""
    await desk.publish(flow({"approvers": users("王海燕", "赵敏")}))
    ids = [await desk.apply() for _ in range(5)]
    await desk.reject(ids[2], "finance")
    seats = [await desk.seat(one, "manager") for one in ids]
    ended: list[str] = []
    for seat in seats:
        try:
            async with desk.firm.db.unit() as session:
                await signing.approve(session, await desk.firm.actor(session, "manager"), Say(seat=seat))
            ended.append("done")
        except DomainError as error:
            ended.append(error.code)
    assert ended == ["done", "done", "approval.decided", "done", "done"]
    await desk.check()
