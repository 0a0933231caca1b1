"""Spreadsheet files: XLSX, CSV and TSV, written and read. What a file claims to be is never believed."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]

from cohesin.abilities.portability.declaration import Column
from cohesin.abilities.portability.schemas import MAX_ROWS, Format
from cohesin.kernel.errors import RuleRefusedError, UnsupportedMediaTypeError
from cohesin.kernel.late import LateFunction
from cohesin.kernel.processes import ProcessDiedError, ProcessFailedError, ProcessRunner

MAX_COLUMNS: Final = 1000
#: The longest text that a cell of an XLSX can hold.
MAX_CELL: Final = 32_767
MEDIA: Final[dict[Format, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
}
ZIP_START: Final = b"PK\x03\x04"
read_workbook = LateFunction[list[list[Any]]]("cohesin.abilities.portability.workbooks", "read_workbook")
csv.field_size_limit(16 * 1024 * 1024)


class SpreadsheetError(RuleRefusedError):
    """The file as a whole cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message, details={"code": "FILE_ERROR"})


def write_file(kind: Format, sheet: str, headers: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    """A file with a header and the rows' cells.

    Raises:
        SpreadsheetError: a text is longer than a cell of an XLSX can hold.
    """
    if kind == "xlsx":
        return _write_xlsx(sheet, headers, rows)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t" if kind == "tsv" else ",")
    writer.writerow([column.name for column in headers])
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _plain(cell: Any) -> Any:
    return ("true" if cell else "false") if isinstance(cell, bool) else cell


def _write_xlsx(sheet: str, headers: Sequence[Column], rows: Iterable[Sequence[Any]]) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(
        content, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet(sheet)
    for place, column in enumerate(headers):
        page.write_string(0, place, column.name)
        if column.note:
            page.write_comment(0, place, column.note)
    too_long = False
    for number, row in enumerate(rows, start=1):
        for place, cell in enumerate(row):
            if isinstance(cell, bool):
                page.write_boolean(number, place, cell)
            elif isinstance(cell, int | float) and float(f"{cell:.16G}") == cell:
                page.write_number(number, place, cell)
            elif cell is not None:
                # A number of 17 digits stands as text, for the writer would round it.
                text = str(cell)
                too_long = too_long or len(text) > MAX_CELL
                page.write_string(number, place, text)
    book.close()
    if too_long:
        raise SpreadsheetError("A text is too long for a cell of an XLSX file; export CSV instead.")
    return content.getvalue()


async def read_file(processes: ProcessRunner, name: str, content: bytes) -> list[list[Any]]:
    """The rows of a file's first sheet, the header first.

    An XLSX is read in a process of its own: a hostile one can harm nothing else, and its reader is heavy.

    Raises:
        UnsupportedMediaTypeError: neither XLSX nor CSV nor TSV.
        SpreadsheetError: damaged, hostile, too large, or without a row.
    """
    ending = name.rpartition(".")[2].lower()
    if content.startswith(ZIP_START):
        if ending != "xlsx":
            raise UnsupportedMediaTypeError("An XLSX file ends in `.xlsx`.")
        try:
            rows = await processes.run(read_workbook, content)
        except (ProcessDiedError, ProcessFailedError):
            raise SpreadsheetError("The XLSX file cannot be read.") from None
    elif ending in ("csv", "tsv"):
        rows = await asyncio.to_thread(_read_text, content, ending)
    elif ending == "xlsx":
        raise SpreadsheetError("The file is no XLSX file.")
    else:
        raise UnsupportedMediaTypeError("Import takes XLSX, CSV and TSV files.")
    if not rows:
        raise SpreadsheetError("The file has no header row.")
    return rows


def _read_text(content: bytes, ending: str) -> list[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpreadsheetError("The file is not UTF-8 text.") from None
    header = text.partition("\n")[0]
    # Spreadsheet programs write semicolons where a comma parts the decimals.
    delimiter = "\t" if ending == "tsv" else max(",;", key=header.count)
    try:
        return first_rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise SpreadsheetError("The file's quoting is broken.") from None


def first_rows(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
    """All rows, without the empty cells and rows at their ends. They are counted as they stand, empty ones too.

    Raises:
        SpreadsheetError: more rows or columns than allowed.
    """
    found: list[list[Any]] = []
    for number, row in enumerate(rows):
        if number > MAX_ROWS:
            raise SpreadsheetError(f"The file has more than {MAX_ROWS} rows.")
        found.append(_trimmed(row))
        if len(found[-1]) > MAX_COLUMNS:
            raise SpreadsheetError(f"The file has more than {MAX_COLUMNS} columns.")
    while found and not found[-1]:
        found.pop()
    return found


def _trimmed(row: Sequence[Any]) -> list[Any]:
    end = len(row)
    while end and row[end - 1] in (None, ""):
        end -= 1
    return list(row[:end])
