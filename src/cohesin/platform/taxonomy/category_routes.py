"""Categories over HTTP."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cohesin.abilities.categories.schemas import Category2, Category3, Entity2
from cohesin.abilities.categories.service import link_category, list_categories_of, unlink_category
from cohesin.abilities.entity import admin_or_key, entity_of, object_right
from cohesin.abilities.languages import preferred_languages
from cohesin.abilities.portability.operations import attach_portability
from cohesin.kernel.authz import permits
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.surface import platform
from cohesin.platform.taxonomy import categories as service
from cohesin.platform.taxonomy.category_portability import CATEGORIES
from cohesin.platform.taxonomy.schemas import (
    CategoryI18nRequest,
    CategoryListQuery,
    CreateCategoryRequest,
    DeleteCategoryRequest,
    DeletedCategory,
    EntityQuery,
    EntityRequest,
    EntityTypeQuery,
    I18n2,
    LinkCategoryToEntityRequest,
    Tree,
    TreeQuery,
    UpdateCategoryRequest,
)

categories = platform.tagged("Categories")
BASE: Final = "/api/v1/secure/taxonomy/categories"
READING: Final = permits("categories:read")
WRITING: Final = admin_or_key("categories:write")
LINKING: Final = object_right("categories:write")


@categories.get(f"{BASE}/", permission=READING)
async def list_categories(uow: UnitOfWork, query: CategoryListQuery, call: Call) -> Category2:
    """Categories as a flat list, newest first."""
    return await service.list_categories(uow, query, preferred_languages(query.language, call))


@categories.post(f"{BASE}/", permission=WRITING, errors=(ConflictError,))
async def create_category(uow: UnitOfWork, body: CreateCategoryRequest) -> DataOf[Category3]:
    """Make a category."""
    return DataOf(await service.create_category(uow, body))


@categories.get(f"{BASE}/tree", permission=READING)
async def get_category_tree(uow: UnitOfWork, query: TreeQuery, call: Call) -> DataOf[list[Tree]]:
    """Categories within one another."""
    return DataOf(await service.category_tree(uow, query, preferred_languages(query.language, call)))


@categories.get(f"{BASE}/entity", permission=READING)
async def list_entity_categories(uow: UnitOfWork, query: EntityQuery, call: Call) -> Category2:
    """The categories of one entity."""
    languages = preferred_languages(query.language, call)
    return await list_categories_of(uow, entity_of(query.entity_type), query.entity_id, languages)


@categories.get(f"{BASE}/{{id}}", permission=READING)
async def get_category(uow: UnitOfWork, id: UUID) -> DataOf[Category3]:
    """One category with its translations."""
    return DataOf(await service.get_category(uow, id))


@categories.patch(f"{BASE}/{{id}}", permission=WRITING, errors=(ConflictError,))
async def update_category(uow: UnitOfWork, id: UUID, body: UpdateCategoryRequest) -> DataOf[Category3]:
    """Change a category; a new parent moves it with all under it."""
    return DataOf(await service.update_category(uow, id, body))


@categories.delete(f"{BASE}/{{id}}", permission=WRITING, errors=(ConflictError,))
async def delete_category(uow: UnitOfWork, id: UUID, body: DeleteCategoryRequest) -> DataOf[DeletedCategory]:
    """Delete a category; what is in it goes to the replacement."""
    return DataOf(await service.delete_category(uow, id, body.replacement_category_id))


@categories.patch(f"{BASE}/{{id}}/i18n", permission=WRITING)
async def put_category_text(uow: UnitOfWork, id: UUID, body: CategoryI18nRequest) -> DataOf[I18n2]:
    """Set a category's text in one further language."""
    return DataOf(await service.put_category_text(uow, id, body))


@categories.get(f"{BASE}/{{id}}/entities", permission=READING)
async def list_categorised(uow: UnitOfWork, id: UUID, query: EntityTypeQuery) -> DataOf[list[Entity2]]:
    """What is in a category."""
    return DataOf(await service.list_categorised(uow, id, query.entity_type))


@categories.post(f"{BASE}/{{id}}/link", permission=LINKING, errors=(ConflictError,))
async def link_entity_category(
    uow: UnitOfWork, id: UUID, body: LinkCategoryToEntityRequest
) -> DataOf[Entity2]:
    """Put an entity into a category."""
    return DataOf(await link_category(uow, entity_of(body.entity_type), body.entity_id, id))


@categories.delete(f"{BASE}/{{id}}/unlink", permission=LINKING)
async def unlink_entity_category(uow: UnitOfWork, id: UUID, body: EntityRequest) -> None:
    """Take an entity out of a category."""
    await unlink_category(uow, entity_of(body.entity_type), body.entity_id, id)


attach_portability(categories, BASE, CATEGORIES)
