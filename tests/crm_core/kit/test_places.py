"""Distances on two maps that disagree by half a kilometre."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.kit.places import Point, distance_m, haversine_m, to_gcj02, to_wgs84

SHENZHEN = Point(22.5431, 114.0579)
IN_CHINA = st.builds(Point, st.floats(18.2, 53.5), st.floats(73.6, 134.7))
ANYWHERE = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(["wgs84", "gcj02"]))


def test_a_degree_along_the_equator_is_111_km() -> None:
    assert haversine_m(0, 0, 0, 1) == pytest.approx(111_195, abs=1)
    assert haversine_m(90, 0, -90, 0) == pytest.approx(20_015_114, abs=10)


def test_beijing_to_shenzhen_is_about_1944_km() -> None:
    assert distance_m(Point(39.9042, 116.4074), SHENZHEN) == pytest.approx(1_943_000, rel=0.003)


def test_shenzhen_is_some_600_m_off_on_a_chinese_map() -> None:
    shown = to_gcj02(SHENZHEN)
    assert haversine_m(SHENZHEN.lat, SHENZHEN.lon, shown.lat, shown.lon) == pytest.approx(600, abs=40)
    assert distance_m(SHENZHEN, shown) < 0.01


def test_the_shift_is_the_published_one() -> None:
    """Tiananmen: the value that map services answer, to a metre."""
    shown = to_gcj02(Point(39.907333, 116.391083))
    assert (shown.lat, shown.lon) == (pytest.approx(39.908736, abs=1e-5), pytest.approx(116.397326, abs=1e-5))


def test_abroad_nothing_is_shifted() -> None:
    paris = Point(48.8566, 2.3522)
    assert distance_m(paris, Point(48.8566, 2.3522, "gcj02")) == 0
    assert to_gcj02(paris).lat == paris.lat


@pytest.mark.parametrize(("lat", "lon"), [(90.1, 0), (-91, 0), (0, 180.5), (float("nan"), 0), (0, float("inf"))])
def test_a_point_off_the_globe_is_refused(lat: float, lon: float) -> None:
    with pytest.raises(ValueError, match="latitude"):
        Point(lat, lon)


@given(IN_CHINA)
def test_there_and_back_is_within_a_centimetre(point: Point) -> None:
    back = to_wgs84(to_gcj02(point))
    assert haversine_m(point.lat, point.lon, back.lat, back.lon) < 0.01


@given(ANYWHERE, ANYWHERE)
def test_distance_is_symmetric_and_never_more_than_half_way_round(a: Point, b: Point) -> None:
    there = distance_m(a, b)
    assert 0 <= there <= 20_015_200
    assert there == pytest.approx(distance_m(b, a), abs=1e-6)
    assert distance_m(a, a) == 0
