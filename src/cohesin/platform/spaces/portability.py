"""Spaces as rows of a spreadsheet, with their categories and tags by name."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.abilities.categories.queries import list_repeated_keys
from cohesin.abilities.portability.cells import CellError
from cohesin.abilities.portability.declaration import Column, Portable, Record, gathered, spread
from cohesin.abilities.portability.importing import request_of
from cohesin.abilities.portability.links import categories_called, tags_called
from cohesin.abilities.portability.schemas import ImportOptions
from cohesin.abilities.tags.service import link_tags
from cohesin.kernel.errors import ForbiddenError
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.spaces import queries, service
from cohesin.platform.spaces.access import standing_of, visible_spaces
from cohesin.platform.spaces.entity import SPACE
from cohesin.platform.spaces.schemas import CreateSpaceRequest, Space3, UpdateSpaceRequest

TRANSLATED: Final = ("name", "description")
#: Columns that are fields of the requests, by the request's name of them.
FIELDS: Final = {
    "name": "name",
    "description": "description",
    "language": "language",
    "type": "type",
    "typeDefinitionId": "type_definition_id",
    "status": "status",
    "settings": "settings",
}
PLACE: Final = ("latitude", "longitude")


def _record(space: Space3, repeated: set[str]) -> Record:
    facts = msgspec.to_builtins(space, enc_hook=str)
    place = facts["homeLocation"] or dict.fromkeys(PLACE)
    return {
        "id": facts["id"],
        **{name: facts[name] for name in FIELDS},
        **{name: place[name] for name in PLACE},
        "categories": [one["id"] if one["key"] in repeated else one["key"] for one in facts["categories"]],
        "tags": [tag["name"] for tag in facts["tags"]],
        **spread(facts["translations_i18n"], TRANSLATED),
    }


async def _page(uow: UnitOfWork, limit: int, offset: int) -> list[Record]:
    view = (*standing_of(uow), [], None, None, uow.clock.now())
    repeated = await list_repeated_keys(uow.conn, uow.tenant_id)
    return [_record(space, repeated) for space in await queries.list_details(uow.conn, view, limit, offset)]


async def _current(uow: UnitOfWork, space_id: UUID) -> Record | None:
    if not await visible_spaces(uow, [space_id]):
        return None
    return _record(await service.details_of(uow, space_id), set())


async def _find(_uow: UnitOfWork, _record: Record) -> UUID | None:
    """Names of spaces are not unique: a row without id is a new space."""
    return None


async def _values(
    uow: UnitOfWork, space_id: UUID | None, record: Record, options: ImportOptions
) -> tuple[dict[str, Any], list[str]]:
    """The request's values, and the names of tags that are to be made."""
    values = {field: record[name] for name, field in FIELDS.items() if name in record}
    if any(name in record for name in PLACE):
        place = {name: record.get(name) for name in PLACE}
        values["homeLocation"] = place if any(value is not None for value in place.values()) else None
    missing: list[str] = []
    if "categories" in record:
        values["category_ids"] = await categories_called(uow, record["categories"] or [], "categories")
    if "tags" in record:
        values["tag_ids"], missing = await tags_called(uow, SPACE, space_id, record["tags"] or [])
    if missing and not options.createMissingTags:
        raise CellError("tags", f"There is no tag `{missing[0][:100]}`.", "REFERENCE_NOT_FOUND")
    if any(name.partition("_")[0] in TRANSLATED and name not in FIELDS for name in record):
        values["translations_i18n"] = gathered(record, TRANSLATED)
    return values, missing


async def _create(uow: UnitOfWork, record: Record, options: ImportOptions) -> UUID:
    if not uow.caller.may("spaces:write"):
        raise ForbiddenError
    values, missing = await _values(uow, None, record, options)
    space = await service.create_space(uow, request_of(CreateSpaceRequest, values))
    await _make_tags(uow, space.id, missing)
    return space.id


async def _change(uow: UnitOfWork, space_id: UUID, record: Record, options: ImportOptions) -> None:
    await service.access_space(uow, space_id, "write")
    given = dict(record)
    if any(name in given for name in PLACE):
        current = await _current(uow, space_id) or {}
        given |= {name: current.get(name) for name in PLACE if name not in given}
    values, missing = await _values(uow, space_id, given, options)
    await service.update_space(uow, space_id, request_of(UpdateSpaceRequest, values))
    await _make_tags(uow, space_id, missing)


async def _make_tags(uow: UnitOfWork, space_id: UUID, names: list[str]) -> None:
    if any(len(name) > 100 for name in names):
        raise CellError("tags", "A tag's name has at most 100 characters.", "VALIDATION_ERROR")
    if names:
        await link_tags(uow, SPACE, space_id, names)


SPACES: Final = Portable(
    entity_type="spaces",
    columns=(
        Column(name="id", kind="uuid", note="Empty for a new space", fixed=True),
        Column(name="name", required=True, note="2 to 255 characters, in the space's own language"),
        Column(name="description"),
        Column(name="language", clearable=False, note="Such as en or de-CH"),
        Column(name="type", clearable=False, note="custom, default or system"),
        Column(name="typeDefinitionId", kind="uuid", field="type_definition_id"),
        Column(name="status", clearable=False, note="active, inactive, maintenance, retired or pending"),
        Column(name="settings", kind="map", note="A JSON object"),
        Column(name="latitude", kind="number", field="homeLocation.latitude", note="Degrees, WGS 84"),
        Column(name="longitude", kind="number", field="homeLocation.longitude", note="Degrees, WGS 84"),
        Column(name="categories", kind="list", field="category_ids", note="Keys or names, between commas"),
        Column(name="tags", kind="list", field="tag_ids", note="Names, between commas"),
    ),
    translated=TRANSLATED,
    page=_page,
    current=_current,
    find=_find,
    create=_create,
    change=_change,
    reading=SPACE.reading,
    writing=SPACE.writing,
    defaults={"defaultTypeDefinitionId": "typeDefinitionId", "defaultCategoryId": "categories"},
)
