"""The folder of backups: names, the manifest, checking what is there, letting the old ones go."""

import gzip
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.errors import OperatorError
from bot.files.storage import key_of

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
NAMES_OF_FILES: Final = "files.txt.gz"
FILES: Final = "files"
PART: Final = ".part-"  # a backup that is being made; one that was killed stays one
_NAME: Final = re.compile(r"\d{8}T\d{6}Z")
_PIECE: Final = 1 << 20


class Piece(BaseModel):
    """A file of the backup, as it lies there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int  # bytes
    sha256: str


class Table(BaseModel):
    """One table. `told` is of the COPY text before it was packed; `counter` is how far its identity has counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    columns: tuple[str, ...]
    rows: int
    told: str
    counter: int | None
    piece: Piece


class Manifest(BaseModel):
    """What a backup holds. `missing` are files that the database names and the storage had not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    rounds: str
    revision: str
    made_at: datetime
    tables: tuple[Table, ...]
    files: int
    names_of_files: Piece
    missing: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables)


def name_at(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%SZ")


def all_in(folder: Path) -> list[Path]:
    """The whole backups of a folder, the oldest first."""
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted(one for one in there if _NAME.fullmatch(one.name) and (one / MANIFEST).is_file())


def chosen(path: Path) -> Path:
    """The backup that is meant: this one, or the newest of this folder. Raises OperatorError where there is none."""
    if (path / MANIFEST).is_file():
        return path
    found = all_in(path)
    if not found:
        raise OperatorError(f"{path} holds no whole backup.")
    return found[-1]


def write_manifest(folder: Path, manifest: Manifest) -> None:
    with (folder / MANIFEST).open("xb") as file:
        file.write(_sealed(manifest.model_dump(mode="json")))
        file.flush()
        os.fsync(file.fileno())


def read_manifest(backup: Path) -> Manifest:
    """Raises OperatorError unless it is exactly as it was written."""
    try:
        raw = (backup / MANIFEST).read_bytes()
        content: dict[str, Any] = json.loads(raw)
        content.pop("seal")
        if _sealed(content) != raw:
            raise OperatorError(f"{backup / MANIFEST} is damaged: it is not as it was written.")
        if content["format"] != FORMAT:
            raise OperatorError(f"{backup} has format {content['format']}, this program reads {FORMAT}.")
        return Manifest.model_validate(content)
    except OSError as error:
        raise OperatorError(f"{backup / MANIFEST} cannot be read ({error.strerror}).") from error
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise OperatorError(f"{backup / MANIFEST} is damaged ({type(error).__name__}).") from error


def _sealed(content: dict[str, Any]) -> bytes:
    """The manifest's bytes: there is one way to write it, and its own checksum is in it."""
    plain = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    return json.dumps({**content, "seal": hashlib.sha256(plain.encode()).hexdigest()}, indent=1).encode()


def piece_of(path: Path) -> Piece:
    """The checksum of a file, read in pieces."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(_PIECE):
            digest.update(part)
            size += len(part)
    return Piece(size=size, sha256=digest.hexdigest())


def faults(backup: Path) -> Iterator[str]:
    """What is wrong with a backup, one line each: every byte of it is read, the files it names included."""
    manifest = read_manifest(backup)
    for table in manifest.tables:
        yield from _fault_of(backup / f"{table.name}.copy.gz", table.piece.sha256)
    list_fault = list(_fault_of(backup / NAMES_OF_FILES, manifest.names_of_files.sha256))
    yield from list_fault
    for sha256 in () if list_fault else names_of_files(backup):
        if sha256 not in manifest.missing:
            yield from _fault_of(backup.parent / FILES / key_of(sha256), sha256)


def _fault_of(path: Path, sha256: str) -> Iterator[str]:
    try:
        if piece_of(path).sha256 != sha256:
            yield f"{path}: not as it was written"
    except OSError as error:
        yield f"{path}: {error.strerror}"


def names_of_files(backup: Path) -> Iterator[str]:
    """The SHA-256 of every file that a backup's database names, if its list is whole."""
    with gzip.open(backup / NAMES_OF_FILES, "rt", encoding="ascii") as lines:
        for line in lines:
            yield line.strip()


def begin(folder: Path) -> Path:
    """Where to write a new backup until it is whole; what killed ones left half made is taken away."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in folder.glob(f"{PART}*"):
        shutil.rmtree(left, ignore_errors=True)
    part = folder / f"{PART}{os.getpid()}"
    part.mkdir(mode=0o700)
    return part


def let_go(folder: Path, keep: int) -> int:
    """Take away all but the newest `keep` backups, and the files that none of those names. Returns how many backups.

    Raises OperatorError, and takes nothing, when one of those that stay cannot be read: its files would be lost.
    """
    found = all_in(folder)
    old, kept = found[:-keep], found[-keep:]
    if not old:
        return 0
    named: set[bytes] = set()
    for backup in kept:
        for fault in _fault_of(backup / NAMES_OF_FILES, read_manifest(backup).names_of_files.sha256):
            raise OperatorError(f"{fault}. No backup is let go.")
        named.update(bytes.fromhex(sha256) for sha256 in names_of_files(backup))
    for backup in old:
        gone = backup.with_name(PART + backup.name)
        backup.rename(gone)  # from here on it is none, whatever becomes of us
        shutil.rmtree(gone)
    for path in _all_files(folder / FILES):
        if bytes.fromhex(path.name) not in named:
            path.unlink(missing_ok=True)
    return len(old)


def _all_files(root: Path) -> Iterable[Path]:
    return (path for path in root.glob("*/*/*") if re.fullmatch(r"[0-9a-f]{64}", path.name))
