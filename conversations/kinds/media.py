"""Places, photos, voice, documents: what is sent rather than typed."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from conversations.kinds.base import Given, Kind, Sent, Typed
from crm_core.attachments.service import FileRef
from crm_core.kit import places
from crm_core.kit.errors import DomainError, declare
from screens.screen import N_, Msg, Words

if TYPE_CHECKING:
    from conversations.form import Facts

NEEDS_PLACE = declare("form.needs_place")
OLD_PLACE = declare("form.old_place", "minutes")
FORWARDED_PLACE = declare("form.forwarded_place")
NEEDS_PHOTO = declare("form.needs_photo")
TOO_MANY_PHOTOS = declare("form.too_many_photos", "max")
NEEDS_VOICE = declare("form.needs_voice")
NEEDS_DOCUMENT = declare("form.needs_document")
FILE_TOO_LARGE = declare("form.file_too_large", "size", "most")
PROGRAM_REFUSED = declare("form.program_refused", "name")

OLDEST_PLACE_S: Final = 10 * 60
MOST_BYTES: Final = 20 << 20  # a bot can download no larger file (Bot API, getFile)
PROGRAMS: Final = frozenset(["exe", "bat", "sh", "js", "apk", "msi", "scr", "cmd", "com", "vbs", "ps1"])
_LONGEST_NAME: Final = 80

Point = tuple[float, float]  # latitude, longitude; WGS-84


@dataclass(frozen=True)
class Place(Kind[Point]):
    """A shared location, or a pair of coordinates. One that is old or forwarded says nothing of where one is now."""

    hint: ClassVar[Msg] = N_("📎 → Location, then send where you are.")

    def takes(self, what: str) -> bool:
        return what == "location"

    def read(self, given: Given, facts: Facts, before: Point | None = None) -> Point:
        if isinstance(given, Sent) and given.what == "location":
            _refuse_used(given.data)
        try:
            if isinstance(given, Sent) and given.what == "location":
                return self.load([given.data["latitude"], given.data["longitude"]])
            if isinstance(given, Typed):
                return _from_map(self.load([float(part) for part in given.text.replace("，", ",").split(",")]), facts)
        except (ValueError, TypeError, KeyError):
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


def _refuse_used(data: dict[str, Any]) -> None:
    """A position that was forwarded, or is older than ten minutes, is refused (BY01)."""
    if data.get("forwarded"):
        raise DomainError(FORWARDED_PLACE)
    age_s = _number(data.get("age_s"))
    if age_s > OLDEST_PLACE_S:
        raise DomainError(OLD_PLACE, minutes=OLDEST_PLACE_S // 60)


def is_here_and_now(sent: Sent) -> bool:
    """Whether a location tells where the person is: their own, and not an old one."""
    try:
        _refuse_used(sent.data)
    except DomainError:
        return False
    return True


def _number(value: Any) -> int:
    """A count in what was sent; nought when it is missing."""
    return int(value) if isinstance(value, int | float) and 0 < value < 10**15 else 0


def _file(data: dict[str, Any], kind: str, missing: str) -> FileRef:
    """The handle of a file that was sent. Raises `missing` without one, `form.file_too_large` beyond 20 MB."""
    try:
        file = FileRef(int(data["bot_id"]), str(data["file_id"]), str(data["file_unique_id"]), kind)
    except (KeyError, ValueError, TypeError) as error:
        raise DomainError(missing) from error
    refuse_large(data)
    return file


def _handle(file: FileRef) -> list[Any]:
    return [file.bot_id, file.file_id, file.file_unique_id]


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

    def takes(self, what: str) -> bool:
        return what == "photo"

    def read(self, given: Given, facts: Facts, before: tuple[FileRef, ...] | None = None) -> tuple[FileRef, ...]:
        if not (isinstance(given, Sent) and given.what == "photo"):
            raise DomainError(NEEDS_PHOTO)
        new = _file(given.data, "photo", NEEDS_PHOTO)
        held = before or ()
        if any(photo.file_unique_id == new.file_unique_id for photo in held):
            return held
        if len(held) >= self.at_most:
            raise DomainError(TOO_MANY_PHOTOS, max=self.at_most)
        return (*held, new)

    def write(self, value: tuple[FileRef, ...], facts: Facts) -> str:
        return f"📷 {len(value)}"

    def dump(self, value: tuple[FileRef, ...]) -> list[list[Any]]:
        return [_handle(photo) for photo in value]

    def load(self, stored: Any) -> tuple[FileRef, ...]:
        return tuple(FileRef(int(bot_id), str(file_id), str(unique)) for bot_id, file_id, unique in stored)


@dataclass(frozen=True, slots=True)
class Recording:
    """A voice message and how many seconds it lasts."""

    file: FileRef
    seconds: int


@dataclass(frozen=True)
class Voice(Kind[Recording]):
    """A voice message. Another one takes its place."""

    hint: ClassVar[Msg] = N_("Hold 🎤 and speak, then let go.")

    def takes(self, what: str) -> bool:
        return what == "voice"

    def read(self, given: Given, facts: Facts, before: Recording | None = None) -> Recording:
        if not (isinstance(given, Sent) and given.what == "voice"):
            raise DomainError(NEEDS_VOICE)
        return Recording(_file(given.data, "voice", NEEDS_VOICE), _number(given.data.get("duration")))

    def write(self, value: Recording, facts: Facts) -> str:
        return f"🎤 {value.seconds // 60}:{value.seconds % 60:02d}"

    def dump(self, value: Recording) -> list[Any]:
        return [*_handle(value.file), value.seconds]

    def load(self, stored: Any) -> Recording:
        bot_id, file_id, unique, seconds = stored
        return Recording(FileRef(int(bot_id), str(file_id), str(unique), "voice"), int(seconds))

    def value(self, answer: Recording) -> FileRef:
        return replace(answer.file, duration=answer.seconds)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document and the name it came under."""

    file: FileRef
    name: str


@dataclass(frozen=True)
class Document(Kind[Paper]):
    """A document sent as a file: a contract, an invoice. Programs are refused. Another one takes its place."""

    hint: ClassVar[Msg] = N_("📎 → File, then send the document.")

    def takes(self, what: str) -> bool:
        return what == "document"

    def read(self, given: Given, facts: Facts, before: Paper | None = None) -> Paper:
        if not (isinstance(given, Sent) and given.what == "document"):
            raise DomainError(NEEDS_DOCUMENT)
        refuse_program(given.data)
        return Paper(_file(given.data, "document", NEEDS_DOCUMENT), _name(given.data.get("name")))

    def write(self, value: Paper, facts: Facts) -> str:
        return f"📄 {value.name}"

    def dump(self, value: Paper) -> list[Any]:
        return [*_handle(value.file), value.name]

    def load(self, stored: Any) -> Paper:
        bot_id, file_id, unique, name = stored
        return Paper(FileRef(int(bot_id), str(file_id), str(unique), "document"), _name(name))

    def value(self, answer: Paper) -> FileRef:
        return answer.file


def refuse_program(data: dict[str, Any]) -> None:
    """Raises `form.program_refused` for a file that says by its name that it is one."""
    name = _name(data.get("name"))
    if name.rpartition(".")[2].casefold() in PROGRAMS:
        raise DomainError(PROGRAM_REFUSED, name=name)


def refuse_large(data: dict[str, Any]) -> None:
    """Raises `form.file_too_large` for what the messenger would not hand over."""
    size = _number(data.get("size"))
    if size > MOST_BYTES:
        raise DomainError(FILE_TOO_LARGE, size=-(-size // (1 << 20)), most=MOST_BYTES >> 20)


def _name(given: Any) -> str:
    """A file's name as it may be shown: no signs that turn text round or hide the ending, the ending kept."""
    shown = "".join(one for one in str(given or "") if unicodedata.category(one)[0] != "C").strip(" .")
    name = unicodedata.normalize("NFKC", shown).strip(" .") or "document"
    stem, dot, ending = name.rpartition(".")
    if len(name) <= _LONGEST_NAME or not dot or len(ending) > 8:
        return name[:_LONGEST_NAME]
    return f"{stem[: _LONGEST_NAME - len(ending) - 2]}….{ending}"
