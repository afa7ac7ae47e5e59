"""Files of one bot: what was uploaded or sent by people, found again by file_id or by download path."""

from __future__ import annotations

import base64
import mimetypes
import secrets
from dataclasses import dataclass
from pathlib import PurePath

from sandbox.errors import Json, bad_request
from sandbox.images import picture_size

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
PHOTO_SIDES = (320, 800, 1280)
PREFIXES = {
    "photo": "AgACAgIAAxkD",
    "voice": "AwACAgIAAxkD",
    "video": "BAACAgIAAxkD",
    "document": "BQACAgIAAxkD",
    "audio": "CQACAgIAAxkD",
}
EXTENSIONS = {"photo": ".jpg", "voice": ".oga", "audio": ".mp3", "video": ".mp4"}
FOLDERS = {"photo": "photos", "voice": "voice", "audio": "music", "video": "videos", "document": "documents"}


@dataclass(slots=True)
class Upload:
    """A file that came in a request."""

    name: str
    mime: str
    data: bytes

    def described(self) -> str:
        return f"<{self.name or 'file'}: {len(self.data)} bytes>"


@dataclass(slots=True, frozen=True)
class File:
    """A stored file. Several photo sizes may share the same bytes under ids of their own."""

    kind: str
    file_id: str
    file_unique_id: str
    path: str
    name: str
    mime: str
    data: bytes
    body: Json
    """What a message shows of it: a Document, a Voice, or for a photo the list of its sizes under "sizes"."""

    def reference(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.file_unique_id, "file_size": len(self.data)}


class Files:
    """Everything in memory. Ids are opaque and mean nothing to another bot."""

    def __init__(self) -> None:
        self._by_id: dict[str, File] = {}
        self._by_path: dict[str, File] = {}
        self._expired: set[str] = set()
        self._count = 0

    def add(self, kind: str, upload: Upload, **details: object) -> File:
        """Store an upload as a photo, document, voice, audio or video. Raises ApiError if it can't be one."""
        if not upload.data:
            raise bad_request("file must be non-empty")
        if kind == "photo":
            return self._add_photo(upload)
        mime = upload.mime or mimetypes.guess_type(upload.name)[0] or "application/octet-stream"
        file_id, unique_id = _new_ids(kind)
        body: Json = {key: value for key, value in details.items() if value is not None}
        if kind != "voice" and upload.name:
            body["file_name"] = upload.name
        body |= {"mime_type": mime, "file_id": file_id, "file_unique_id": unique_id, "file_size": len(upload.data)}
        path = self._new_path(kind, upload.name)
        return self._keep(File(kind, file_id, unique_id, path, upload.name, mime, upload.data, body))

    def _add_photo(self, upload: Upload) -> File:
        size = picture_size(upload.data)
        if size is None:
            raise bad_request("IMAGE_PROCESS_FAILED")
        width, height = size
        if width + height > 10_000 or max(size) > 20 * min(size):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        path = self._new_path("photo", "")
        sizes: list[Json] = []
        last: File | None = None
        for scaled_width, scaled_height in _photo_sizes(width, height):
            file_id, unique_id = _new_ids("photo")
            sizes.append(
                {
                    "file_id": file_id,
                    "file_unique_id": unique_id,
                    "file_size": len(upload.data),
                    "width": scaled_width,
                    "height": scaled_height,
                }
            )
            mime = upload.mime if upload.mime.startswith("image/") else "image/jpeg"
            last = self._keep(File("photo", file_id, unique_id, path, upload.name, mime, upload.data, {"sizes": sizes}))
        assert last is not None
        return last

    def _keep(self, file: File) -> File:
        self._by_id[file.file_id] = file
        self._by_path[file.path] = file
        return file

    def _new_path(self, kind: str, name: str) -> str:
        extension = EXTENSIONS.get(kind) or PurePath(name).suffix[:16]
        path = f"{FOLDERS[kind]}/file_{self._count}{extension}"
        self._count += 1
        return path

    def get(self, file_id: str) -> File | None:
        return self._by_id.get(file_id)

    def at_path(self, path: str) -> File | None:
        file = self._by_path.get(path)
        return None if file is None or file.file_id in self._expired else file

    def expire(self, file_id: str) -> None:
        """From now on Telegram has it no more, as happens to files that are old or were deleted."""
        self._expired.add(file_id)

    def is_expired(self, file_id: str) -> bool:
        return file_id in self._expired

    def sendable(self, kind: str, file_id: str) -> File:
        """A known file to send again as `kind`. Raises ApiError with what Telegram says of a bad id."""
        file = self._by_id.get(file_id)
        if file is not None:
            if file.kind != kind:
                raise bad_request(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
            return file
        if file_id.lower().startswith(("http://", "https://")):
            raise bad_request("Failed to get HTTP URL content")
        reason = "can't unserialize it. Wrong last symbol"
        if not all(c.isascii() and (c.isalnum() or c in "-_") for c in file_id):
            reason = "Wrong character in the string"
        elif len(file_id) % 4 == 1:
            reason = "Wrong string length"
        raise bad_request(f"Wrong remote file identifier specified: {reason}")


def _new_ids(kind: str) -> tuple[str, str]:
    """A file_id that grows old with its bot, and a shorter id that says only "the same file"."""
    opaque = base64.urlsafe_b64encode(secrets.token_bytes(45)).decode()
    unique = base64.urlsafe_b64encode(secrets.token_bytes(9)).decode()
    return f"{PREFIXES[kind]}{opaque}", f"{'AQAD' if kind == 'photo' else 'AgAD'}{unique}"


def _photo_sizes(width: int, height: int) -> list[tuple[int, int]]:
    """Sizes from small to large; the last one is the picture itself, or 1280 on its longer side."""
    sizes: list[tuple[int, int]] = []
    longest = max(width, height)
    for limit in PHOTO_SIDES:
        if longest <= limit:
            break
        sizes.append((max(1, round(width * limit / longest)), max(1, round(height * limit / longest))))
    if longest <= PHOTO_SIDES[-1]:
        sizes.append((width, height))
    return sizes
