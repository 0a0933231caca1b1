"""Tags as rows of a spreadsheet. A tag keeps its name, its owner and its language for good."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from cohesin.abilities.entity import admin_or_key
from cohesin.abilities.portability.cells import CellError
from cohesin.abilities.portability.declaration import Column, Portable, Record, gathered, spread
from cohesin.abilities.portability.importing import request_of
from cohesin.abilities.portability.schemas import ImportOptions
from cohesin.abilities.tags.schemas import Tag5
from cohesin.abilities.tags.service import normalised
from cohesin.kernel.authz import permits
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.taxonomy import tag_queries as queries
from cohesin.platform.taxonomy import tags as service
from cohesin.platform.taxonomy.schemas import (
    CuratedTagRequest,
    TagTranslationInput,
    TagTranslationsRequest,
    TagUpdateInput,
)

TRANSLATED: Final = ("name",)
OWN: Final = ("id", "name", "display_name", "language", "persistent", "owner_id")


def _record(tag: Tag5) -> Record:
    facts = msgspec.to_builtins(tag, enc_hook=str)
    own = {name: facts[name] for name in OWN}
    return {**own, **spread(facts["translations_i18n"], TRANSLATED)}


async def _page(uow: UnitOfWork, limit: int, offset: int) -> list[Record]:
    return [_record(tag) for tag in await queries.list_details(uow.conn, uow.tenant_id, limit, offset)]


async def _current(uow: UnitOfWork, tag_id: UUID) -> Record | None:
    found = await queries.find_tag(uow.conn, uow.tenant_id, tag_id)
    return None if found is None else _record(found)


async def _find(uow: UnitOfWork, record: Record) -> UUID | None:
    name, owner = record.get("name") or record.get("display_name") or "", record.get("owner_id")
    return await queries.find_id_by_name(
        uow.conn, uow.tenant_id, normalised(name), None if owner is None else UUID(owner)
    )


async def _create(uow: UnitOfWork, record: Record, options: ImportOptions) -> UUID:
    shown = record.get("display_name", record["name"])
    if normalised(shown) != normalised(record["name"]):
        shown = record["name"]
    values = {"tag_name": shown}
    if "owner_id" in record:
        values["group_id"] = record["owner_id"]
    made = await service.create_curated(uow, request_of(CuratedTagRequest, values))
    language = record.get("language", made.language)
    if language != made.language:
        raise CellError("language", f"tags begin in {made.language}", "VALIDATION_ERROR")
    await _change(uow, made.id, record, options)
    return made.id


async def _change(uow: UnitOfWork, tag_id: UUID, record: Record, _options: ImportOptions) -> None:
    before = await service.get_tag(uow, tag_id)
    if record.get("persistent") is not None and record["persistent"] != before.persistent:
        await service.update_tags(uow, [TagUpdateInput(id=tag_id, persistent=record["persistent"])])
    present = {locale: text["name"] for locale, text in gathered(_record(before), TRANSLATED).items()}
    wanted = {locale: text["name"] for locale, text in gathered(record, TRANSLATED).items()}
    if record.get("display_name"):
        present[before.language] = before.display_name
        if before.language in wanted:
            raise CellError(f"name_{before.language}", "is the tag's `display_name`", "VALIDATION_ERROR")
        wanted[before.language] = record["display_name"]
    different = {locale: name for locale, name in wanted.items() if present.get(locale) != name}
    if different:
        texts = [{"locale": locale, "name": name} for locale, name in different.items()]
        request = request_of(TagTranslationsRequest, {"translations": texts})
        checked: list[TagTranslationInput] = request.translations
        await service.translate_tag(uow, tag_id, checked)


TAGS: Final = Portable(
    entity_type="tags",
    columns=(
        Column(name="id", kind="uuid", note="Empty for a new tag", fixed=True),
        Column(name="name", field="tag_name", fixed=True, required=True, note="Lower case; never changes"),
        Column(name="display_name", clearable=False, note="As it is shown, in the tag's own language"),
        Column(name="language", fixed=True),
        Column(name="persistent", kind="boolean", clearable=False, note="Stays without being used"),
        Column(name="owner_id", kind="uuid", field="group_id", fixed=True, note="The group that owns it"),
    ),
    translated=TRANSLATED,
    page=_page,
    current=_current,
    find=_find,
    create=_create,
    change=_change,
    reading=permits("tags:read"),
    writing=admin_or_key("tags:write"),
)
