"""What is odd about a claim is shown, and never in the way (EX03, EX04, EX07)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update

from crm_core.attachments.models import File
from crm_core.attachments.service import FileRef
from crm_core.expenses.checks import Finding
from tests.crm_core.expenses.story import Story, line

LATER = datetime(2026, 3, 20, 2, 0, tzinfo=UTC)  # two days after the trip
MONDAY, TUESDAY, THE_LAST = date(2026, 3, 16), date(2026, 3, 17), date(2026, 3, 18)


async def been_there(story: Story, *days: int, by: str = "owner", approved: bool = True) -> int:
    """Somebody was in Suzhou from the 16th to the 18th, and logged a visit on these days of March."""
    trip_id = await story.ask_trip(by)
    if approved:
        await story.sign_all("trip", trip_id)
    customer = await story.firm.customer(f"{by}的客户", by=by)
    story.firm.clock.set(LATER)
    for day in days:
        await story.firm.visit(customer, by=by, happened_at=datetime(2026, 3, day, 6, 0, tzinfo=UTC))
    return trip_id


async def test_a_claim_that_fits_its_trip_has_nothing_odd(story: Story):
    trip_id = await been_there(story, 16, 17, 18)
    claim_id = await story.claim(
        line("train", "214.50", MONDAY),
        line("hotel", "780", MONDAY, days=2),
        line("allowance", "300", THE_LAST, days=3),
        trip=trip_id,
    )
    assert await story.found(claim_id) == []
    assert (await story.the_claim(claim_id)).flags == []


async def test_costs_of_a_trip_without_a_request(story: Story):
    claim_id = await story.claim(line("hotel", "280", date(2026, 3, 10)))
    found = {one.code: one.facts for one in await story.found(claim_id)}
    assert found[Finding.NO_TRIP] == {"days": [date(2026, 3, 10)]}
    assert found[Finding.NO_VISIT] == {"days": [date(2026, 3, 10)]}
    assert (await story.the_claim(claim_id)).flags == ["no_trip", "no_visit"]


async def test_a_trip_that_nobody_approved_is_none(story: Story):
    trip_id = await been_there(story, 16, 17, 18, approved=False)
    assert Finding.NO_TRIP in await story.codes(await story.claim(line("hotel", "380", MONDAY), trip=trip_id))


async def test_a_ride_in_town_needs_no_trip(story: Story):
    assert await story.codes(await story.claim(line("taxi", "45"))) == []


async def test_days_that_are_not_the_trip_s(story: Story):
    trip_id = await been_there(story, 16, 17, 18)
    claim_id = await story.claim(line("hotel", "380", date(2026, 3, 19)), trip=trip_id)
    (found,) = await story.found(claim_id)
    assert found.code == Finding.OTHER_DAYS
    assert found.facts == {"days": [date(2026, 3, 19)], "since": MONDAY, "until": THE_LAST}


async def test_working_days_away_on_which_no_visit_was_logged(story: Story):
    trip_id = await been_there(story, 16)
    (found,) = await story.found(await story.claim(line("train", "214.50", MONDAY), trip=trip_id))
    assert (found.code, found.facts["days"]) == (Finding.NO_VISIT, [TUESDAY, THE_LAST])


async def test_a_visit_late_in_the_evening_counts_for_its_local_day(story: Story):
    trip_id = await been_there(story, 16, 17)
    customer = await story.firm.customer("苏州汇川技术有限公司")
    await story.firm.visit(customer, happened_at=datetime(2026, 3, 17, 16, 30, tzinfo=UTC))  # past midnight there
    assert await story.codes(await story.claim(line("train", "214.50", MONDAY), trip=trip_id)) == []


@pytest.mark.parametrize(
    ("by", "item", "most"),
    [
        ("owner", line("hotel", "520", city="上海市浦东"), "500"),
        ("owner", line("hotel", "420", city="苏州"), "400"),
        ("owner", line("hotel", "320", city="盐城"), "300"),
        ("owner", line("hotel", "1000", city="上海", days=2), None),
        ("manager", line("hotel", "620", city="上海"), None),
        ("manager", line("hotel", "680", city="上海"), "650"),
        ("executive", line("hotel", "900", city="上海"), None),
        ("owner", line("allowance", "240", city="上海", days=2), None),
        ("owner", line("allowance", "241", city="上海", days=2), "240"),
        ("owner", line("gift", "9000"), None),
    ],
)
async def test_limits_by_class_of_city_and_role(story: Story, by: str, item, most: str | None):
    found = [one for one in await story.found(await story.claim(item, by=by)) if one.code == Finding.OVER_LIMIT]
    assert [one.facts["most"] for one in found] == ([Decimal(most)] if most else [])


async def test_some_limits_are_for_a_day_together(story: Story):
    claim_id = await story.claim(*(line("taxi", sum_) for sum_ in ("90", "80", "50")))
    (found,) = await story.found(claim_id)
    assert (found.code, found.facts["amount"], found.facts["most"]) == (
        Finding.OVER_LIMIT,
        Decimal(220),
        Decimal(200),
    )


async def test_late(story: Story):
    (found,) = await story.found(await story.claim(line("taxi", "45", date(2026, 2, 1))))
    assert (found.code, found.facts["days"], found.facts["after"]) == (Finding.LATE, 38, 30)
    assert await story.codes(await story.claim(line("taxi", "46", date(2026, 2, 9)))) == []


async def test_the_same_receipt_twice_is_known_by_its_content(story: Story):
    """A photo that is sent anew has another handle; what it shows is the same."""
    await story.claim(line("meal", "300", receipts=[FileRef(7, "AgAC-1", "AQAD-1")]), by="peer")
    claim_id = await story.claim(line("meal", "310", receipts=[FileRef(7, "AgAC-2", "AQAD-2")]))
    assert await story.codes(claim_id) == []
    async with story.firm.db.unit() as session:
        stored = {"state": "stored", "sha256": "a3" * 32, "key": "a3/photo"}
        await session.execute(update(File).values(stored))
    (found,) = await story.found(claim_id)
    assert (found.code, found.facts["name"]) == (Finding.SAME_RECEIPT, "陈晓东")


async def test_of_two_claims_with_one_receipt_the_later_one_is_told_of(story: Story):
    photo = FileRef(7, "AgAC-1", "AQAD-1")
    first = await story.claim(line("meal", "300", receipts=[photo]), by="peer")
    second = await story.claim(line("meal", "310", receipts=[photo]))
    assert await story.codes(first) == []
    assert await story.codes(second) == [Finding.SAME_RECEIPT]
    await story.sign("expense_claim", first, "manager", "reject")
    assert await story.codes(second) == [], "what came to nothing was not claimed"


async def test_the_same_sum_kind_and_day_once_more(story: Story):
    first = await story.claim(line("meal", "300"))
    again = await story.claim(line("meal", "300"))
    (found,) = await story.found(again)
    assert (found.code, found.facts["claim"]) == (Finding.SAME_COST, first)
    assert await story.codes(first) == []
    assert await story.codes(await story.claim(line("meal", "300"), by="peer")) == []
    within = await story.claim(line("post", "18"), line("post", "18"))
    assert await story.codes(within) == [Finding.SAME_COST]


async def test_the_like_cost_others_much_less(story: Story):
    """The middle of what at least three others paid, for the same kind in cities of the same class."""
    for by, amount in (("peer", "280"), ("department", "300"), ("other branch", "340")):
        claim_id = await story.claim(line("event", amount, city="苏州"), by=by)
        await story.sign_all("expense_claim", claim_id)
    dear = await story.claim(line("event", "480", city="无锡"))
    (found,) = await story.found(dear)
    assert found.code == Finding.DEAR
    assert (found.facts["middle"], found.facts["lines"]) == (Decimal("300.00"), 3)
    assert await story.codes(await story.claim(line("event", "450", city="无锡"))) == []
    assert await story.codes(await story.claim(line("event", "481", city="盐城"))) == [], "another class of city"


async def test_what_others_paid_long_ago_is_no_measure(story: Story):
    for by in ("peer", "department", "other branch"):
        claim_id = await story.claim(line("event", "280", city="苏州"), by=by)
        await story.sign_all("expense_claim", claim_id)
    story.firm.clock.set(story.firm.clock.now() + timedelta(days=400))
    assert await story.codes(await story.claim(line("event", "900", date(2027, 4, 10), city="苏州"))) == []


async def test_two_others_are_nothing_to_compare_with(story: Story):
    for by in ("peer", "department"):
        claim_id = await story.claim(line("event", "280", city="苏州"), by=by)
        await story.sign_all("expense_claim", claim_id)
    assert await story.codes(await story.claim(line("event", "900", city="苏州"))) == []
