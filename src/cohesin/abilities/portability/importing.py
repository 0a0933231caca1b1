"""Rows of a spreadsheet, one after another through the entity's own use cases, in one transaction.

Each row is whole or not at all. With `skipErrors` (the contract's default) valid rows are kept beside faulty ones; without
it one faulty row undoes them all. A dry run does everything and then undoes it, so that it tells exactly what would be.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import asyncpg
from msgspec import UNSET
from pydantic import BaseModel

from cohesin.abilities.languages import LANGUAGE_PATTERN
from cohesin.abilities.portability.cells import CellError, text_of, value_of
from cohesin.abilities.portability.declaration import Column, Portable
from cohesin.abilities.portability.files import SpreadsheetError
from cohesin.abilities.portability.schemas import ErrorCode, Import, ImportOptions, RowError, Stats
from cohesin.kernel.errors import (
    CohesinError,
    ConflictError,
    Fault,
    InvalidInputError,
    NotFoundError,
    RuleRefusedError,
)
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.models import parse_body
from cohesin.kernel.uow import UnitOfWork, Units

Model = TypeVar("Model", bound=BaseModel)
IDENTIFYING: Final = ("name", "key", "display_name", "id")
#: What a row's message shows of its value at most.
SHOWN: Final = 200


class _UndoneError(Exception):
    """Rolls the unit back; the outcome is known by then."""


def request_of(model: type[Model], values: Mapping[str, Any]) -> Model:
    """A request as the API would have got it in a body.

    Raises:
        InvalidInputError: it breaks the model; names every fault.
    """
    try:
        return parse_body(model, json.dumps(values).encode())
    except RecursionError:
        raise InvalidInputError([Fault("$", "is nested too deeply")]) from None


async def import_rows(
    units: Units, call: Call, portable: Portable, rows: list[list[Any]], options: ImportOptions
) -> Import:
    """Import rows, the header first.

    Raises:
        SpreadsheetError: the header names a column twice, or none that is known.
    """
    run = _Run(portable, rows[0], options)
    numbered = [
        (number, row) for number, row in enumerate(rows[1:], start=2) if any(text_of(cell) for cell in row)
    ]
    try:
        async with units.open(call.caller, call.origin) as uow:
            for number, row in numbered:
                await run.take(uow, number, row)
            run.undo_where_asked()
    except _UndoneError:
        pass
    return run.outcome(len(numbered))


class _Run:
    """One import: what its header means, and what became of its rows so far."""

    def __init__(self, portable: Portable, header: Sequence[Any], options: ImportOptions) -> None:
        self.portable = portable
        self.options = options
        self.names = [text_of(cell) for cell in header]
        self.errors: list[RowError] = []
        self.counts = {"created": 0, "updated": 0, "skipped": 0, "duplicates": 0, "errors": 0}
        self.seen: set[UUID] = set()
        self.columns = self._columns()
        self.warnings = [
            f"Column `{name[:SHOWN]}` is not known and was left out."
            for name in self.names
            if name and name not in self.columns
        ]
        given = options.model_dump(
            include={"defaultTypeDefinitionId", "defaultCategoryId"}, exclude_none=True
        )
        self.warnings += [f"`{name}` does not apply here." for name in given if name not in portable.defaults]
        self.defaults = {
            portable.defaults[name]: value for name, value in given.items() if name in portable.defaults
        }

    def _columns(self) -> dict[str, Column]:
        declared = self.portable.by_name
        found: dict[str, Column] = {}
        for name in self.names:
            part, _, locale = name.partition("_")
            if name in found:
                raise SpreadsheetError(f"The header names `{name}` twice.")
            if name in declared:
                found[name] = declared[name]
            elif part in self.portable.translated and re.fullmatch(LANGUAGE_PATTERN, locale):
                found[name] = Column(name=name)
        if not found:
            known = ", ".join(declared)
            raise SpreadsheetError(f"The header names no known column; there are {known}.")
        return found

    @property
    def undoes(self) -> bool:
        return bool(self.errors) and not self.options.skipErrors

    def undo_where_asked(self) -> None:
        if self.options.dryRun or self.undoes:
            raise _UndoneError

    def outcome(self, total: int) -> Import:
        if self.undoes:
            self.counts |= {"created": 0, "updated": 0}
        return Import(
            success=not self.errors,
            dry_run=self.options.dryRun,
            entity_type=self.portable.entity_type,
            stats=Stats(**self.counts),
            warnings=self.warnings,
            errors=self.errors,
            processed_rows=total,
            total_rows=total,
        )

    async def take(self, uow: UnitOfWork, number: int, row: Sequence[Any]) -> None:
        """Import one row, whole or not at all."""
        texts = {name: text_of(cell) for name, cell in zip(self.names, row, strict=False)}
        faults: list[CellError] = []
        values = self._values(texts, faults)
        creating = values.get("id") is None
        if not faults:
            try:
                async with uow.savepoint():
                    await self._act(uow, values)
            except CellError as error:
                faults = [error]
            except CohesinError as error:
                faults = self._faults(error, creating=creating)
            except (asyncpg.IntegrityConstraintViolationError, asyncpg.DataError):
                faults = [CellError("", "The row could not be stored.", "IMPORT_ERROR")]
        if faults:
            self._note(number, texts, faults)

    def _note(self, number: int, texts: Mapping[str, str], faults: list[CellError]) -> None:
        """Keep what is wrong with a row."""
        self.counts["errors"] += 1
        identifier = next((texts[name] for name in IDENTIFYING if texts.get(name)), f"row {number}")
        for fault in faults:
            value = texts.get(fault.column)
            self.errors.append(
                RowError(
                    row=number,
                    column=fault.column or UNSET,
                    value=value[:SHOWN] if value else UNSET,
                    identifier=identifier[:SHOWN],
                    message=fault.message,
                    code=fault.code,
                )
            )

    def _values(self, texts: Mapping[str, str], faults: list[CellError]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, column in self.columns.items():
            try:
                values[name] = value_of(column, texts.get(name, ""))
            except CellError as error:
                faults.append(error)
        return values

    async def _act(self, uow: UnitOfWork, values: dict[str, Any]) -> None:
        given = values.pop("id", None)
        entity_id = UUID(given) if given is not None else await self.portable.find(uow, values)
        if entity_id is None:
            await self._create(uow, values)
            return
        if entity_id in self.seen:
            self.counts["duplicates"] += 1
            raise CellError("id" if given else "", "The file has this entry already.", "DUPLICATE_ENTRY")
        current = await self.portable.current(uow, entity_id)
        if current is None:
            raise CellError("id", "There is nothing of this id.", "REFERENCE_NOT_FOUND")
        self.seen.add(entity_id)
        if self.options.mergeStrategy == "skip":
            self.counts["duplicates"] += 1
            self.counts["skipped"] += 1
            return
        try:
            await self.portable.change(uow, entity_id, self._changes(values, current), self.options)
        except BaseException:
            self.seen.discard(entity_id)
            raise
        self.counts["updated"] += 1

    async def _create(self, uow: UnitOfWork, values: dict[str, Any]) -> None:
        record = {name: value for name, value in values.items() if value is not None}
        for name, value in self.defaults.items():
            kind = self.portable.by_name[name].kind
            record.setdefault(name, [str(value)] if kind == "list" else str(value))
        for column in self.portable.columns:
            if column.required and column.name not in record:
                raise CellError(column.name, "is required", "REQUIRED_FIELD")
        self.seen.add(await self.portable.create(uow, record, self.options))
        self.counts["created"] += 1

    def _changes(self, values: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
        """What a row changes: columns that stay are left out, an emptied one is None, translations are complete."""
        merging = self.options.mergeStrategy == "merge"
        changes: dict[str, Any] = {}
        declared = self.portable.by_name
        translated = [name for name in values if name not in declared]
        if translated:
            changes = {
                name: value for name, value in current.items() if name not in declared and name != "id"
            }
        for name, value in values.items():
            column = self.columns[name]
            if column.fixed:
                if value is not None and _told(value) != _told(current.get(name)):
                    raise CellError(name, "cannot be changed", "VALIDATION_ERROR")
            elif value is not None:
                kept = current.get(name) or {} if merging and column.kind == "map" else None
                changes[name] = value if kept is None else {**kept, **value}
            elif not merging:
                if column.required:
                    raise CellError(name, "is required", "REQUIRED_FIELD")
                if column.clearable and current.get(name) not in (None, "", [], {}):
                    changes[name] = None
        return changes

    def _faults(self, error: CohesinError, *, creating: bool) -> list[CellError]:
        """An error of a use case as faults of cells, where it tells which."""
        if isinstance(error, InvalidInputError | RuleRefusedError) and error.faults:
            by_rule = isinstance(error, RuleRefusedError)
            return [
                CellError(self._column_of(fault.path), fault.message, _code_of(fault, by_rule=by_rule))
                for fault in error.faults
            ]
        codes: dict[type[CohesinError], ErrorCode] = {
            NotFoundError: "REFERENCE_NOT_FOUND",
            ConflictError: "DUPLICATE_ENTRY",
        }
        code: ErrorCode = next(
            (code for kind, code in codes.items() if isinstance(error, kind)), "VALIDATION_ERROR"
        )
        if creating and isinstance(error, ConflictError):
            self.counts["duplicates"] += 1
        message = (
            "Something the row refers to is not there." if code == "REFERENCE_NOT_FOUND" else error.message
        )
        return [CellError("", message, code)]

    def _column_of(self, path: str) -> str:
        """The column of a request's field: `translations_i18n.de.name` is `name_de`."""
        parts = path.split(".")
        if parts[0] == "translations_i18n" and len(parts) > 1:
            part = parts[2] if len(parts) > 2 else self.portable.translated[0]
            return f"{part}_{parts[1]}"
        for column in self.portable.columns:
            field = column.field or column.name
            if path == field or path.startswith(f"{field}."):
                return column.name
        return ""


def _told(value: Any) -> Any:
    """A fixed value as it is compared: names that never change are kept in lower case."""
    return " ".join(value.lower().split()) if isinstance(value, str) else value


def _code_of(fault: Fault, *, by_rule: bool) -> ErrorCode:
    if fault.message == "Field required":
        return "REQUIRED_FIELD"
    return "VALIDATION_ERROR" if by_rule else "INVALID_FORMAT"
