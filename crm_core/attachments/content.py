"""What a file is, by its own bytes, and whether we keep such a thing.

What is kept is a list of kinds; everything else is refused. So no program, script, page or drawing that could run in
somebody's browser (HTML, SVG) is ever kept, whatever it calls itself.
"""

import io
import re
import zipfile
from pathlib import PurePath
from typing import Final

from crm_core.attachments.models import FileKind

EXPIRED: Final = "expired"
TOO_LARGE: Final = "too_large"
EMPTY: Final = "empty"
NOT_AS_CLAIMED: Final = "not_as_claimed"
NOT_KEPT: Final = "not_kept"
REASONS: Final = (EXPIRED, TOO_LARGE, EMPTY, NOT_AS_CLAIMED, NOT_KEPT)
"""Why a file is gone or refused. Each has its words on the screens' floor."""

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_DOCX: Final = f"{_OFFICE}.wordprocessingml.document"
_XLSX: Final = f"{_OFFICE}.spreadsheetml.sheet"
_PPTX: Final = f"{_OFFICE}.presentationml.presentation"
_OLD_OFFICE: Final = "application/x-ole-storage"
_TEXT: Final = "text/plain"

_STARTS: Final[tuple[tuple[int, bytes, str], ...]] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLD_OFFICE),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
)
_BRANDS: Final = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), "image/heic"),
    **dict.fromkeys((b"M4A ", b"M4B "), "audio/mp4"),
    **dict.fromkeys((b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V "), "video/mp4"),
    **dict.fromkeys((b"3gp4", b"3gp5", b"3gp6"), "video/3gpp"),
    b"qt  ": "video/quicktime",
}
"""Of the ISO base media format: what stands behind `ftyp`."""

_OFFICE_PARTS: Final = {"word/document.xml": _DOCX, "xl/workbook.xml": _XLSX, "ppt/presentation.xml": _PPTX}
_RIFF: Final = frozenset({"image/webp", "audio/wav"})
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_PAGES: Final = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?xml", b"<?php", b"<body", b"<iframe")

_IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif", "image/heic"})
_SOUNDS: Final = frozenset({"audio/ogg", "audio/mpeg", "audio/mp4", "audio/aac", "audio/amr", "audio/wav"})
_FILMS: Final = frozenset({"video/mp4", "video/quicktime", "video/3gpp", "video/webm"})
_OLD: Final = frozenset({_OLD_OFFICE})
_WORDS: Final = frozenset({_TEXT})

_OF_KIND: Final = {
    FileKind.PHOTO: _IMAGES,
    FileKind.VOICE: _SOUNDS | {"video/mp4", "video/webm"},
    FileKind.AUDIO: _SOUNDS | {"video/mp4", "video/webm"},
    FileKind.VIDEO: _FILMS | {"image/gif"},
}
"""What each kind of message may carry; a document may carry what its name says."""

_BY_ENDING: Final = {
    **dict.fromkeys(("jpg", "jpeg", "png", "webp", "gif", "heic", "heif"), _IMAGES),  # cameras mix these up
    **dict.fromkeys(("ogg", "oga", "opus", "mp3", "m4a", "aac", "amr", "wav"), _SOUNDS | {"video/mp4"}),
    **dict.fromkeys(("mp4", "m4v", "mov", "3gp", "webm"), _FILMS),
    "pdf": frozenset({"application/pdf"}),
    "docx": frozenset({_DOCX}),
    "xlsx": frozenset({_XLSX}),
    "pptx": frozenset({_PPTX}),
    **dict.fromkeys(("doc", "wps"), _OLD | {_DOCX}),
    **dict.fromkeys(("xls", "et"), _OLD | {_XLSX}),
    **dict.fromkeys(("ppt", "dps"), _OLD | {_PPTX}),
    **dict.fromkeys(("txt", "csv", "md", "vcf", "log", "yaml", "yml"), _WORDS),
}
_NAMELESS: Final = _IMAGES | _SOUNDS | _FILMS | {"application/pdf", _DOCX, _XLSX, _PPTX}
_ENDINGS: Final = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
}


class Refused(Exception):
    """We do not keep this; `reason` is one of `REASONS`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def accept(kind: str, name: str | None, content: bytes) -> str:
    """The type (MIME) of a file's content, if it is what it was sent as. Raises Refused."""
    if not content:
        raise Refused(EMPTY)
    found = sniff(content)
    ending = PurePath(name).suffix[1:].lower() if name else ""
    if kind == FileKind.DOCUMENT:
        wanted = _BY_ENDING.get(ending) if ending else _NAMELESS
    else:
        wanted = _OF_KIND[FileKind(kind)]
    if wanted is None or found is None:
        raise Refused(NOT_KEPT)
    if found not in wanted:
        raise Refused(NOT_AS_CLAIMED)
    return found


def sniff(content: bytes) -> str | None:
    """The type (MIME) that the bytes themselves show; none for what we do not know, or know to be harmful."""
    for at, start, mime in _STARTS:
        if content.startswith(start, at) and (mime not in _RIFF or content.startswith(b"RIFF")):
            return mime
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:12])
    if content.startswith(b"PK\x03\x04"):
        return _office(content)
    if len(content) > 1 and content[0] == 0xFF and content[1] & 0xE0 == 0xE0:
        return "audio/aac" if content[1] & 0x06 == 0 else "audio/mpeg"
    return _TEXT if _is_text(content) else None


def _office(content: bytes) -> str | None:
    """A document of an office suite, which is an archive with certain parts; one that carries macros is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if "[Content_Types].xml" not in parts or any(part.lower().endswith("vbaproject.bin") for part in parts):
        return None
    return next((mime for part, mime in _OFFICE_PARTS.items() if part in parts), None)


def _is_text(content: bytes) -> bool:
    """Words in UTF-8 or GB 18030, and no page or script."""
    head = content[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"#!", b"mz", b"\x7felf")) or any(page in head for page in _PAGES):
        return False
    if _CONTROLS.search(content):
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def ending(mime: str | None) -> str:
    """A file name's ending for a type, with its dot; empty where the name tells."""
    return _ENDINGS.get(mime or "", "")
