"""From a spreadsheet's bytes to plain rows, in a process of its own: python -m crm_core.exchange.unpack SOURCE TARGET

What people send is not to be trusted: it may unpack to a thousand times its size, or kill whoever reads it. So it is
read here, under limits of memory and time, and nothing but text comes out: a line of JSON a row, [number, [cells]], in
TARGET, and on stdout a report, {"rows", "columns", "sheet", "sheets"} or {"refused": code, "facts"}. Formulas are
never computed: a cell is what its last reader saw in it.
"""

import csv
import io
import json
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from crm_core.exchange import errors

MOST_ROWS: Final = 200_000
MOST_COLUMNS: Final = 40
LONGEST_CELL: Final = 2_000
MOST_UNPACKED: Final = 512 << 20  # bytes of all parts of a workbook
_MOST_RATIO: Final = 120
_RATIO_COUNTS_FROM: Final = 32 << 20  # bytes: what is small may be as dense as it likes
_MEMORY: Final = 1536 << 20  # bytes of address space
_SECONDS: Final = 120  # of processor time
_PIECE: Final = 1 << 20
_WORKBOOK: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_DELIMITERS: Final = (",", ";", "\t", "|", "\uff0c")
_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

Row = tuple[int, list[str]]


class Refused(Exception):
    """This is nothing to import; `code` is one of `errors`, with its facts."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


def unpack(content: bytes, target: Path) -> dict[str, Any]:
    """Write the rows of the first sheet that has any; answers the report. Raises Refused."""
    if not content.strip():
        raise Refused(errors.EMPTY)
    if content.startswith(_WORKBOOK):
        return _workbook(content, target)
    rows = _csv(content)
    return {"sheet": None, "sheets": 1, **_written(rows, target)}


def _written(rows: Iterable[Row], target: Path) -> dict[str, int]:
    """Rows with anything in them, at most so many and so wide."""
    count = widest = 0
    with target.open("w", encoding="utf-8") as file:
        for number, cells in rows:
            while cells and not cells[-1]:
                cells.pop()
            if not cells:
                continue
            count, widest = count + 1, max(widest, len(cells))
            if count > MOST_ROWS + 1:  # one for the headings
                raise Refused(errors.TOO_MANY_ROWS, most=MOST_ROWS)
            if widest > MOST_COLUMNS:
                raise Refused(errors.TOO_MANY_COLUMNS, count=widest, most=MOST_COLUMNS)
            file.write(json.dumps([number, cells], ensure_ascii=False) + "\n")
    if not count:
        raise Refused(errors.EMPTY)
    return {"rows": count, "columns": widest}


def _workbook(content: bytes, target: Path) -> dict[str, Any]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # noqa: PLC0415 - only here

    if content.startswith(_WORKBOOK[0]):
        _refuse_bombs(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = book.sheet_names
        for at, name in enumerate(names):
            sheet = book.get_sheet_by_index(at)
            if sheet.height:
                rows = _filled(sheet.iter_rows(), _joins(sheet))
                return {"sheet": name, "sheets": len(names), **_written(rows, target)}
    except PasswordError as error:
        raise Refused(errors.PASSWORD) from error
    except (CalamineError, ValueError, OSError, KeyError) as error:
        raise Refused(errors.BROKEN) from error
    raise Refused(errors.EMPTY)


def _refuse_bombs(content: bytes) -> None:
    """Read every part to its end, counting: what an archive says of its sizes is not to be believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _refuse_parts(archive, len(content))
    except Refused:
        raise
    except Exception as error:  # zlib's and zipfile's own have no common base
        raise Refused(errors.BROKEN) from error


def _refuse_parts(archive: zipfile.ZipFile, packed: int) -> None:
    parts = archive.infolist()
    if not any(one.filename == "[Content_Types].xml" for one in parts):
        raise Refused(errors.NOT_A_SHEET)
    _refuse_size(sum(one.file_size for one in parts), packed)
    total = 0
    for one in parts:
        with archive.open(one) as part:
            while piece := part.read(_PIECE):
                total += len(piece)
                _refuse_size(total, packed)


def _refuse_size(unpacked: int, packed: int) -> None:
    if unpacked > MOST_UNPACKED or (unpacked > _RATIO_COUNTS_FROM and unpacked > packed * _MOST_RATIO):
        raise Refused(errors.BOMB, most=MOST_UNPACKED >> 20)


def _joins(sheet: Any) -> dict[int, dict[int, tuple[int, int]]]:
    """By row and column: which cell's value a joined cell shows. Columns as the rows have them."""
    joined: dict[int, dict[int, tuple[int, int]]] = {}
    left = (sheet.start or (0, 0))[1]
    with suppress(Exception):  # other formats than xlsx have none to tell
        for (top, first), (bottom, _) in sheet.merged_cell_ranges or ():
            if first < left or bottom - top > MOST_ROWS:
                continue
            for row in range(top + 1, bottom + 1):  # what is joined sideways is one cell all the same
                joined.setdefault(row, {})[first - left] = (top, first - left)
    return joined


def _filled(rows: Iterable[Sequence[Any]], joins: dict[int, dict[int, tuple[int, int]]]) -> Iterator[Row]:
    """Rows of text; cells that were joined downwards all have the value of the first."""
    wanted: dict[int, set[int]] = {}
    for row in joins.values():
        for top, column in row.values():
            wanted.setdefault(top, set()).add(column)
    held: dict[tuple[int, int], str] = {}
    for at, values in enumerate(rows):
        cells = [_text(value) for value in values]
        for column, source in joins.get(at, {}).items():
            if column < len(cells) and not cells[column]:
                cells[column] = held.get(source, "")
        for column in wanted.get(at, ()):
            held[at, column] = cells[column] if column < len(cells) else ""
        yield at + 1, cells


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a point, days as 2026-03-18."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return clean(str(value))


def clean(value: str) -> str:
    """Text without signs that nobody can see, its ends trimmed, at most so long."""
    if not value.isprintable():
        value = "".join(one for one in value if one in "\n\t" or unicodedata.category(one) not in ("Cc", "Cf", "Cs"))
    return value.strip()[:LONGEST_CELL]


def _csv(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    if "\0" in text:
        raise Refused(errors.NOT_A_SHEET)
    head = text[:20_000]
    if head.lstrip().startswith(("<", "{\\rtf", "%PDF", "#!")):
        raise Refused(errors.NOT_A_SHEET)
    csv.field_size_limit(1 << 20)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(head))
    try:
        for cells in reader:
            yield reader.line_num, [clean(one) for one in cells]
    except csv.Error as error:
        raise Refused(errors.BROKEN) from error


def _decoded(content: bytes) -> str:
    """UTF-8 or UTF-16 by its mark; else UTF-8, if it is; else what Chinese Excel writes (GBK, as GB 18030)."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise Refused(errors.UNREADABLE_TEXT) from error
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if sum(unicodedata.category(one) in ("Cc", "Co", "Cn") and one not in "\r\n\t\f\v" for one in text[:4000]) > 8:
            break
        return text
    raise Refused(errors.NOT_A_SHEET if b"\0" in content else errors.UNREADABLE_TEXT)


def _delimiter(head: str) -> str:
    """What parts the cells of most of the first lines into the same number of them."""
    lines = [line for line in head.splitlines()[:20] if line.strip()]

    def even(one: str) -> tuple[int, int]:
        counts = [line.count(one) for line in lines]
        return sum(count > 0 for count in counts), min((count for count in counts if count), default=0)

    best = max(_DELIMITERS, key=even)
    return best if even(best) > (0, 0) else ","


def _limit() -> None:
    """No more memory and time than a large sheet takes, where the system can say so."""
    try:
        import resource  # noqa: PLC0415 - not everywhere
    except ImportError:
        return
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_CPU, _SECONDS)):
        with suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def main(source: str, target: str) -> None:
    _limit()
    try:
        report = unpack(Path(source).read_bytes(), Path(target))
    except Refused as refused:
        report = {"refused": refused.code, "facts": refused.facts}
    except MemoryError:
        report = {"refused": errors.BOMB, "facts": {"most": MOST_UNPACKED >> 20}}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:3])
