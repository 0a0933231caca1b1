"""Spreadsheet files: XLSX, CSV and TSV, written and read. What a file claims to be is never believed.

An XLSX is a ZIP of XML. It is refused when it would unpack to more than `MAX_UNPACKED` bytes or when a part declares a
document type, which is what entities, internal and external, need. Reading stops at the first row that is too many.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]
from openpyxl import load_workbook

from cohesin.abilities.portability.declaration import Column
from cohesin.abilities.portability.schemas import MAX_ROWS, Format
from cohesin.kernel.errors import RuleRefusedError, UnsupportedMediaTypeError

MAX_UNPACKED: Final = 64 * 1024 * 1024
MAX_PARTS: Final = 1000
MAX_COLUMNS: Final = 1000
#: The longest text that a cell of an XLSX can hold.
MAX_CELL: Final = 32_767
MEDIA: Final[dict[Format, str]] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "tsv": "text/tab-separated-values; charset=utf-8",
}
ZIP_START: Final = b"PK\x03\x04"
ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
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


def read_file(name: str, content: bytes) -> list[list[Any]]:
    """The rows of a file's first sheet, the header first.

    Raises:
        UnsupportedMediaTypeError: neither XLSX nor CSV nor TSV.
        SpreadsheetError: damaged, hostile, too large, or without a row.
    """
    ending = name.rpartition(".")[2].lower()
    if content.startswith(ZIP_START):
        if ending != "xlsx":
            raise UnsupportedMediaTypeError("An XLSX file ends in `.xlsx`.")
        rows = _read_xlsx(content)
    elif ending in ("csv", "tsv"):
        rows = _read_text(content, ending)
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
        return _first(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        raise SpreadsheetError("The file's quoting is broken.") from None


def _first(rows: Iterable[Sequence[Any]]) -> list[list[Any]]:
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


def _read_xlsx(content: bytes) -> list[list[Any]]:
    try:
        _check_archive(content)
        with warnings.catch_warnings():
            # It warns of styles and extensions that it leaves out; only values are read here.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            try:
                if not book.worksheets:
                    raise SpreadsheetError("The file has no sheet.")
                rows = _first(book.worksheets[0].iter_rows(values_only=True))
            finally:
                book.close()
    except SpreadsheetError:
        raise
    except Exception:  # noqa: BLE001 - the reader of a damaged file raises whatever its parts raise
        raise SpreadsheetError("The XLSX file is damaged.") from None
    return [[_unescaped(cell) for cell in row] for row in rows]


def _check_archive(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        # Reading a part never goes past the size it declares.
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise SpreadsheetError("The XLSX file unpacks to more than allowed.")
        for part in parts:
            if part.filename.endswith((".xml", ".rels", ".vml")):
                _check_xml(archive.read(part))


def _check_xml(text: bytes) -> None:
    # UTF-16 has NUL bytes; without them the marks below are found whatever the encoding.
    if b"\x00" in text or b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise SpreadsheetError("The XLSX file declares a document type, which is not allowed.")


def _unescaped(cell: Any) -> Any:
    """Characters that XML cannot hold are written `_x000D_` in an XLSX."""
    if not isinstance(cell, str) or "_x" not in cell:
        return cell
    return ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), cell)
