"""Tags on entities: links by name make the tag where there is none, and the last use of one takes it away.

Whoever links or unlinks holds the tag's row first, so that a tag is never deleted under a link that is being made.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from cohesin.abilities.entity import Entity, person_of
from cohesin.abilities.tags import queries
from cohesin.abilities.tags.errors import TagLinkExistsError
from cohesin.abilities.tags.queries import TagKey
from cohesin.abilities.tags.schemas import Tag2, Tag3, Tag4, Tag5
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork


def normalised(name: str) -> str:
    """A tag's name: lower case, single blanks."""
    return " ".join(name.lower().split())


async def require_tag(uow: UnitOfWork, tag_id: UUID) -> None:
    """Raise NotFoundError unless the tenant has the tag."""
    if not await queries.tag_exists(uow.conn, uow.tenant_id, tag_id):
        raise NotFoundError


async def list_tags_of(uow: UnitOfWork, entity: Entity, entity_id: UUID, languages: list[str]) -> list[Tag5]:
    """The tags of something the caller may read."""
    await entity.access(uow, entity_id, "read")
    return await queries.list_tags_of(uow.conn, uow.tenant_id, entity.name, entity_id, languages)


async def summarise_tags_of(uow: UnitOfWork, entity: Entity, entity_id: UUID, languages: list[str]) -> Tag3:
    """As `list_tags_of`, without translations and with the count."""
    tags = [summary_of(tag) for tag in await list_tags_of(uow, entity, entity_id, languages)]
    return Tag3(tags, len(tags), len(tags))


def summary_of(tag: Tag5) -> Tag2:
    facts: dict[str, Any] = {name: getattr(tag, name) for name in Tag2.__struct_fields__}
    return Tag2(**facts)


async def link_tags(uow: UnitOfWork, entity: Entity, entity_id: UUID, names: list[str]) -> list[Tag4]:
    """Tag something the caller may write; a curated tag of a name is taken before a tag of the caller's own.

    Raises:
        TagLinkExistsError: it has one of the tags already; then none is linked.
    """
    await entity.access(uow, entity_id, "write")
    wanted = {normalised(name): " ".join(name.split()) for name in reversed(names)}
    links = {}
    for name in sorted(wanted):
        tag = await _tag_for(uow, name, wanted[name])
        links[name] = await _link(uow, entity, entity_id, tag)
    return [links[name] for name in dict.fromkeys(normalised(name) for name in names)]


async def _tag_for(uow: UnitOfWork, name: str, display_name: str) -> TagKey:
    curated = await queries.find_curated(uow.conn, uow.tenant_id, name)
    if curated is not None:
        return curated
    made_id = new_id()
    person = person_of(uow.caller)
    tag = await queries.put_own_tag(
        uow.conn, uow.tenant_id, made_id, name, display_name, person, uow.clock.now()
    )
    if tag.id == made_id:
        await uow.record(Event(type="tag.created", entity_id=tag.id, data={"name": name}))
    return tag


async def _link(uow: UnitOfWork, entity: Entity, entity_id: UUID, tag: TagKey) -> Tag4:
    try:
        async with uow.savepoint():
            link = await queries.insert_link(
                uow.conn,
                uow.tenant_id,
                entity.name,
                entity_id,
                tag,
                new_id(),
                person_of(uow.caller),
                uow.clock.now(),
            )
    except asyncpg.UniqueViolationError:
        raise TagLinkExistsError from None
    await _say(uow, entity, entity_id, "tag_linked", tag.id)
    return link


async def unlink_tag(uow: UnitOfWork, entity: Entity, entity_id: UUID, tag_id: UUID) -> None:
    """Take a tag off something the caller may write.

    Raises:
        NotFoundError: it does not have the tag.
    """
    await entity.access(uow, entity_id, "write")
    await queries.lock_tags(uow.conn, uow.tenant_id, [tag_id])
    if not await _unlink(uow, entity, entity_id, tag_id):
        raise NotFoundError


async def _unlink(uow: UnitOfWork, entity: Entity, entity_id: UUID, tag_id: UUID) -> bool:
    if not await queries.delete_link(uow.conn, uow.tenant_id, entity.name, entity_id, tag_id):
        return False
    await _say(uow, entity, entity_id, "tag_unlinked", tag_id)
    if await queries.delete_if_unused(uow.conn, uow.tenant_id, tag_id):
        await uow.record(Event(type="tag.deleted", entity_id=tag_id))
    return True


async def replace_tags(uow: UnitOfWork, entity: Entity, entity_id: UUID, tag_ids: list[UUID]) -> None:
    """Make these known tags the entity's only ones. The caller's right to write it was checked.

    Raises:
        NotFoundError: the tenant does not have one of the tags.
    """
    present = set(await queries.list_tag_ids(uow.conn, uow.tenant_id, entity.name, entity_id))
    wanted = set(tag_ids)
    held = {tag.id: tag for tag in await queries.lock_tags(uow.conn, uow.tenant_id, list(present | wanted))}
    if wanted - held.keys():
        raise NotFoundError
    for tag_id in held:
        if tag_id in present - wanted:
            await _unlink(uow, entity, entity_id, tag_id)
    for tag_id, tag in held.items():
        if tag_id in wanted - present:
            await _link(uow, entity, entity_id, tag)


async def _say(uow: UnitOfWork, entity: Entity, entity_id: UUID, verb: str, tag_id: UUID) -> None:
    await uow.record(Event(type=f"{entity.name}.{verb}", entity_id=entity_id, data={"tagId": str(tag_id)}))
