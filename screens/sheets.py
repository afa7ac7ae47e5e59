"""Spreadsheets that leave the house. A text is written as text, whatever it begins with: nothing becomes a formula."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_OPTIONS: Final = {
    "constant_memory": True,  # rows are written down one after the other, however many
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_LONGEST: Final = 32_767  # characters of a cell
_WIDTH: Final = 16


class Sheets:
    """A workbook being written to a file; sheets and their rows one after the other."""

    def __init__(self, path: Path) -> None:
        import xlsxwriter  # noqa: PLC0415 - only where a spreadsheet is written

        self._book = xlsxwriter.Workbook(str(path), _OPTIONS)
        self._bold: Format = self._book.add_format({"bold": True})
        self._day: Format = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._money: Format = self._book.add_format({"num_format": "#,##0.00"})
        self._sheet: Worksheet | None = None
        self._row = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._book.close()

    def sheet(
        self,
        title: str,
        headings: Sequence[str],
        choices: Mapping[int, Sequence[str]] | None = None,
        width: int = _WIDTH,
    ) -> None:
        """Begin a sheet. `choices` offers the words that a column may hold."""
        sheet = self._book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(headings) - 1, 0), width)
        for column, words in (choices or {}).items():
            if len(",".join(words)) <= 255:
                sheet.data_validation(
                    1, column, 5_000, column, {"validate": "list", "source": list(words), "error_type": "warning"}
                )
        self._sheet, self._row = sheet, 0
        self.add(headings, style=self._bold)

    def add(self, cells: Sequence[Any], style: "Format | None" = None) -> None:
        """The next row."""
        assert self._sheet is not None
        for column, value in enumerate(cells):
            self._write(self._sheet, column, value, style)
        self._row += 1

    def _write(self, sheet: "Worksheet", column: int, value: Any, style: "Format | None") -> None:
        if value is None or value == "":
            return
        if isinstance(value, bool):
            sheet.write_boolean(self._row, column, value)
        elif isinstance(value, Decimal):
            sheet.write_number(self._row, column, float(value), self._money)
        elif isinstance(value, int | float):
            sheet.write_number(self._row, column, value)
        elif isinstance(value, date | datetime):
            sheet.write_datetime(self._row, column, value, self._day)  # pyright: ignore[reportArgumentType] - a day will do
        else:
            sheet.write_string(self._row, column, str(value)[:_LONGEST], style)


def sheet_of(title: str, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A sheet of few rows as text, for the outbox: what is written when it is sent (`workbook`). A Decimal is money."""
    plain = [[[str(one)] if isinstance(one, Decimal) else one for one in row] for row in rows]
    return json.dumps({"title": title, "headings": list(headings), "rows": plain}, ensure_ascii=False)


def workbook(text: str) -> bytes:
    """The file of a sheet that `sheet_of` put down: call it in a thread."""
    told: dict[str, Any] = json.loads(text)
    with tempfile.TemporaryDirectory(prefix="rounds-sheet-") as folder:
        path = Path(folder) / "sheet.xlsx"
        with Sheets(path) as made:
            made.sheet(told["title"], told["headings"])
            for row in told["rows"]:
                made.add([Decimal(one[0]) if isinstance(one, list) else one for one in row])
        return path.read_bytes()
