"""The day's round: whom one promised to see, in a sensible order, with links to the map."""

import re
from datetime import timedelta
from html import unescape
from itertools import pairwise, permutations
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.audit.service import act_as
from crm_core.customers.models import Customer
from crm_core.kit.places import Point, distance_m
from crm_core.org.models import Role
from crm_core.plans.round import MOST_STOPS, shortest
from tests.handlers.scene import customer_of, visit_of
from tests.support.chat import House, Person

HOME = (22.5350, 113.9300)
NANSHAN = (22.5405, 113.9346)
FUTIAN = (22.5431, 114.0579)
LUOHU = (22.5520, 114.1200)
BAOAN = (22.5620, 113.8800)
MUNICH = (48.1374, 11.5755)

PLACES = st.builds(Point, st.floats(22.4, 22.8), st.floats(113.7, 114.6))


async def _promised(rep: Person, name: str, days_ago: int = 0, **more: object) -> int:
    """A customer whose next step fell due so many days ago."""
    customer = await customer_of(rep, name, **more)
    today = rep.house.clock.now()
    await visit_of(rep, customer, happened_at=today - timedelta(days=days_ago + 3), next_on=today.date())
    if days_ago:
        async with rep.house.db.unit() as session:
            act_as(session, rep.employee_id)
            kept = await session.get(Customer, customer)
            assert kept is not None
            kept.next_step_on = today.date() - timedelta(days=days_ago)
    return customer


def _links(person: Person) -> list[tuple[str, str]]:
    """The links of the last message: what is tapped, and where it leads."""
    message = person.messages()[-1]
    text = message["text"].encode("utf-16-le")
    return [
        (text[one["offset"] * 2 : (one["offset"] + one["length"]) * 2].decode("utf-16-le"), unescape(one["url"]))
        for one in message.get("entities", ())
        if one["type"] == "text_link"
    ]


class TestRound:
    @pytest.mark.feature("BY05")
    async def test_the_day_s_stops_stand_in_the_order_of_the_shortest_way_each_with_a_map(self, house: House):
        rep = await house.hire("李娜")
        await _promised(rep, "深圳市罗湖瑞金医疗器械有限公司", location=LUOHU)
        await _promised(rep, "深圳市华宁电子有限公司", location=NANSHAN)
        await _promised(rep, "深圳市福田凯旋光电有限公司", location=FUTIAN)
        await customer_of(rep, "深圳市无约科技有限公司", location=BAOAN)
        await rep.share_location(*HOME)
        shown = await rep.say("今日路线")
        names = [line.split(". ")[1].split(" · ")[0] for line in shown.splitlines() if re.match(r"\d\.", line)]
        assert names == ["深圳市华宁电子", "深圳市福田凯旋光电", "深圳市罗湖瑞金医疗器械"]
        assert "773 米" in shown
        assert "约 19" in shown
        links = _links(rep)
        assert [name for name, _ in links] == names
        parts = urlsplit(links[0][1])
        assert (parts.scheme, parts.netloc, parts.path) == ("https", "uri.amap.com", "/navigation")
        asked = parse_qs(parts.query)
        lon, lat, name = asked["to"][0].split(",")
        assert (asked["coordinate"], name) == (["gaode"], "深圳市华宁电子")
        assert distance_m(Point(float(lat), float(lon), "gcj02"), Point(*NANSHAN)) < 1

    @pytest.mark.feature("BY05")
    async def test_a_stop_opens_its_archive_and_a_logged_visit_takes_it_off_the_round(self, house: House):
        rep = await house.hire("李娜")
        huaning = await _promised(rep, "深圳市华宁电子有限公司", location=NANSHAN)
        await _promised(rep, "深圳市福田凯旋光电有限公司", location=FUTIAN)
        await rep.say("/today")
        await rep.tap("路线")
        card = rep.messages()[-1]["message_id"]
        await rep.tap("1 深圳市华宁")
        assert rep.screen().startswith("深圳市华宁电子有限公司")
        await visit_of(rep, huaning, next_on=None)
        await rep.tap_on(card, data="route:0:0")
        assert "华宁" not in rep.screen()
        assert "1. 深圳市福田凯旋光电" in rep.screen()

    @pytest.mark.feature("BY05")
    async def test_without_a_place_of_one_s_own_it_says_how_to_begin_here_and_unknown_places_come_last(
        self, house: House
    ):
        rep = await house.hire("Claire Dubois", language="en")
        await _promised(rep, "Nordhaus Logistik GmbH", days_ago=2)
        await _promised(rep, "Weber Maschinenbau GmbH", location=MUNICH)
        shown = await rep.say("/route")
        assert "1. Weber Maschinenbau" in shown
        assert "2. Nordhaus Logistik · place not known · ⚠ due" in shown
        assert "Send your location and tap ↻" in shown
        ((_, link),) = _links(rep)
        assert link.startswith("https://www.google.com/maps/dir/?api=1&destination=48.137400%2C11.575500")

    @pytest.mark.feature("BY05")
    async def test_a_day_without_promises_says_how_it_fills(self, house: House):
        rep = await house.hire("李娜")
        assert "今天没有计划或到期的客户" in await rep.say("/route")

    @pytest.mark.feature("BY05", "PL01")
    async def test_what_is_planned_for_today_is_on_the_way_the_morning_first(self, house: House):
        rep = await house.hire("李娜")
        await customer_of(rep, "深圳市华宁电子有限公司", location=NANSHAN)
        await customer_of(rep, "深圳市罗湖瑞金医疗器械有限公司", location=LUOHU)
        await _promised(rep, "深圳市福田凯旋光电有限公司", location=FUTIAN)
        await rep.say("/plan")
        for name, part, what in (("华宁", "下午", "谈年框协议"), ("罗湖瑞金", "上午", "看试样")):
            await rep.say(name)
            await rep.tap("更多")
            await rep.tap("计划拜访")
            await rep.tap("今天")
            await rep.tap("事由")
            await rep.say(what)
            await rep.tap("时段")
            await rep.tap(part)
            await rep.tap("保存")
        await rep.share_location(*HOME)
        await rep.say("/plan")
        await rep.tap("周三 03-11")
        await rep.tap("🗺 路线")
        lines = [line for line in rep.screen().splitlines() if re.match(r"\d\.", line)]
        assert ["罗湖瑞金" in lines[0] or "福田" in lines[0], "福田" in lines[1] or "罗湖瑞金" in lines[1]] == [
            True,
            True,
        ]
        assert "华宁电子 · 下午 · 谈年框协议" in lines[2]
        assert any("罗湖瑞金医疗器械 · 上午 · 看试样" in line for line in lines)

    async def test_nobody_s_stops_are_on_another_s_round(self, house: House):
        boss = await house.hire("王海燕", Role.MANAGER)
        rep = await house.hire("李娜", manager=boss)
        await _promised(rep, "深圳市华宁电子有限公司", location=NANSHAN)
        assert "华宁" not in await boss.say("/route")

    async def test_of_many_the_latest_six_are_shown_and_it_says_so(self, house: House):
        rep = await house.hire("李娜")
        for at, order in enumerate("一二三四五六七八"):
            await _promised(rep, f"深圳市第{order}机械有限公司", days_ago=at, location=(22.5 + at / 100, 114))
        shown = await rep.say("/route")
        assert len(_links(rep)) == 6
        assert "第八机械" not in shown
        assert "还有更早到期的" in shown


class TestShortest:
    @given(st.lists(PLACES, max_size=5), st.none() | PLACES)
    def test_no_order_is_shorter(self, points: list[Point], start: Point | None):
        def length(order: tuple[int, ...]) -> float:
            way = [points[at] for at in order] if start is None else [start, *(points[at] for at in order)]
            return sum(distance_m(a, b) for a, b in pairwise(way))

        found = shortest(points, start)
        assert sorted(found) == list(range(len(points)))
        assert length(found) <= min(map(length, permutations(range(len(points))))) + 1e-6

    def test_six_stops_along_a_road_are_driven_along_it(self):
        road = [Point(22.5, 114.0 + at / 10) for at in (3, 0, 5, 1, 4, 2)]
        assert [round((road[at].lon - 114) * 10) for at in shortest(road, Point(22.5, 113.9))] == list(
            range(MOST_STOPS)
        )
