"""Tags as such: curated ones, their names in further languages, how much they are used, and what is left over."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from cohesin.abilities.entity import person_of, visible_links
from cohesin.abilities.languages import check_language
from cohesin.abilities.tags.queries import delete_if_unused, lock_tags
from cohesin.abilities.tags.schemas import Tag3, Tag4, Tag5
from cohesin.abilities.tags.service import normalised, require_tag
from cohesin.abilities.translations import Text, put_translation
from cohesin.kernel.errors import Fault, ForbiddenError, NotFoundError, RuleRefusedError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.groups.service import known_groups
from cohesin.platform.taxonomy import tag_queries as queries
from cohesin.platform.taxonomy.errors import TagExistsError
from cohesin.platform.taxonomy.schemas import (
    Cleanup,
    CloudQuery,
    CloudTag,
    CuratedTagRequest,
    TagListQuery,
    TagTranslationInput,
    TagUpdateInput,
)
from cohesin.platform.users.service import get_member


async def get_tag(uow: UnitOfWork, tag_id: UUID) -> Tag5:
    """A tag in its base language.

    Raises:
        NotFoundError: the tenant does not have it.
    """
    tag = await queries.find_tag(uow.conn, uow.tenant_id, tag_id)
    if tag is None:
        raise NotFoundError
    return tag


async def list_tags(uow: UnitOfWork, query: TagListQuery, languages: list[str]) -> Tag3:
    """Tags, newest first.

    Raises:
        NotFoundError: the owner is neither a person nor a group of the tenant.
    """
    if query.owner_id is not None and not await known_groups(uow, [query.owner_id]):
        await get_member(uow, query.owner_id)
    page = await queries.TAGS.fetch(uow.conn, query, ["t.tenant_id = $1"], uow.tenant_id, languages)
    return Tag3(page.data, len(page.data), page.pagination.total)


async def create_curated(uow: UnitOfWork, request: CuratedTagRequest) -> Tag5:
    """A tag that stays without being used.

    Raises:
        NotFoundError: the group is not there.
        TagExistsError: the group has a tag of that name.
    """
    if request.group_id is not None and not await known_groups(uow, [request.group_id]):
        raise NotFoundError
    tag_id = new_id()
    name, display_name = normalised(request.tag_name), " ".join(request.tag_name.split())
    try:
        async with uow.savepoint():
            await queries.insert_curated(
                uow.conn,
                uow.tenant_id,
                tag_id,
                name,
                display_name,
                request.group_id,
                person_of(uow.caller),
                uow.clock.now(),
            )
    except asyncpg.UniqueViolationError:
        raise TagExistsError from None
    await uow.record(Event(type="tag.created", entity_id=tag_id, data={"name": name, "persistent": True}))
    return await get_tag(uow, tag_id)


async def update_tags(uow: UnitOfWork, updates: list[TagUpdateInput]) -> list[Tag5]:
    """Curate tags or let them go, all or none. One that is unused stays until the next cleanup.

    Raises:
        NotFoundError: the tenant does not have one of them.
    """
    wanted = {update.id for update in updates}
    held = await lock_tags(uow.conn, uow.tenant_id, list(wanted))
    if wanted - {tag.id for tag in held}:
        raise NotFoundError
    for update in updates:
        if update.persistent is None:
            continue
        before = await get_tag(uow, update.id)
        if before.persistent != update.persistent:
            await queries.set_persistent(
                uow.conn, uow.tenant_id, update.id, update.persistent, uow.clock.now()
            )
            changes = changes_between(before, await get_tag(uow, update.id))
            await uow.record(Event(type="tag.updated", entity_id=update.id, changes=changes))
    return [await get_tag(uow, update.id) for update in updates]


async def translate_tag(uow: UnitOfWork, tag_id: UUID, translations: list[TagTranslationInput]) -> Tag5:
    """Set a tag's names in the named languages; in its base language that is its display name.

    Raises:
        ForbiddenError: the caller neither owns the tag nor may write tags.
        RuleRefusedError: a language twice, or none at all.
    """
    await lock_tags(uow.conn, uow.tenant_id, [tag_id])
    before = await get_tag(uow, tag_id)
    if before.owner_id != person_of(uow.caller) and not uow.caller.may("tags:write"):
        raise ForbiddenError
    locales = [text.locale for text in translations]
    if len(set(locales)) < len(locales):
        raise RuleRefusedError(faults=[Fault("translations", "each language at most once")])
    now = uow.clock.now()
    for place, text in enumerate(translations):
        check_language(text.locale, f"translations.{place}.locale")
        if text.locale == before.language:
            await queries.set_display_name(uow.conn, uow.tenant_id, tag_id, text.name, now)
        else:
            await put_translation(uow, "tag", tag_id, text.locale, Text(text.name, None))
    await queries.touch(uow.conn, uow.tenant_id, tag_id, now)
    after = await get_tag(uow, tag_id)
    await uow.record(Event(type="tag.translated", entity_id=tag_id, changes=changes_between(before, after)))
    return after


async def delete_tag(uow: UnitOfWork, tag_id: UUID) -> None:
    """Delete a tag and take it off everything.

    Raises:
        NotFoundError: the tenant does not have it.
    """
    await lock_tags(uow.conn, uow.tenant_id, [tag_id])
    if not await queries.delete_tag(uow.conn, uow.tenant_id, tag_id):
        raise NotFoundError
    await uow.record(Event(type="tag.deleted", entity_id=tag_id))


async def clean_up(uow: UnitOfWork) -> Cleanup:
    """Delete the tags that are neither curated nor used."""
    deleted = 0
    for tag_id in await queries.lock_unused(uow.conn, uow.tenant_id):
        if await delete_if_unused(uow.conn, uow.tenant_id, tag_id):
            deleted += 1
            await uow.record(Event(type="tag.deleted", entity_id=tag_id))
    return Cleanup(deleted)


async def list_tagged(uow: UnitOfWork, tag_id: UUID, entity_type: str | None) -> list[Tag4]:
    """What has a tag, as far as the caller may see it."""
    await require_tag(uow, tag_id)
    return await visible_links(uow, await queries.list_links(uow.conn, uow.tenant_id, tag_id, entity_type))


async def tag_cloud(uow: UnitOfWork, query: CloudQuery, languages: list[str]) -> list[CloudTag]:
    """The tags in use, most used first."""
    return await queries.list_most_used(uow.conn, uow.tenant_id, languages, query.entity_type, query.limit)
