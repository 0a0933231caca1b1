"""Categories as rows of a spreadsheet, parents before those under them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.abilities.categories.schemas import Category3
from cohesin.abilities.entity import admin_or_key
from cohesin.abilities.portability.declaration import Column, Portable, Record, gathered, spread
from cohesin.abilities.portability.importing import request_of
from cohesin.abilities.portability.schemas import ImportOptions
from cohesin.kernel.authz import permits
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.taxonomy import categories as service
from cohesin.platform.taxonomy import category_queries as queries
from cohesin.platform.taxonomy.schemas import CreateCategoryRequest, UpdateCategoryRequest

TRANSLATED: Final = ("name", "description")
OWN: Final = ("key", "parent_id", "filter_id", "name", "description", "language")


def _record(category: Category3) -> Record:
    facts = msgspec.to_builtins(category, enc_hook=str)
    own = {name: facts[name] for name in ("id", *OWN)}
    return {**own, **spread(facts["translations_i18n"], TRANSLATED)}


async def _page(uow: UnitOfWork, limit: int, offset: int) -> list[Record]:
    found = await queries.list_details(uow.conn, uow.tenant_id, limit, offset)
    return [_record(category) for category in found]


async def _current(uow: UnitOfWork, category_id: UUID) -> Record | None:
    found = await queries.find_category(uow.conn, uow.tenant_id, category_id)
    return None if found is None else _record(found)


async def _find(uow: UnitOfWork, record: Record) -> UUID | None:
    parent = record.get("parent_id")
    return await queries.find_id_by_key(
        uow.conn, uow.tenant_id, None if parent is None else UUID(parent), record.get("key") or ""
    )


def _values(record: Record) -> dict[str, Any]:
    values = {name: record[name] for name in OWN if name in record}
    if any(name.partition("_")[0] in TRANSLATED and name not in OWN for name in record):
        values["translations_i18n"] = gathered(record, TRANSLATED)
    return values


async def _create(uow: UnitOfWork, record: Record, _options: ImportOptions) -> UUID:
    return (await service.create_category(uow, request_of(CreateCategoryRequest, _values(record)))).id


async def _change(uow: UnitOfWork, category_id: UUID, record: Record, _options: ImportOptions) -> None:
    await service.update_category(uow, category_id, request_of(UpdateCategoryRequest, _values(record)))


CATEGORIES: Final = Portable(
    entity_type="categories",
    columns=(
        Column(name="id", kind="uuid", note="Empty for a new category", fixed=True),
        Column(
            name="key", required=True, note="Lower case letters, digits and hyphens; unique among siblings"
        ),
        Column(name="parent_id", kind="uuid", note="The id of the category this one is under"),
        Column(name="filter_id", note="Groups categories for filtering"),
        Column(name="name", required=True, note="In the category's own language"),
        Column(name="description"),
        Column(name="language", clearable=False, note="Such as en or de-CH"),
    ),
    translated=TRANSLATED,
    page=_page,
    current=_current,
    find=_find,
    create=_create,
    change=_change,
    reading=permits("categories:read"),
    writing=admin_or_key("categories:write"),
)
