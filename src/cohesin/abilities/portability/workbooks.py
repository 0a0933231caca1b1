"""Reading XLSX, a ZIP of XML.

It is refused when it would unpack to more than `MAX_UNPACKED` bytes, or when a part declares a document type, which is
what entities, internal and external, need. Reading stops at the first row that is too many. Heavy to import: others name
it by a `LateFunction`.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from typing import Any, Final

from openpyxl import load_workbook

from cohesin.abilities.portability.files import SpreadsheetError, first_rows

MAX_UNPACKED: Final = 64 * 1024 * 1024
MAX_PARTS: Final = 1000
ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def read_workbook(content: bytes) -> list[list[Any]]:
    """The rows of the first sheet, the header first.

    Raises:
        SpreadsheetError: damaged, hostile or too large.
    """
    try:
        _check_archive(content)
        with warnings.catch_warnings():
            # It warns of styles and extensions that it leaves out; only values are read here.
            warnings.simplefilter("ignore")
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            try:
                if not book.worksheets:
                    raise SpreadsheetError("The file has no sheet.")
                rows = first_rows(book.worksheets[0].iter_rows(values_only=True))
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
