"""Leave: counted in working days against what one has; deadlines and reminders rest meanwhile."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from crm_core.approvals import service, signing
from crm_core.approvals.authority import Say
from crm_core.approvals.models import Approval, ApprovalSeat
from crm_core.customers.models import Customer
from crm_core.kit.errors import DomainError
from crm_core.leave import queries
from crm_core.leave.models import Absence
from crm_core.leave.queries import Balance, balances, is_away, working_days
from crm_core.leave.service import RequestLeave, request_leave
from crm_core.org import away
from crm_core.org.away import NameStandIn
from crm_core.org.workdays import set_day
from crm_core.playbook.service import default
from crm_core.pool.exemptions import why_kept
from tests.support.company import Firm

APRIL = {"flow": "leave", "kind": "annual", "since": date(2026, 4, 1), "until": date(2026, 4, 8)}


async def ask(firm: Firm, by: str = "owner", **given: Any) -> int:
    async with firm.db.unit() as session:
        return (await request_leave(session, await firm.actor(session, by), RequestLeave(**(APRIL | given)))).id


async def answer(firm: Firm, absence_id: int, by: str = "manager", verb: str = "approve") -> None:
    async with firm.db.unit() as session:
        seat = await session.scalar(
            select(ApprovalSeat.id)
            .join(Approval, Approval.id == ApprovalSeat.approval_id)
            .where(Approval.subject_type == "absence", Approval.subject_id == absence_id, ApprovalSeat.open)
        )
        await getattr(signing, verb)(session, await firm.actor(session, by), Say(seat=seat, words="好好休息"))


async def grant(firm: Firm, **given: Any) -> int:
    absence_id = await ask(firm, **given)
    await answer(firm, absence_id)
    return absence_id


async def left(firm: Firm, kind: str = "annual", year: int = 2026) -> Balance:
    async with firm.db.unit() as session:
        found = await balances(session, default(), firm.people["owner"].id, year)
    return next(one for one in found if one.kind == kind)


def test_working_days_know_the_holidays():
    """Tomb-sweeping is on 4 to 6 April 2026."""
    assert working_days(date(2026, 4, 1), date(2026, 4, 8), {}) == 5
    assert working_days(date(2026, 12, 30), date(2027, 1, 5), {}, 2026) == 2


async def test_the_company_s_own_days_off_cost_no_leave(firm: Firm):
    async with firm.db.unit() as session:
        await set_day(session, await firm.actor(session, "admin"), date(2026, 4, 2), works=False)
        await set_day(session, await firm.actor(session, "admin"), date(2026, 4, 4), works=True)
        await set_day(session, await firm.actor(session, "admin"), date(2026, 4, 3), works=False)
    await grant(firm)
    assert (await left(firm)).taken == 4, "1, 4, 7 and 8 April"


async def test_what_is_asked_for_is_held_and_what_is_granted_is_taken(firm: Firm):
    absence_id = await ask(firm)
    assert await left(firm) == Balance("annual", 10, taken=0, asked=5)
    await answer(firm, absence_id)
    assert (await left(firm)).taken == 5
    assert (await left(firm)).left == 5
    assert (await left(firm, "sick")).left is None


async def test_refused_it_is_given_back(firm: Firm):
    await answer(firm, await ask(firm), verb="reject")
    assert (await left(firm)).left == 10


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"kind": "sabbatical"}, "leave.unknown_kind"),
        ({"until": date(2026, 3, 31)}, "leave.ends_before"),
        ({"since": date(2026, 4, 4), "until": date(2026, 4, 6)}, "leave.no_working_day"),
        ({"since": date(2026, 1, 5), "until": date(2026, 1, 6)}, "leave.too_long_ago"),
        ({"until": date(2027, 4, 30)}, "leave.too_long"),
        ({"until": date(2026, 4, 30)}, "leave.not_enough"),
        ({"reason": "探亲" * 300}, "too_long"),
    ],
)
async def test_what_is_no_leave_is_refused(firm: Firm, given: dict, code: str):
    with pytest.raises(DomainError) as refused:
        await ask(firm, **given)
    assert refused.value.code == code


async def test_who_fell_ill_tells_afterwards(firm: Firm):
    assert await ask(firm, kind="sick", since=date(2026, 3, 9), until=date(2026, 3, 10))


async def test_two_leaves_do_not_overlap(firm: Firm):
    await ask(firm)
    with pytest.raises(DomainError, match=r"leave.overlaps"):
        await ask(firm, kind="personal", since=date(2026, 4, 8), until=date(2026, 4, 9))


async def test_sent_back_it_is_asked_again_as_the_form_says(firm: Firm):
    absence_id = await ask(firm)
    await answer(firm, absence_id, verb="send_back")
    async with firm.db.unit() as session:
        request = (await session.scalars(select(Approval))).one()
        form = {**request.form, "until": "2026-04-02"}
        await service.resubmit(session, await firm.actor(session), request.id, form)
    async with firm.db.unit() as session:
        absence = await session.get_one(Absence, absence_id)
    assert (absence.state, absence.days) == ("running", 2)


async def test_the_pool_s_clocks_stand_still(firm: Firm):
    """Deadlines that lie ahead come later by the length of the leave; nobody loses a customer while away."""
    customer = await firm.customer()
    async with firm.db.unit() as session:
        due = {"pool_due_on": date(2026, 4, 3), "pool_rule": "main no_followup 90"}
        await session.execute(update(Customer).values(due), execution_options={"unaudited": "a test"})
    await grant(firm)
    assert (await firm.again(customer)).pool_due_on == date(2026, 4, 11)
    firm.clock.set(firm.clock.now() + timedelta(days=22))  # 2 April
    async with firm.db.unit() as session:
        await firm.actor(session)
        kept = await why_kept(session, await session.get_one(Customer, customer.id), default().pools[0])
    assert kept in {"on_leave", "away"}


async def test_on_the_own_calendar_one_is_away_from_the_first_midnight_to_the_last(firm: Firm):
    await grant(firm)
    me = firm.people["owner"].id
    async with firm.db.unit() as session:
        for moment, there in (
            ("2026-03-31T15:59+00:00", False),
            ("2026-03-31T16:00+00:00", True),
            ("2026-04-08T15:59+00:00", True),
            ("2026-04-08T16:00+00:00", False),
        ):
            assert await is_away(session, me, datetime.fromisoformat(moment)) is there


async def test_who_stands_in_is_known(firm: Firm):
    await grant(firm)
    async with firm.db.unit() as session:
        me, peer = firm.people["owner"].id, firm.people["peer"].id
        assert not await queries.stand_ins(session, me, date(2026, 5, 1), date(2026, 5, 2))
        actor = await firm.actor(session)
        named = NameStandIn(absent=me, deputy=peer, since=date(2026, 4, 15), until=date(2026, 4, 16))
        await away.name_stand_in(session, actor, named)
        assert await queries.stand_ins(session, me, date(2026, 4, 16), date(2026, 4, 20)) == ["陈晓东"]


async def test_superiors_and_operations_read_it_others_do_not(firm: Firm):
    absence_id = await ask(firm)
    async with firm.db.unit() as session:
        for by in ("owner", "manager", "director", "operations"):
            assert (await queries.absence(session, await firm.actor(session, by), absence_id)).days == 5
        for by in ("peer", "finance", "other manager"):
            with pytest.raises(DomainError):
                await queries.absence(session, await firm.actor(session, by), absence_id)
