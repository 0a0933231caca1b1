"""Cells: values as text and back, and texts that a spreadsheet program would take for formulas made harmless."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from cohesin.abilities.portability.declaration import Column, Kind
from cohesin.abilities.portability.schemas import ErrorCode

# Apostrophes before the mark count too, so that taking one off always gives back the very text.
DANGEROUS: Final = re.compile(r"'*[=+\-@\t\r]")
NEUTRALISED: Final = re.compile(r"'+[=+\-@\t\r]")
TRUE: Final = ("true", "1", "yes")
FALSE: Final = ("false", "0", "no")
UUID_TEXT: Final = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")


class CellError(Exception):
    """A cell that cannot be read."""

    def __init__(self, column: str, message: str, code: ErrorCode = "INVALID_FORMAT") -> None:
        self.column = column
        self.code = code
        self.message = message
        super().__init__(message)


def neutralised(text: str) -> str:
    """The text with an apostrophe before it where it would begin a formula."""
    return f"'{text}" if DANGEROUS.match(text) else text


def restored(text: str) -> str:
    """The text that was neutralised."""
    return text[1:] if NEUTRALISED.match(text) else text


def cell_of(value: Any) -> str | float | bool | None:
    """A value as a cell: lists separated by commas, maps as JSON, numbers and booleans as they are."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        if not value:
            return None
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow([str(item) for item in value])
        return neutralised(text.getvalue())
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else None
    return neutralised(str(value))


def text_of(cell: Any) -> str:
    """A cell as normalised, trimmed text."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return unicodedata.normalize("NFC", restored(str(cell)).strip())


def value_of(column: Column, text: str) -> Any:
    """What a cell's text says in a column; None where it is empty.

    Raises:
        CellError: it is not what the column holds.
    """
    if text == "":
        return None
    if "\x00" in text:
        raise CellError(column.name, "must not contain NUL characters")
    return READERS[column.kind](column, text)


def _text(_column: Column, text: str) -> str:
    return text


def _uuid(column: Column, text: str) -> str:
    if not UUID_TEXT.fullmatch(text):
        raise CellError(column.name, "must be a UUID", "INVALID_UUID")
    return str(UUID(text))


def _boolean(column: Column, text: str) -> bool:
    if text.lower() not in TRUE + FALSE:
        raise CellError(column.name, "must be `true` or `false`")
    return text.lower() in TRUE


def _list(_column: Column, text: str) -> list[str]:
    items = next(csv.reader([text.replace("\r", " ").replace("\n", " ")], skipinitialspace=True), [])
    return [item.strip() for item in items if item.strip()]


def _number(column: Column, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise CellError(column.name, "must be a number") from None
    if not math.isfinite(number):
        raise CellError(column.name, "must be a number")
    return number


def _map(column: Column, text: str) -> dict[str, Any]:
    def refuse(word: str) -> None:
        raise CellError(column.name, f"{word} is no JSON")

    try:
        read = json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise CellError(column.name, "must be JSON") from None
    if not isinstance(read, dict) or "\\u0000" in text:
        raise CellError(column.name, "must be a JSON object without NUL characters")
    return read


READERS: Final[dict[Kind, Callable[[Column, str], Any]]] = {
    "text": _text,
    "uuid": _uuid,
    "number": _number,
    "boolean": _boolean,
    "list": _list,
    "map": _map,
}
