"""Old visits are found by words, customer and time, within rights; and counted."""

from datetime import date, timedelta

import pytest

from crm_core.kit.errors import DomainError
from crm_core.kit.pages import FIRST, At
from crm_core.visits import search, team
from crm_core.visits.team import Count, While
from tests.support.company import Firm

TODAY = date(2026, 3, 11)


async def found(firm: Firm, typed: str, by: str = "owner", at: At = FIRST) -> list[str]:
    async with firm.db.unit() as session:
        actor = await firm.actor(session, by)
        page = await search.search(session, actor, typed, actor.local(firm.clock.now()), at)
    return [row.summary for row in page.rows]


@pytest.fixture
async def told(firm: Firm) -> Firm:
    huaning = await firm.customer()
    ruijin = await firm.customer(name="上海瑞金医疗器械有限公司")
    days = {
        "王总说账期可以谈，年框等预算": (huaning, 25),
        "年框谈妥，走合同审批": (huaning, 1),
        "寄了样品，等检验科试用": (ruijin, 8),
        "Samples of the MX-20 label went to Petra": (ruijin, 7),
    }
    for summary, (customer, ago) in days.items():
        await firm.visit(customer, summary=summary, happened_at=firm.clock.now() - timedelta(days=ago))
    other = await firm.customer(name="厦门夏商集团", by="other branch")
    await firm.visit(other, by="other branch", summary="年框也在谈")
    return firm


class TestFinding:
    @pytest.mark.parametrize(
        ("typed", "beginnings"),
        [
            ("年框", ["年框谈妥", "王总说"]),
            ("框", ["年框谈妥", "王总说"]),
            ("上个月 年框", ["王总说"]),
            ("年框 本周", ["年框谈妥"]),
            ("上个月年框", ["王总说"]),
            ("华宁 年框", ["年框谈妥", "王总说"]),
            ("瑞金 年框", []),
            ("瑞金 上周", ["Samples", "寄了样品"]),
            ("last week samples", ["Samples"]),
            ("mx-20", ["Samples"]),
            ("sampl", ["Samples"]),
            ("amples", []),
            ("昨天", ["年框谈妥"]),
            ("2月", ["王总说"]),
            ("预算 账期", ["王总说"]),
            ("框预", []),
            ("华宁", []),  # a customer's name alone is a search for the customer
            ("？？", []),
        ],
    )
    async def test_by_words_customer_and_time(self, told: Firm, typed: str, beginnings: list[str]):
        assert [
            one[: len(begin)] for one, begin in zip(await found(told, typed), beginnings, strict=True)
        ] == beginnings

    @pytest.mark.parametrize(
        ("by", "count"), [("manager", 2), ("finance", 2), ("peer", 0), ("other branch", 1), ("admin", 3)]
    )
    async def test_only_what_one_may_read(self, told: Firm, by: str, count: int):
        assert len(await found(told, "年框", by)) == count

    async def test_words_that_were_corrected_are_found_and_the_old_ones_no_more(self, told: Firm):
        from tests.crm_core.visits.test_check_in import changed

        visit = await told.visit(await told.customer(name="苏州汇川传感器有限公司"), summary="谈了打印机")
        await changed(told, visit, "summary", "谈了扫描枪")
        assert await found(told, "打印机") == []
        assert await found(told, "扫描枪") == ["谈了扫描枪"]


class TestCounting:
    async def test_each_while_begins_where_people_say_it_does(self, firm: Firm):
        customer = await firm.customer()
        for days in (0, 1, 2, 3, 10, 11):  # Wed 11 March: Mon 9 begins the week, Sun 1 the month
            await firm.visit(customer, happened_at=firm.clock.now() - timedelta(days=days))
        async with firm.db.unit() as session:
            own = await team.own(session, await firm.actor(session), TODAY)
        assert {since: count.visits for since, count in own.items()} == {
            While.DAY: 1,
            While.WEEK: 3,
            While.MONTH: 5,
        }

    async def test_a_manager_gets_reps_and_who_else_made_one_with_minutes_and_flags(self, firm: Firm):
        from tests.crm_core.visits.test_check_in import DOOR, FAR, begun, ended

        customer = await firm.customer(location=DOOR)
        for minutes in (20, 40):
            visit = await begun(firm, customer, location=FAR)
            firm.clock.advance(timedelta(minutes=minutes))
            await ended(firm, visit)
        await firm.visit(customer)
        async with firm.db.unit() as session:
            counted = await team.team(session, await firm.actor(session, "director"), While.DAY, TODAY)
        names = {row.name: counted.counts.get(row.id) for row in counted.page.rows}
        assert names == {"李娜": Count(3, 30, 2), "陈晓东": None, "周立": None, "褚亮": None}
        assert (counted.total, counted.idle) == (Count(3, 30, 2), 3)

    async def test_nobody_else_s_people(self, firm: Firm):
        await firm.visit(await firm.customer())
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "other manager")
            counted = await team.team(session, actor, While.DAY, TODAY)
            assert [row.name for row in counted.page.rows] == ["吴佳怡"]
            with pytest.raises(DomainError, match="not_found"):
                await team.person(session, actor, firm.people["owner"].id)
        with pytest.raises(DomainError, match="not_allowed"):
            async with firm.db.unit() as session:
                await team.team(session, await firm.actor(session, "finance"), While.DAY, TODAY)

    async def test_the_team_turns_both_ways(self, firm: Firm):
        async with firm.db.unit() as session:
            actor = await firm.actor(session, "director")
            first = (await team.team(session, actor, While.DAY, TODAY, limit=3)).page
            second = (await team.team(session, actor, While.DAY, TODAY, At(after=first.rows[-1].id), limit=3)).page
            back = (await team.team(session, actor, While.DAY, TODAY, At(before=second.rows[0].id), limit=3)).page
        assert len(first.rows) == 3
        assert len(second.rows) == 1
        assert [row.id for row in back.rows] == [row.id for row in first.rows]
