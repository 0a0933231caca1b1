"""Which groups carry a tag or a category, for the slice of groups."""

from __future__ import annotations

from uuid import UUID

from cohesin.abilities.categories.queries import known_categories
from cohesin.abilities.tags.queries import tag_exists
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.taxonomy import category_queries, tag_queries


async def list_tagged_groups(uow: UnitOfWork, tag_id: UUID) -> list[UUID] | None:
    """The groups with a tag; None where the tenant has no such tag."""
    if not await tag_exists(uow.conn, uow.tenant_id, tag_id):
        return None
    links = await tag_queries.list_links(uow.conn, uow.tenant_id, tag_id, "group")
    return [link.entity_id for link in links]


async def list_categorised_groups(uow: UnitOfWork, category_id: UUID) -> list[UUID] | None:
    """The groups in a category; None where the tenant has no such category."""
    if not await known_categories(uow.conn, uow.tenant_id, [category_id]):
        return None
    links = await category_queries.list_links(uow.conn, uow.tenant_id, category_id, "group")
    return [link.entity_id for link in links]
