"""Categories on entities."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from cohesin.abilities.categories import queries
from cohesin.abilities.categories.errors import CategoryLinkExistsError
from cohesin.abilities.categories.schemas import Category2, Entity2
from cohesin.abilities.entity import Entity, person_of
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork


async def require_categories(uow: UnitOfWork, category_ids: list[UUID]) -> None:
    """Raise NotFoundError unless the tenant has them all."""
    if set(category_ids) - await queries.known_categories(uow.conn, uow.tenant_id, category_ids):
        raise NotFoundError


async def list_categories_of(
    uow: UnitOfWork, entity: Entity, entity_id: UUID, languages: list[str]
) -> Category2:
    """The categories of something the caller may read."""
    await entity.access(uow, entity_id, "read")
    found = await queries.list_categories_of(uow.conn, uow.tenant_id, entity.name, entity_id, languages)
    return Category2(found, len(found), len(found))


async def link_category(uow: UnitOfWork, entity: Entity, entity_id: UUID, category_id: UUID) -> Entity2:
    """Put something the caller may write into a category.

    Raises:
        NotFoundError: the tenant does not have the category.
        CategoryLinkExistsError: it is in it already.
    """
    await entity.access(uow, entity_id, "write")
    await require_categories(uow, [category_id])
    return await _link(uow, entity, entity_id, category_id)


async def _link(uow: UnitOfWork, entity: Entity, entity_id: UUID, category_id: UUID) -> Entity2:
    try:
        async with uow.savepoint():
            link = await queries.insert_link(
                uow.conn,
                uow.tenant_id,
                entity.name,
                entity_id,
                category_id,
                new_id(),
                person_of(uow.caller),
                uow.clock.now(),
            )
    except asyncpg.UniqueViolationError:
        raise CategoryLinkExistsError from None
    await _say(uow, entity, entity_id, "category_linked", category_id)
    return link


async def unlink_category(uow: UnitOfWork, entity: Entity, entity_id: UUID, category_id: UUID) -> None:
    """Take something the caller may write out of a category.

    Raises:
        NotFoundError: it is not in it.
    """
    await entity.access(uow, entity_id, "write")
    if not await _unlink(uow, entity, entity_id, category_id):
        raise NotFoundError


async def _unlink(uow: UnitOfWork, entity: Entity, entity_id: UUID, category_id: UUID) -> bool:
    if not await queries.delete_link(uow.conn, uow.tenant_id, entity.name, entity_id, category_id):
        return False
    await _say(uow, entity, entity_id, "category_unlinked", category_id)
    return True


async def replace_categories(
    uow: UnitOfWork, entity: Entity, entity_id: UUID, category_ids: list[UUID]
) -> None:
    """Make these the entity's only categories. The caller's right to write it was checked.

    Raises:
        NotFoundError: the tenant does not have one of them.
    """
    await require_categories(uow, category_ids)
    present = set(await queries.list_category_ids(uow.conn, uow.tenant_id, entity.name, entity_id))
    for category_id in sorted(present - set(category_ids)):
        await _unlink(uow, entity, entity_id, category_id)
    for category_id in sorted(set(category_ids) - present):
        await _link(uow, entity, entity_id, category_id)


async def _say(uow: UnitOfWork, entity: Entity, entity_id: UUID, verb: str, category_id: UUID) -> None:
    await uow.record(
        Event(type=f"{entity.name}.{verb}", entity_id=entity_id, data={"categoryId": str(category_id)})
    )
