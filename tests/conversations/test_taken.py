"""Kinds that are taken out of a line: the day with its words around, the count, the worth."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from conversations.form import Facts
from conversations.kinds.taken import Count, Until, Worth
from crm_core.playbook.service import default

FACTS = Facts(datetime(2026, 3, 11, 2, tzinfo=UTC), ZoneInfo("Asia/Shanghai"), "zh", default())


def left(line: str, start: int, end: int) -> str:
    return " ".join((line[:start] + " " + line[end:]).split())


@pytest.mark.parametrize(
    ("line", "day", "rest"),
    [
        ("5000套连接器 下月底", date(2026, 4, 30), "5000套连接器"),
        ("3个样品 下周三跟进", date(2026, 3, 18), "3个样品"),
        ("连接器 5月底前要", date(2026, 5, 31), "连接器"),
        ("连接器，要在4月20号之前交货，镀金", date(2026, 4, 20), "连接器 ，镀金"),
        ("200 pumps by end of May", date(2026, 5, 31), "200 pumps"),
        ("5 valves, check next wednesday", date(2026, 3, 18), "5 valves"),
        ("3 samples follow up on friday", date(2026, 3, 13), "3 samples"),
    ],
)
def test_a_day_goes_with_the_words_that_only_say_what_it_is_for(line: str, day: date, rest: str):
    spot = Until().spot(line, FACTS)
    assert spot is not None
    assert (spot.value, left(line, spot.start, spot.end)) == (day, rest)


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("5000套连接器", 5000),
        ("两箱样品", 2),
        ("三个样品", 3),
        ("1.2万只电容", 12_000),
        ("200 pumps", 200),
        ("1,200 valves", 1200),
        ("3 pcs of it", 3),
        ("连接器", None),
        ("P20 pumps", None),
        ("型号7.5寸", None),
    ],
)
def test_a_count_is_told_by_its_measure(line: str, count: int | None):
    spot = Count().spot(line, FACTS)
    assert (spot.value if spot else None) == count


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        ("12.8万 年框", Decimal(128_000)),
        ("年框 ¥50,000", Decimal(50_000)),
        ("200 pumps 36k", Decimal(36_000)),
        ("300块 配件", Decimal(300)),
        ("200 pumps", None),
        ("5000套连接器", None),
    ],
)
def test_a_worth_is_read_where_ten_thousands_alone_say_it(line: str, amount: Decimal | None):
    spot = Worth().spot(line, FACTS)
    assert (spot.value if spot else None) == amount
