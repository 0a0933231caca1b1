"""GET `/export` and POST `/import` of an entity, declared in one line."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from cohesin.abilities.portability.cells import cell_of
from cohesin.abilities.portability.declaration import Column, Portable, Record
from cohesin.abilities.portability.files import MEDIA, read_file, write_file
from cohesin.abilities.portability.form import MAX_FORM, read_form
from cohesin.abilities.portability.importing import import_rows
from cohesin.abilities.portability.schemas import ExportQuery, Import
from cohesin.kernel.errors import PayloadTooLargeError, RuleRefusedError, UnsupportedMediaTypeError
from cohesin.kernel.http.answers import DataOf, RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.disposition import attachment
from cohesin.kernel.http.operation import OperationsOf
from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.uow import Units


def headers_of(portable: Portable, rows: Sequence[Record], language: str | None) -> list[Column]:
    """The declared columns, then one for each text and language that the rows are translated into."""
    declared = portable.by_name
    found = {name for row in rows for name in row if name not in declared}
    if language is not None:
        found = {name for name in found if name.partition("_")[2] == language}
    order = {part: place for place, part in enumerate(portable.translated)}
    names = sorted(
        found, key=lambda name: (name.partition("_")[2], order.get(name.partition("_")[0], len(order)))
    )
    translations = [Column(name=name, note=f"Translation: {name.partition('_')[2]}") for name in names]
    return [*portable.columns, *translations]


def attach_portability(to: OperationsOf, base: str, portable: Portable) -> None:
    """Let an entity be exported to spreadsheets and imported from them."""

    async def export(units: Units, query: ExportQuery, call: Call) -> RawAnswer:
        """A spreadsheet of what the caller may read."""
        async with units.open(call.caller, call.origin) as uow:
            rows = await portable.page(uow, query.limit, query.offset)
        headers = headers_of(portable, rows, query.language)
        cells = ([cell_of(row.get(column.name)) for column in headers] for row in rows)
        content = await asyncio.to_thread(write_file, query.format, portable.entity_type, headers, cells)
        name = f"{portable.entity_type}.{query.format}"
        return RawAnswer(
            content=content,
            media_type=MEDIA[query.format],
            headers={"Content-Disposition": attachment(name)},
        )

    async def take_in(units: Units, call: Call, processes: ProcessRunner) -> DataOf[Import]:
        """Import a spreadsheet: rows are made or changed as the API would, and every fault is named."""
        form = read_form(call)
        rows = await read_file(processes, form.file_name, form.content)
        return DataOf(await import_rows(units, call, portable, rows, form.options))

    media = {kind.partition(";")[0]: "" for kind in MEDIA.values()}
    _named(export, f"export_{portable.entity_type}")
    _named(take_in, f"import_{portable.entity_type}")
    to.get(f"{base}/export", permission=portable.reading, media=media, errors=(RuleRefusedError,))(export)
    to.post(
        f"{base}/import",
        permission=portable.writing,
        status=200,
        multipart=True,
        body_limit=MAX_FORM,
        errors=(PayloadTooLargeError, UnsupportedMediaTypeError, RuleRefusedError),
    )(take_in)


def _named(handler: Any, name: str) -> None:
    """Every operation has an id of its own."""
    handler.__name__ = name
