"""Recycling: warned of at 7, 3, 1 days and on the day, at two in the night after it, never without a warning."""

import asyncio
import contextlib
from datetime import UTC, time, timedelta

import pytest
from sqlalchemy import select, text

from crm_core.customers.models import Customer
from crm_core.customers.ownership import Kind, move
from crm_core.customers.service import locked
from crm_core.kit.signals import connect
from crm_core.occurrences.models import Occurrence
from crm_core.org import attention
from crm_core.org.models import StandIn
from crm_core.outbox.models import Outgoing
from crm_core.pool import recycling, service
from reminders import pool as rule
from reminders.clock import Ticker
from tests.crm_core.pool.story import MAIN, Days, claim, give_back, kinds, pooled, publish
from tests.reminders.desk import BOT, SHANGHAI, local
from tests.support.company import Firm

HUANING = "深圳市华宁电子有限公司"


@pytest.fixture
async def days(firm: Firm) -> Days:
    """From Wednesday 11 March on; a new customer's last day is Saturday 21 March."""
    await publish(firm, MAIN)
    return await Days(firm).begin("owner", "manager")


async def test_it_is_warned_of_ahead_and_on_the_day_and_recycled_in_the_night_after(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    await days.until("2026-03-21", time(23, 59))
    told = days.heard("华宁")
    assert {at.astimezone(SHANGHAI).date().isoformat() for at in told} >= {
        "2026-03-16",
        "2026-03-18",
        "2026-03-20",
        "2026-03-21",
    }
    assert (await firm.again(customer)).owner_id == firm.people["owner"].id
    await days.until("2026-03-22", time(1, 59))
    assert (await firm.again(customer)).pool is None
    await days.until("2026-03-22", time(2, 2))
    now = await firm.again(customer)
    assert (now.owner_id, now.pool, now.pool_due_on, now.pool_look_at) == (None, "main", None, None)
    assert await kinds(firm, customer) == ["create", "recycle"]
    await days.until("2026-03-22", time(9))
    assert "已进公海" in days.delivered[-1][1]


async def test_the_days_that_are_left_stand_in_the_digest_before_all_else(firm: Firm, days: Days):
    for name in ("瑞金医疗", "长安汽车", "夏商集团", "同仁堂", "合力叉车"):
        await firm.customer(name=name, type="new")
    firm.clock.advance(timedelta(days=2))
    last = await firm.customer("白云电器", type="new")
    await firm.visit(last, summary="谈了年框和下季度的用量")
    await days.until("2026-03-16")
    (digest,) = (text for at, text, _ in days.delivered[-2:] if "李娜" in text)
    assert digest.count("距公海还有 5 天（10 天未跟进）") == 5
    assert "没更新" not in digest, "of one record what is most urgent"


async def test_a_follow_up_in_time_settles_it_and_the_clock_begins_again(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    await days.until("2026-03-20")
    await firm.visit(customer, summary="谈了年框和下季度的用量")
    await days.until("2026-03-30", time(1))
    assert (await firm.again(customer)).pool is None
    await days.until("2026-03-31", time(3))
    assert (await firm.again(customer)).pool == "main"


async def test_one_on_the_last_day_settles_the_card_that_asked_for_it(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    await days.until("2026-03-21")
    assert len(days.heard("今晚这家客户进公海")) == 1
    await firm.visit(customer, summary="谈了年框和下季度的用量")
    async with firm.db.unit() as session:
        edits = await session.scalars(select(Outgoing).where(Outgoing.method == "edit_message_text"))
        assert any("还在您这里" in row.payload.get("text", "") for row in edits)


async def test_without_a_warning_that_arrived_it_stays_however_long(firm: Firm, days: Days):
    days.arrives = False
    customer = await firm.customer(type="new")
    await days.until("2026-04-02")
    assert (await firm.again(customer)).pool is None
    days.arrives = True
    await days.strike()
    await days.until("2026-04-03", time(2, 30))
    assert (await firm.again(customer)).pool is None, "not a day yet since the warning arrived"
    await days.until("2026-04-04", time(2, 30))
    assert (await firm.again(customer)).pool == "main"


async def test_a_clock_that_was_away_warns_first(firm: Firm, days: Days):
    customer = await firm.customer(type="new")
    firm.clock.set(local("2026-05-06", "03:00"))
    await days.strike()
    assert (await firm.again(customer)).pool is None
    await days.until("2026-05-07", time(3))
    assert (await firm.again(customer)).pool is None
    assert days.heard("今晚这家客户进公海") == [local("2026-05-06", "08:31").astimezone(UTC)]
    await days.until("2026-05-08", time(3))
    assert (await firm.again(customer)).pool == "main"


async def test_however_often_the_clock_strikes_it_is_recycled_once(firm: Firm, days: Days):
    customers = [await firm.customer(name=name, type="new") for name in (HUANING, "上海瑞金医疗", "厦门夏商集团")]
    await days.until("2026-03-22", time(1, 59))
    firm.clock.set(local("2026-03-22", "02:00"))
    await asyncio.gather(*(Ticker(firm.db).tick() for _ in range(4)))
    await Ticker(firm.db).tick()
    for customer in customers:
        assert await kinds(firm, customer) == ["create", "recycle"]
    async with firm.db.unit() as session:
        gone = await session.scalars(select(Outgoing).where(Outgoing.payload["text"].astext.contains("已进公海")))
        assert len(gone.all()) == 3


class TestBlocked:
    async def test_the_manager_is_told_and_there_are_three_days_more_once(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=False)
        await days.until("2026-03-14")
        assert days.heard("李娜 联系不上") == [local("2026-03-14", "08:31").astimezone(UTC)]
        assert str((await firm.again(customer)).pool_due_on) == "2026-03-24"
        await days.until("2026-03-25", time(1, 59))
        assert (await firm.again(customer)).pool is None
        await days.until("2026-03-25", time(3))
        assert (await firm.again(customer)).pool == "main"
        assert len(days.heard("李娜 联系不上")) == 1

    async def test_who_comes_back_is_warned_as_anybody(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=False)
        await days.until("2026-03-15")
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8001, reachable=True)
        await days.until("2026-03-24")
        assert len(days.heard("今晚这家客户进公海")) == 1
        await days.until("2026-03-25")
        assert (await firm.again(customer)).pool == "main"

    async def test_where_nobody_can_be_told_nothing_is_taken(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new", by="peer")  # has no phone
        async with firm.db.unit() as session:
            await attention.note_reachable(session, BOT, 8002, reachable=False)
        await days.until("2026-04-11")
        assert (await firm.again(customer)).pool is None


class TestKept:
    async def test_a_locked_one_stays_and_goes_after_a_warning_once_it_is_unlocked(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        async with firm.db.unit() as session:
            await service.lock(session, await firm.actor(session), customer.id)
        await days.until("2026-04-10")
        assert (await firm.again(customer)).pool is None
        assert days.heard("距公海") == days.heard("进公海") == [], "nothing is said of a deadline that does not count"
        async with firm.db.unit() as session:
            await service.unlock(session, await firm.actor(session), customer.id)
        await days.until("2026-04-11", time(9))
        assert len(days.heard("今晚这家客户进公海")) == 1
        await days.until("2026-04-12", time(9))
        assert (await firm.again(customer)).pool is None
        await days.until("2026-04-13", time(9))
        assert (await firm.again(customer)).pool == "main"

    async def test_a_pool_allows_so_many_locks_and_a_move_ends_them(self, firm: Firm, days: Days):
        await publish(firm, MAIN | {"locks_most": 2})
        customers = [await firm.customer(name=name, type="new") for name in (HUANING, "上海瑞金医疗", "厦门夏商集团")]
        async with firm.db.unit() as session:
            owner = await firm.actor(session)
            for customer in customers[:2]:
                await service.lock(session, owner, customer.id)
                await service.lock(session, owner, customer.id)
            with pytest.raises(service.DomainError, match=r"pool\.locked_enough"):
                await service.lock(session, owner, customers[2].id)
        await give_back(firm, customers[0])
        async with firm.db.unit() as session:
            await service.lock(session, await firm.actor(session), customers[2].id)

    async def test_one_whose_owner_is_away_stays(self, firm: Firm, days: Days):
        customer = await firm.customer(type="new")
        async with firm.db.unit() as session:
            leave = {"starts_at": local("2026-03-10"), "ends_at": local("2026-04-20", "00:00")}
            ids = {"absent_id": firm.people["owner"].id, "deputy_id": firm.people["peer"].id}
            session.add(StandIn(**ids, **leave, created_by=firm.people["manager"].id))
        await days.until("2026-04-20", time(2, 30))
        assert (await firm.again(customer)).pool is None

    async def test_one_that_was_claimed_or_given_is_protected(self, firm: Firm, days: Days):
        short = MAIN | {"rules": [{"days": 2, "types": ["new"]}], "warn_days": [1]}
        await publish(firm, short | {"protected_days": {"claimed": 6, "imported": 7, "assigned": 7}})
        customer = await pooled(firm, by="peer")
        await claim(firm, customer, by="owner")
        await days.until("2026-03-17", time(9))
        assert (await firm.again(customer)).owner_id == firm.people["owner"].id
        await days.until("2026-03-20", time(9))
        assert (await firm.again(customer)).pool == "main"

    async def test_a_feature_may_keep_what_it_knows_of(self, firm: Firm, days: Days, monkeypatch: pytest.MonkeyPatch):
        from crm_core.pool import exemptions

        async def won(_session, customer: Customer, _pool) -> bool:
            return customer.category == "partner"

        monkeypatch.setitem(exemptions._CHECKS, "won", won)
        kept = await firm.customer(type="new", category="partner")
        other = await firm.customer("厦门夏商集团", type="new")
        await days.until("2026-03-23")
        assert (await firm.again(kept)).pool is None
        assert (await firm.again(other)).pool == "main"


async def test_one_row_s_trouble_stops_no_other(firm: Firm, days: Days, monkeypatch: pytest.MonkeyPatch):
    bad, good = await firm.customer(type="new"), await firm.customer("厦门夏商集团", type="new")
    look = recycling.look

    async def broken(session, customer: Customer):
        if customer.id == bad.id:
            raise RuntimeError("a test")
        return await look(session, customer)

    monkeypatch.setattr(recycling, "look", broken)
    await days.until("2026-03-23")
    assert (await firm.again(bad)).pool is None
    assert (await firm.again(good)).pool == "main"


async def test_a_claim_and_recycling_at_once_leave_one_holder(firm: Firm, days: Days):
    """The owner's last-minute hand-over to a colleague against the clock: one of them is first, the other sees it."""
    customers = [await firm.customer(name=f"第{n}厂", type="new") for n in "一二三四"]
    await days.until("2026-03-22", time(1, 59))
    firm.clock.set(local("2026-03-22", "02:00"))

    async def hand_over(customer: Customer) -> None:
        async with firm.db.unit() as session:
            boss = await firm.actor(session, "manager")
            row = await locked(session, customer.id)
            if row.owner_id is not None:
                await move(session, [row], Kind.TRANSFER, by_id=boss.id, to_owner_id=firm.people["peer"].id)

    async def take(customer: Customer) -> None:
        with contextlib.suppress(service.DomainError):  # nobody's yet, or somebody's
            await claim(firm, customer, by="other department")

    tick = Ticker(firm.db).tick
    await asyncio.gather(tick(), *(hand_over(one) for one in customers), *(take(one) for one in customers), tick())
    for customer in customers:
        now = await firm.again(customer)
        moves = await kinds(firm, customer)
        assert (now.owner_id is None) != (now.pool is None)
        assert moves[:2] in (["create", "recycle"], ["create", "transfer"])


async def test_the_cost_follows_what_is_due_and_not_how_much_there_is(firm: Firm, days: Days):
    """A hundred thousand deadlines that are not due, and one that is."""
    customer = await firm.customer(type="new")
    async with firm.db.engine.begin() as connection:
        await connection.execute(_MANY, {"owner": customer.owner_id, "look": firm.clock.now() + timedelta(days=300)})
        await connection.execute(text("ANALYZE customer"))
    firm.clock.set(local("2026-03-14", "00:01"))
    plain = await connect(firm.db.url)
    try:
        due = select(Customer.id).where(Customer.pool_look_at <= firm.clock.now()).order_by(Customer.pool_look_at)
        rendered = due.limit(rule.MOST_A_TICK).compile(compile_kwargs={"literal_binds": True})
        plan = [row[0] for row in await plain.fetch(f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {rendered}")]
    finally:
        await plain.close()
    assert any("ix_customer_pool_look_at" in line for line in plan), plan
    pages = sum(int(word.split("=")[1]) for line in plan[:3] for word in line.split() if word.startswith("hit="))
    assert pages < 20, plan
    async with firm.db.unit() as session:
        assert await rule.notice(session) == 1
        assert await rule.notice(session) == 0
        noted = await session.scalars(select(Occurrence.occurrence_key).where(Occurrence.rule == "pool.deadline"))
        assert noted.all() == ["2026-03-21:7"]


_MANY = text("""
    INSERT INTO customer (name, type, stage, stage_since, status, category, industry, source, owner_id,
                          created_by, created_at, held_since, maintained_at, normal_name, sort_key, keys,
                          revision, pool_due_on, pool_rule, pool_look_at)
    SELECT '客户' || n, 'new', 'target', now(), 'normal', 'key', 'food', 'advert', :owner, :owner, now(), now(),
           now(), n::text, n::text, '{}', 1, '2027-01-15', 'main no_followup 10',
           cast(:look AS timestamptz) + n * interval '1 minute'
    FROM generate_series(1, 100000) AS n
""")
