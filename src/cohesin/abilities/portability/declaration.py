"""What an entity declares to be exported and imported: its columns, how its rows are listed, found, made and changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec

from cohesin.abilities.portability.schemas import EntityType, ImportOptions
from cohesin.kernel.authz import Requirement
from cohesin.kernel.uow import UnitOfWork

Kind = Literal["text", "uuid", "number", "boolean", "list", "map"]
#: A row's values by column: text, number, boolean, a list of texts, a map, or None where the cell is empty.
Record = Mapping[str, Any]


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """One column: its header, what its cells hold, and a note for whoever fills it in.

    `field` is the request's dotted name of it, by which faults find their column. `fixed` ones are given at creation
    only: a row that would change one is faulty. `clearable` ones may be emptied.
    """

    name: str
    kind: Kind = "text"
    note: str = ""
    field: str = ""
    fixed: bool = False
    clearable: bool = True
    required: bool = False


class Portable(msgspec.Struct, frozen=True, kw_only=True):
    """An entity whose rows go into spreadsheets and come back.

    `translated` names the texts that have one column a language, such as `name_de`. `page` lists the rows the caller
    may read, with `id`, columns and translations as they stand; `current` one row, or None where the caller has none of
    that id; `find` the id of what a row without id means, or None where it is new. `create` and `change` go
    through the entity's use cases and so refuse what the API refuses.
    """

    entity_type: EntityType
    columns: tuple[Column, ...]
    translated: tuple[str, ...]
    page: Callable[[UnitOfWork, int, int], Awaitable[Sequence[Record]]]
    current: Callable[[UnitOfWork, UUID], Awaitable[Record | None]]
    find: Callable[[UnitOfWork, Record], Awaitable[UUID | None]]
    create: Callable[[UnitOfWork, Record, ImportOptions], Awaitable[UUID]]
    change: Callable[[UnitOfWork, UUID, Record, ImportOptions], Awaitable[None]]
    reading: Requirement
    writing: Requirement
    defaults: Mapping[str, str] = {}

    @property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}


def spread(texts: Mapping[str, Mapping[str, Any]], parts: Sequence[str]) -> dict[str, str | None]:
    """Translations `{locale: {name, …}}` as columns `name_de`."""
    return {f"{part}_{locale}": text.get(part) for locale, text in texts.items() for part in parts}


def gathered(record: Record, parts: Sequence[str]) -> dict[str, dict[str, str]]:
    """Columns `name_de` as translations; a language whose cells are all empty is left out."""
    found: dict[str, dict[str, str]] = {}
    for name, value in record.items():
        part, _, locale = name.partition("_")
        if part in parts and locale and value is not None:
            found.setdefault(locale, {})[part] = value
    return found
