"""Amounts as reps type them."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.words.amounts import find_amount, read_amount, short_amount, write_amount

MONEY = st.decimals(min_value=0, max_value=Decimal("999999999999.99"), places=2, allow_nan=False)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("1280", "1280"),
        ("1,280.50", "1280.50"),
        ("￥1280", "1280"),
        ("¥12,800", "12800"),
        ("1.2万", "12000"),
        ("1万2", "12000"),
        ("20w", "200000"),
        ("20W", "200000"),
        ("3k", "3000"),
        ("3K", "3000"),
        ("三千块", "3000"),
        ("三千五", "3500"),
        ("两万三", "23000"),
        ("一百二十块五毛", "120.5"),
        ("3.5万元", "35000"),
        ("12.8k", "12800"),
        ("500 yuan", "500"),
        ("RMB 500", "500"),
        ("rmb500", "500"),
        ("１２８０", "1280"),
        ("１，２８０．５０", "1280.50"),
        ("500元", "500"),
        ("500块钱", "500"),
        ("500 元", "500"),
        ("¥ 500", "500"),
        ("人民币三千元整", "3000"),
        ("壹万贰仟捌佰元整", "12800"),
        ("三块五", "3.5"),
        ("3块5", "3.5"),
        ("3块50", "3.50"),
        ("3块05", "3.05"),
        ("3元5角2分", "3.52"),
        ("一块八毛五", "1.85"),
        ("五毛", "0.5"),
        ("5角", "0.5"),
        ("五毛钱", "0.5"),
        ("8分", "0.08"),
        ("两毛五", "0.25"),
        ("一百块零五分", "100.05"),
        ("三千块零五毛", "3000.5"),
        ("1w2", "12000"),
        ("3k5", "3500"),
        ("1万2千5", "12500"),
        ("1万2千5百", "12500"),
        ("十八万", "180000"),
        ("两百万", "2000000"),
        ("1.5亿", "150000000"),
        ("3.2百万", "3200000"),
        ("5千", "5000"),
        ("20 w", "200000"),
        ("1.2 万", "12000"),
        ("12.8 k", "12800"),
        ("1.5 million", "1500000"),
        ("20 thousand", "20000"),
        ("1.2m", "1200000"),
        ("3 grand", "3000"),
        ("five hundred yuan", "500"),
        ("two thousand", "2000"),
        ("twelve thousand five hundred", "12500"),
        ("about 3k", "3000"),
        ("大约三千", "3000"),
        ("一共2万", "20000"),
        ("1280元。", "1280"),
        (" 1280 ", "1280"),
        ("0", "0"),
        ("0.5", "0.5"),
        ("0.01元", "0.01"),
        ("三", "3"),
        ("十", "10"),
        ("一千零五十", "1050"),
        ("三千零五", "3005"),
        ("1.234万", "12340"),
        ("12345678", "12345678"),
        ("123,456,789", "123456789"),
        ("123456789012元", "123456789012"),
        ("12800RMB", "12800"),
        ("CNY 12,800.00", "12800"),
        ("1萬2", "12000"),
        ("三萬塊", "30000"),
        ("500圆", "500"),
        ("两块", "2"),
        ("一块", "1"),
        ("廿五块", "25"),
        ("3000整", "3000"),
        ("2千3百元", "2300"),
        ("20w元", "200000"),
        ("3.5w", "35000"),
        ("100 kuai", "100"),
        ("五十 元", "50"),
        ("¥1.28万", "12800"),
        ("20260401元", "20260401"),
        ("RMB 12.8k", "12800"),
        ("¥0", "0"),
        ("十万八千", "108000"),
        ("六千六", "6600"),
        ("1千万", "10000000"),
        ("3百块", "300"),
    ],
)
def test_an_amount_is_read(typed: str, value: str) -> None:
    assert read_amount(typed) == Decimal(value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "王总",
        "13800138000",
        "0755",
        "075588881234",
        "HT20260401",
        "合同A15",
        "20260401",
        "123456789",
        "12,80",
        "1,2800",
        "1.2.3",
        "1..2",
        "1.280,50",
        "12 800",
        "-500",
        "负三千",
        "$500",
        "500美元",
        "500 usd",
        "5万美元",
        "HK$500",
        "€20",
        "12.345",
        "1.23456",
        "几千",
        "二十来万",
        "2万多",
        "两",
        "俩",
        "万",
        "千万",
        "百",
        "3000/4000",
        "3000-4000",
        "50%",
        "3点",
        "3月5号",
        "下周三",
        "a",
        "an and",
        "call me maybe",
        "五六百",
        "二三",
        "007",
        "1e5",
        "nan",
        "inf",
        "٣٠٠",
        "三千台",
        "1.2万3",
        "1,000,000,000,000",
        "1万亿元",
        "元",
        "块",
        "¥",
        "3k4k",
        "0.001万万",
        "²",
        "½",
        "1" * 100,
    ],
)
def test_what_is_no_amount_is_refused(typed: str) -> None:
    assert read_amount(typed) is None


@pytest.mark.parametrize(
    ("sentence", "value", "piece"),
    [
        ("价格3000元,下周送样", "3000", "3000元"),
        ("谈了年框，预计1.2万", "1.2e4", "1.2万"),
        ("报价￥12,800 含税", "12800", "￥12,800"),
        ("请客三百二十块五毛", "320.5", "三百二十块五毛"),
        ("打车花了35块", "35", "35块"),
        ("先付 20w 定金", "200000", "20w"),
        ("先付20w定金", "200000", "20w"),
        ("客户要3台,总价5万元", "50000", "5万元"),
        ("deposit RMB 500 tomorrow", "500", "RMB 500"),
        ("it costs 12.8k yuan a year", "12800", "12.8k yuan"),
        ("3万定金", "30000", "3万"),
        ("王总3月5号付5000块", "5000", "5000块"),
        ("收了五毛钱和八块", "8", "八块"),
        ("他13800138000欠我两万三", "23000", "两万三"),
    ],
)
def test_an_amount_is_found_in_a_sentence(sentence: str, value: str, piece: str) -> None:
    found = find_amount(sentence)
    assert found is not None
    assert found[0] == Decimal(value)
    assert sentence[slice(*found[1])] == piece


@pytest.mark.parametrize(
    "sentence",
    [
        "王总",
        "我们一块去",
        "千万别忘",
        "万一下雨",
        "三元里见",
        "两块屏坏了",
        "要3万台",
        "500美元",
        "HK$500",
        "5万美元",
        "合同A15万",
        "第3万",
        "电话13800138000",
        "3000",
        "三千五",
        "明天下午3点",
        "4kg",
        "200m",
        "50wh",
        "十分满意",
        "买二送一",
        "20%",
        "",
        "一元二次方程",
        "10万人",
        "10万公里",
    ],
)
def test_no_amount_is_seen_where_there_is_none(sentence: str) -> None:
    assert find_amount(sentence) is None


@pytest.mark.parametrize(
    ("value", "written", "zh", "en"),
    [
        ("0", "¥0", "0", "0"),
        ("980", "¥980", "980", "980"),
        ("12800", "¥12,800", "1.28万", "12.8k"),
        ("1280.50", "¥1,280.50", "1281", "1.3k"),
        ("999.6", "¥999.60", "1000", "1k"),
        ("9999.9", "¥9,999.90", "1万", "10k"),
        ("999950", "¥999,950", "100万", "1M"),
        ("350000000", "¥350,000,000", "3.5亿", "350M"),
        ("99999999", "¥99,999,999", "1亿", "100M"),
        ("2000000000", "¥2,000,000,000", "20亿", "2B"),
        ("-12800", "-¥12,800", "-1.28万", "-12.8k"),
        ("-0.001", "¥0", "0", "0"),
    ],
)
def test_amounts_are_written_whole_and_short(value: str, written: str, zh: str, en: str) -> None:
    assert write_amount(Decimal(value)) == write_amount(Decimal(value), "en") == written
    assert (short_amount(Decimal(value), "zh"), short_amount(Decimal(value), "en")) == (zh, en)


@given(MONEY)
def test_what_is_written_reads_back(value: Decimal) -> None:
    assert read_amount(write_amount(value)) == value
    found = find_amount(f"报价{write_amount(value)}，含税")
    assert found is not None
    assert found[0] == value


@given(MONEY.filter(lambda value: value < 10**11))
def test_short_amounts_read_back_nearly(value: Decimal) -> None:
    read = read_amount(short_amount(value, "zh"))
    assert read is not None
    assert abs(read - value) <= max(Decimal(1), value / 100)


@given(st.one_of(st.text(max_size=80), st.text(alphabet="0123456789一二两百千万亿元块毛kw., ¥", max_size=40)))
def test_no_text_raises_and_no_amount_is_out_of_bounds(text: str) -> None:
    value = read_amount(text)
    assert value is None or (0 <= value < 10**12 and value == value.quantize(Decimal("0.01")))
    found = find_amount(text)
    if found:
        start, end = found[1]
        assert 0 <= start < end <= len(text)


def test_a_page_of_numerals_takes_no_time() -> None:
    assert find_amount("一" * 100_000) is None
    assert find_amount("1," * 50_000) is None
    assert read_amount("1" * 100_000) is None


def _table() -> list[tuple[str, str, bool]]:
    """Our own table, `phrase = yuan`: answers first, then, below a line that says so, sentences that hold one."""
    rows: list[tuple[str, str, bool]] = []
    inside = False
    for line in (Path(__file__).parents[2] / "data" / "amounts.txt").read_text(encoding="utf-8").splitlines():
        inside = inside or line.startswith("# inside")
        if line and not line.startswith("#"):
            phrase, _, value = line.rpartition(" = ")
            rows.append((phrase, value, inside))
    return rows


@pytest.mark.parametrize(("text", "value", "inside"), _table())
def test_every_amount_of_our_own_table(text: str, value: str, inside: bool) -> None:
    found = find_amount(text) if inside else None
    amount = found[0] if found else None if inside else read_amount(text)
    assert amount == (None if value == "-" else Decimal(value))
