"""The wire of exports and imports."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import Field

from cohesin.abilities.languages import LanguageCode
from cohesin.kernel.http.models import ListQuery, OpenRequestModel
from cohesin.kernel.http.wire import Number

MAX_ROWS = 10_000
Format = Literal["xlsx", "csv", "tsv"]
EntityType = Literal[
    "resources",
    "spaces",
    "categories",
    "tags",
    "contacts",
    "groups",
    "type_definitions",
    "message_templates",
]
ErrorCode = Literal[
    "INVALID_FORMAT",
    "REQUIRED_FIELD",
    "INVALID_UUID",
    "DUPLICATE_ENTRY",
    "REFERENCE_NOT_FOUND",
    "VALIDATION_ERROR",
    "IMPORT_ERROR",
    "FILE_ERROR",
]
Strategy = Literal["skip", "replace", "merge"]


class ExportQuery(ListQuery):
    """`language` leaves only that language's translation columns."""

    format: Format = "xlsx"
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS)] = MAX_ROWS
    language: LanguageCode | None = None


class ImportOptions(OpenRequestModel):
    """How to import: what becomes of rows that are there already, and of the valid rows beside faulty ones."""

    dryRun: bool = False  # noqa: N815 - the contract's name, as the others below
    mergeStrategy: Strategy = "skip"  # noqa: N815
    skipErrors: bool = True  # noqa: N815
    defaultTypeDefinitionId: UUID | None = None  # noqa: N815
    defaultCategoryId: UUID | None = None  # noqa: N815
    createMissingTags: bool = False  # noqa: N815


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the rows, or would have."""

    created: Number
    updated: Number
    skipped: Number
    duplicates: Number
    errors: Number


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with one row. `row` counts from 1, the header included."""

    identifier: str
    message: str
    code: ErrorCode
    row: Number | UnsetType = UNSET
    column: str | UnsetType = UNSET
    value: str | UnsetType = UNSET


class Import(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The outcome of an import; `success` where no row was faulty."""

    success: bool
    dry_run: bool
    entity_type: EntityType
    stats: Stats
    warnings: list[str]
    errors: list[RowError]
    processed_rows: Number
    total_rows: Number
