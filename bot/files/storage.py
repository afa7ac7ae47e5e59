"""Where bytes are kept: a directory of this machine, or a bucket that speaks S3.

A key follows from the content's hash, so equal content is kept once, what is there is whole, and nothing that anybody
sent has a say in where it goes.
"""

import asyncio
import hashlib
import os
import re
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

_KEY: Final = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{64}")
_PART: Final = ".part-"  # what is being written; a kill may leave one behind
_PART_IS_OLD_S: Final = 3600.0
PUT_LATELY_S: Final = 600.0
"""Longer than it takes from keeping bytes to noting whose they are."""


class StorageError(Exception):
    """The storage can't do it now: full, not writable, away. The message is for an operator, and names no secret."""


class MissingError(StorageError):
    """What should be there is not."""


class Storage(Protocol):
    """Keeps bytes by key."""

    @property
    def where(self) -> str:
        """As an operator knows it."""
        ...

    async def put(self, key: str, content: bytes) -> None:
        """Keep it, whole or not at all. Raises StorageError."""
        ...

    async def get(self, key: str) -> bytes:
        """What is kept. Raises StorageError, MissingError."""
        ...

    async def remove(self, key: str, unless_put_within_s: float = PUT_LATELY_S) -> bool:
        """Let go of it, unless somebody has just kept the same; answers whether it is gone. Raises StorageError."""
        ...

    async def check(self) -> None:
        """Write something and take it away again. Raises StorageError."""
        ...


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def key_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def checked(key: str) -> str:
    """The key, if it is one of ours. Raises MissingError for anything else, whoever made it up."""
    if not _KEY.fullmatch(key):
        raise MissingError(f"{key[:80]!r} is no key of a kept file")
    return key


class Directory:
    """Files under a directory. They appear whole, by a rename, and survive a power cut."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def where(self) -> str:
        return str(self._root.resolve())

    async def put(self, key: str, content: bytes) -> None:
        await self._do(self._put, checked(key), content)

    async def get(self, key: str) -> bytes:
        checked(key)
        try:
            return await asyncio.to_thread((self._root / key).read_bytes)
        except FileNotFoundError:
            raise MissingError(f"{key} is not in {self.where}") from None
        except OSError as error:
            raise self._failed(error) from None

    async def remove(self, key: str, unless_put_within_s: float = PUT_LATELY_S) -> bool:
        try:
            return await asyncio.to_thread(self._remove, checked(key), unless_put_within_s)
        except OSError as error:
            raise self._failed(error) from None

    async def check(self) -> None:
        await self._do(self._check)

    async def _do(self, work, *arguments) -> None:
        try:
            await asyncio.to_thread(work, *arguments)
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: OSError) -> StorageError:
        return StorageError(f"{self.where}: {error.strerror or type(error).__name__}")

    def _check(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self._root) as file:
            file.write(b"rounds")

    def _put(self, key: str, content: bytes) -> None:
        target = self._root / key
        with suppress(OSError):
            if target.stat().st_size == len(content):
                os.utime(target)  # whoever is about to remove it sees that it is wanted; if it is gone, it is written
                return
        target.parent.mkdir(parents=True, exist_ok=True)
        number, part = tempfile.mkstemp(prefix=_PART, dir=target.parent)
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(target)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        for folder in (target.parent, target.parent.parent, self._root):
            sync(folder)

    def _remove(self, key: str, unless_put_within_s: float) -> bool:
        """Moved away first: who puts the same from now on writes it anew, who did so before has left a trace on it."""
        target = self._root / key
        part = target.with_name(f"{_PART}gone-{target.name}")
        try:
            if time.time() - target.stat().st_mtime < unless_put_within_s:
                return False
            target.rename(part)
        except FileNotFoundError:
            return True
        if time.time() - part.stat().st_mtime < unless_put_within_s:
            part.replace(target)
            return False
        part.unlink()
        sync(target.parent)
        return True

    def sweep(self) -> int:
        """Take away what killed processes left half written; how many."""
        old = time.time() - _PART_IS_OLD_S
        gone = 0
        for part in self._root.glob(f"*/*/{_PART}*"):
            with suppress(OSError):
                if part.stat().st_mtime < old:
                    part.unlink()
                    gone += 1
        return gone


def sync(folder: Path) -> None:
    """A name in a directory is on the disk only once the directory is. Not everywhere can one ask for that."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
