"""Tables out and in, by COPY: a stream, so that memory stays flat however many rows there are."""

import gzip
import hashlib
import os
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from bot.backup.folder import Piece, Table, piece_of

LEVEL: Final = 1  # half as much again would be gained for thrice the time
_PIECE: Final = 1 << 18

SAME_WORDS: Final = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1; "
    "SET LOCAL bytea_output = 'hex'; SET LOCAL statement_timeout = 0; SET LOCAL synchronize_seqscans = off; "
    "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '60s'"
)
"""Both ways speak alike, whatever the server is set to; and a table is read in the order in which it lies there."""

_COLUMNS: Final = """
    SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
           max(a.attname::text) FILTER (WHERE a.attidentity <> '') AS counted
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY($1)
      AND NOT a.attisdropped AND a.attgenerated = ''
    GROUP BY c.relname ORDER BY c.relname
"""


class Shape(NamedTuple):
    """A table as the catalogue knows it. `counted` is its identity column."""

    name: str
    columns: tuple[str, ...]
    counted: str | None


async def shapes(connection: Any, names: Iterable[str]) -> list[Shape]:
    rows = await connection.fetch(_COLUMNS, list(names))
    return [Shape(row["name"], tuple(row["columns"]), row["counted"]) for row in rows]


async def dump(connection: Any, shape: Shape, folder: Path) -> Table:
    """Write one table into `folder`."""
    path = folder / f"{shape.name}.copy.gz"
    digest = hashlib.sha256()
    with path.open("xb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=LEVEL, mtime=0) as packed:

            async def sink(told: bytes) -> None:
                digest.update(told)
                packed.write(told)

            said = await connection.copy_from_table(shape.name, columns=shape.columns, output=sink)
        raw.flush()
        os.fsync(raw.fileno())
    return Table(
        name=shape.name,
        columns=shape.columns,
        rows=_count(said),
        told=digest.hexdigest(),
        counter=await _counter(connection, shape),
        piece=piece_of(path),
    )


async def _counter(connection: Any, shape: Shape) -> int | None:
    if shape.counted is None:
        return None
    ask = "SELECT pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass)"
    return (await connection.fetchval(ask, shape.name, shape.counted)) or 0


async def load(connection: Any, table: Table, folder: Path) -> int:
    """Copy one table in. Returns how many rows came."""

    async def source() -> AsyncIterator[bytes]:
        with gzip.open(folder / f"{table.name}.copy.gz", "rb") as packed:
            while told := packed.read(_PIECE):
                yield told

    return _count(await connection.copy_to_table(table.name, columns=table.columns, source=source()))


async def read_back(connection: Any, table: Table) -> str:
    """The SHA-256 of a table's COPY text as the database tells it."""
    digest = hashlib.sha256()

    async def sink(told: bytes) -> None:
        digest.update(told)

    await connection.copy_from_table(table.name, columns=table.columns, output=sink)
    return digest.hexdigest()


def write_names(folder: Path, name: str, lines: Iterable[str]) -> Piece:
    """Pack lines into a file of the backup."""
    with (folder / name).open("xb") as raw:
        with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=LEVEL, mtime=0) as packed:
            for line in lines:
                packed.write(f"{line}\n".encode("ascii"))
        raw.flush()
        os.fsync(raw.fileno())
    return piece_of(folder / name)


def _count(said: str) -> int:
    """The rows of what COPY answers: `COPY 12`."""
    return int(said.rpartition(" ")[2])
