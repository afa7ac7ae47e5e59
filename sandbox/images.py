"""Width and height of a picture, read from the first bytes of JPEG, PNG, GIF, BMP and WebP files."""

from __future__ import annotations

import struct
from collections.abc import Callable

NOT_FRAMES = frozenset({0xC4, 0xC8, 0xCC})
"""JPEG markers between 0xC0 and 0xCF that do not begin a frame."""


def picture_size(data: bytes) -> tuple[int, int] | None:
    """(width, height), or None when this is no picture that Telegram would take as a photo."""
    reader = next((read for signature, read in READERS.items() if data.startswith(signature)), None)
    if reader is None:
        return None
    try:
        width, height = reader(data)
    except (struct.error, IndexError):
        return None
    return (width, height) if width > 0 and height > 0 else None


def _png_size(data: bytes) -> tuple[int, int]:
    return struct.unpack_from(">II", data, 16)


def _gif_size(data: bytes) -> tuple[int, int]:
    return struct.unpack_from("<HH", data, 6)


def _bmp_size(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", data, 18)
    return width, abs(height)


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while True:
        while data[position] != 0xFF:
            position += 1
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if 0xC0 <= marker <= 0xCF and marker not in NOT_FRAMES:
            height, width = struct.unpack_from(">HH", data, position + 3)
            return width, height
        if marker in (0xD8, 0x01) or 0xD0 <= marker <= 0xD7:
            continue
        position += struct.unpack_from(">H", data, position)[0]


def _webp_size(data: bytes) -> tuple[int, int]:
    kind = data[12:16]
    if data[8:12] != b"WEBP":
        return 0, 0
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF)
    width, height = struct.unpack_from("<HH", data, 26)
    return width & 0x3FFF, height & 0x3FFF


READERS: dict[bytes, Callable[[bytes], tuple[int, int]]] = {
    b"\xff\xd8": _jpeg_size,
    b"\x89PNG\r\n\x1a\n": _png_size,
    b"GIF8": _gif_size,
    b"BM": _bmp_size,
    b"RIFF": _webp_size,
}
