"""Tags over HTTP."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cohesin.abilities.entity import admin_or_key, entity_of, object_right
from cohesin.abilities.languages import preferred_languages
from cohesin.abilities.portability.operations import attach_portability
from cohesin.abilities.tags.schemas import Tag3, Tag4, Tag5
from cohesin.abilities.tags.service import link_tags, list_tags_of, unlink_tag
from cohesin.kernel.authz import permits
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.surface import platform
from cohesin.platform.taxonomy import tags as service
from cohesin.platform.taxonomy.schemas import (
    Cleanup,
    CloudQuery,
    CloudTag,
    CuratedTagRequest,
    EntityQuery,
    EntityRequest,
    EntityTypeQuery,
    LinkTagsToEntityRequest,
    LinkTagToEntityRequest,
    TagListQuery,
    TagTranslationsRequest,
    TagUpdateInput,
    TagUpdatesRequest,
)
from cohesin.platform.taxonomy.tag_portability import TAGS

tags = platform.tagged("Tags")
BASE: Final = "/api/v1/secure/taxonomy/tags"
READING: Final = permits("tags:read")
WRITING: Final = admin_or_key("tags:write")
LINKING: Final = object_right("tags:write")


@tags.get(f"{BASE}/", permission=READING)
async def list_tags(uow: UnitOfWork, query: TagListQuery, call: Call) -> Tag3:
    """Tags, newest first."""
    return await service.list_tags(uow, query, preferred_languages(query.language, call))


@tags.post(f"{BASE}/curated", permission=WRITING, errors=(ConflictError,))
async def create_curated_tag(uow: UnitOfWork, body: CuratedTagRequest) -> DataOf[Tag5]:
    """Make a tag that stays without being used."""
    return DataOf(await service.create_curated(uow, body))


@tags.post(f"{BASE}/bulk-update", permission=WRITING, status=200)
async def update_tags(uow: UnitOfWork, body: TagUpdatesRequest) -> DataOf[list[Tag5]]:
    """Curate tags or let them go, all or none."""
    return DataOf(await service.update_tags(uow, body.updates))


@tags.post(f"{BASE}/cleanup", permission=WRITING, status=200)
async def clean_up_tags(uow: UnitOfWork) -> DataOf[Cleanup]:
    """Delete the tags that are neither curated nor used."""
    return DataOf(await service.clean_up(uow))


@tags.get(f"{BASE}/cloud", permission=READING)
async def get_tag_cloud(uow: UnitOfWork, query: CloudQuery, call: Call) -> DataOf[list[CloudTag]]:
    """The tags in use, most used first."""
    return DataOf(await service.tag_cloud(uow, query, preferred_languages(query.language, call)))


@tags.get(f"{BASE}/entity", permission=READING)
async def list_entity_tags(uow: UnitOfWork, query: EntityQuery, call: Call) -> DataOf[list[Tag5]]:
    """The tags of one entity."""
    languages = preferred_languages(query.language, call)
    return DataOf(await list_tags_of(uow, entity_of(query.entity_type), query.entity_id, languages))


@tags.post(f"{BASE}/link", permission=LINKING, errors=(ConflictError,))
async def link_entity_tag(uow: UnitOfWork, body: LinkTagToEntityRequest) -> DataOf[Tag4]:
    """Tag an entity; the tag is made where there is none of that name."""
    return DataOf((await link_tags(uow, entity_of(body.entity_type), body.entity_id, [body.tag_name]))[0])


@tags.post(f"{BASE}/link/bulk", permission=LINKING, errors=(ConflictError,))
async def link_entity_tags(uow: UnitOfWork, body: LinkTagsToEntityRequest) -> DataOf[list[Tag4]]:
    """Tag an entity with several tags, all or none."""
    return DataOf(await link_tags(uow, entity_of(body.entity_type), body.entity_id, body.tag_names))


@tags.get(f"{BASE}/{{id}}", permission=READING)
async def get_tag(uow: UnitOfWork, id: UUID) -> DataOf[Tag5]:
    """One tag with its translations."""
    return DataOf(await service.get_tag(uow, id))


@tags.delete(f"{BASE}/{{id}}", permission=WRITING)
async def delete_tag(uow: UnitOfWork, id: UUID) -> None:
    """Delete a tag and take it off everything."""
    await service.delete_tag(uow, id)


@tags.get(f"{BASE}/{{id}}/entities", permission=READING)
async def list_tagged(uow: UnitOfWork, id: UUID, query: EntityTypeQuery) -> DataOf[list[Tag4]]:
    """What has a tag."""
    return DataOf(await service.list_tagged(uow, id, query.entity_type))


@tags.patch(f"{BASE}/{{id}}/translations", permission=LINKING)
async def translate_tag(uow: UnitOfWork, id: UUID, body: TagTranslationsRequest) -> DataOf[Tag5]:
    """Set a tag's names in several languages."""
    return DataOf(await service.translate_tag(uow, id, body.translations))


@tags.delete(f"{BASE}/{{id}}/unlink", permission=LINKING)
async def unlink_entity_tag(uow: UnitOfWork, id: UUID, body: EntityRequest) -> None:
    """Take a tag off an entity; the last use of one that is not curated takes the tag away."""
    await unlink_tag(uow, entity_of(body.entity_type), body.entity_id, id)


@tags.patch(f"{BASE}/{{id}}/upgrade", permission=WRITING)
async def curate_tag(uow: UnitOfWork, id: UUID) -> DataOf[Tag5]:
    """Make a tag curated."""
    return DataOf((await service.update_tags(uow, [TagUpdateInput(id=id, persistent=True)]))[0])


attach_portability(tags, BASE, TAGS)
