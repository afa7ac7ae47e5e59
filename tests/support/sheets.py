"""Spreadsheets as people send them, and reading those that they get back."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"


def xlsx(rows: Iterable[Sequence[Any]], joined: Sequence[tuple[int, int, int, int, str]] = ()) -> bytes:
    """A workbook of one sheet; `joined` are cells that were merged: top, left, bottom, right, text."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("客户")
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(at, column, value)
    for top, left, bottom, right, text in joined:
        sheet.merge_range(top, left, bottom, right, text)
    book.close()
    return buffer.getvalue()


def csv_of(rows: Iterable[Sequence[str]], encoding: str = "utf-8") -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(rows)
    return buffer.getvalue().encode(encoding)


def read(content: bytes, sheet: int = 0) -> list[list[Any]]:
    """The rows of a workbook."""
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(sheet).to_python()
