"""Where things are: distances in metres between points that may come from different maps.

Telegram sends WGS-84. Chinese maps (Amap, Tencent) show GCJ-02, shifted by 100 to 700 m inside mainland China: a
customer's point copied from such a map lies some 600 m off in Shenzhen unless it is converted first.
"""

from dataclasses import dataclass
from math import asin, cos, pi, radians, sin, sqrt
from typing import Literal

Datum = Literal["wgs84", "gcj02"]

_EARTH_RADIUS_M = 6_371_008.8
# The ellipsoid that GCJ-02's published shift is computed on (Krasovsky 1940).
_AXIS_M = 6_378_245.0
_ECCENTRICITY_SQUARED = 0.006693421622965943


@dataclass(frozen=True, slots=True)
class Point:
    """A place in degrees. Raises ValueError outside -90..90 and -180..180 (and for NaN)."""

    lat: float
    lon: float
    datum: Datum = "wgs84"

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError("latitude is -90..90 and longitude -180..180 degrees")


def haversine_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle metres between two points given in degrees; within 0.6 % of the ellipsoid's distance."""
    half_lat = sin(radians(lat_b - lat_a) / 2)
    half_lon = sin(radians(lon_b - lon_a) / 2)
    chord = half_lat * half_lat + cos(radians(lat_a)) * cos(radians(lat_b)) * half_lon * half_lon
    return 2 * _EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


def distance_m(a: Point, b: Point) -> float:
    """Metres between two points of whichever datum."""
    a, b = to_wgs84(a), to_wgs84(b)
    return haversine_m(a.lat, a.lon, b.lat, b.lon)


def to_gcj02(point: Point) -> Point:
    """The point as a Chinese map shows it; unchanged (but relabelled) outside mainland China's box."""
    if point.datum == "gcj02":
        return point
    lat, lon = _shifted(point.lat, point.lon)
    return Point(lat, lon, "gcj02")


def to_wgs84(point: Point) -> Point:
    """The point as a GPS gives it. The shift has no closed inverse; four refinements leave under a centimetre."""
    if point.datum == "wgs84":
        return point
    lat, lon = point.lat, point.lon
    if not _in_shifted_area(lat, lon):
        return Point(lat, lon)
    for _ in range(4):
        shown_lat, shown_lon = _shift(lat, lon)
        lat, lon = point.lat - shown_lat, point.lon - shown_lon
    return Point(lat, lon)


def in_shifted_area(point: Point) -> bool:
    """Whether Chinese maps show it elsewhere than GPS does."""
    return _in_shifted_area(point.lat, point.lon)


def _in_shifted_area(lat: float, lon: float) -> bool:
    """The box that map services apply the shift in; it takes in Hong Kong, Macau and Taiwan as they do."""
    return 0.8293 <= lat <= 55.8271 and 72.004 <= lon <= 137.8347


def _shifted(lat: float, lon: float) -> tuple[float, float]:
    if not _in_shifted_area(lat, lon):
        return lat, lon
    north, east = _shift(lat, lon)
    return lat + north, lon + east


def _shift(lat: float, lon: float) -> tuple[float, float]:
    """Degrees north and east that GCJ-02 adds here: the published trigonometric series, in metres, made degrees."""
    x, y = lon - 105.0, lat - 35.0
    ripple = 20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north_m += (ripple + 20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north_m += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east_m += (ripple + 20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east_m += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    latitude = radians(lat)
    flattening = 1.0 - _ECCENTRICITY_SQUARED * sin(latitude) ** 2
    meridian_m = _AXIS_M * (1.0 - _ECCENTRICITY_SQUARED) / (flattening * sqrt(flattening))
    parallel_m = _AXIS_M / sqrt(flattening) * cos(latitude)
    return north_m * 180.0 / (meridian_m * pi), east_m * 180.0 / (parallel_m * pi)
