"""Places and photos: what is sent rather than typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from conversations.kinds.base import Given, Kind, Sent, Typed
from crm_core.attachments.service import FileRef
from crm_core.kit import places
from crm_core.kit.errors import DomainError, declare
from screens.screen import N_, Msg, Words

if TYPE_CHECKING:
    from conversations.form import Facts

NEEDS_PLACE = declare("form.needs_place")
NEEDS_PHOTO = declare("form.needs_photo")
TOO_MANY_PHOTOS = declare("form.too_many_photos", "max")

Point = tuple[float, float]  # latitude, longitude; WGS-84


@dataclass(frozen=True)
class Place(Kind[Point]):
    """A shared location, or a pair of coordinates."""

    hint: ClassVar[Msg] = N_("📎 → Location, then send where you are.")

    def read(self, given: Given, facts: Facts, before: Point | None = None) -> Point:
        try:
            if isinstance(given, Sent) and given.what == "location":
                return self.load([given.data["latitude"], given.data["longitude"]])
            if isinstance(given, Typed):
                return _from_map(self.load([float(part) for part in given.text.replace("，", ",").split(",")]), facts)
        except ValueError:
            pass  # no place on earth
        raise DomainError(NEEDS_PLACE)

    def write(self, value: Point, facts: Facts) -> str:
        """As people type it: on the map that they read coordinates from."""
        if facts.book.check_in.typed_points == "wgs84":
            return f"{value[0]:.6f}, {value[1]:.6f}"
        shown = places.to_gcj02(places.Point(*value))
        return f"{shown.lat:.9f}, {shown.lon:.9f}"

    def show(self, value: Point, facts: Facts) -> Words:
        return f"{value[0]:.4f}, {value[1]:.4f}"

    def dump(self, value: Point) -> list[float]:
        return list(value)

    def load(self, stored: Any) -> Point:
        latitude, longitude = (round(float(part), 6) for part in stored)
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise ValueError
        return latitude, longitude


def _from_map(typed: Point, facts: Facts) -> Point:
    """Typed coordinates are copied from a map: a Chinese one shows them shifted, unless the playbook says otherwise."""
    point = places.to_wgs84(places.Point(*typed, facts.book.check_in.typed_points))
    return round(point.lat, 6), round(point.lon, 6)


@dataclass(frozen=True)
class Photos(Kind[tuple[FileRef, ...]]):
    """Photos, sent one by one or as an album; each sending adds to the answer."""

    at_most: int = 9
    collects: ClassVar[bool] = True
    hint: ClassVar[Msg] = N_("Send one or several photos.")

    def read(self, given: Given, facts: Facts, before: tuple[FileRef, ...] | None = None) -> tuple[FileRef, ...]:
        if not (isinstance(given, Sent) and given.what == "photo"):
            raise DomainError(NEEDS_PHOTO)
        new = FileRef(given.data["bot_id"], given.data["file_id"], given.data["file_unique_id"])
        held = before or ()
        if any(photo.file_unique_id == new.file_unique_id for photo in held):
            return held
        if len(held) >= self.at_most:
            raise DomainError(TOO_MANY_PHOTOS, max=self.at_most)
        return (*held, new)

    def write(self, value: tuple[FileRef, ...], facts: Facts) -> str:
        return f"📷 {len(value)}"

    def dump(self, value: tuple[FileRef, ...]) -> list[list[Any]]:
        return [[photo.bot_id, photo.file_id, photo.file_unique_id] for photo in value]

    def load(self, stored: Any) -> tuple[FileRef, ...]:
        return tuple(FileRef(int(bot_id), str(file_id), str(unique)) for bot_id, file_id, unique in stored)
