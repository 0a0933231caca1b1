"""The tree of categories: at most ten levels, no cycles, keys unique among siblings."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from cohesin.abilities.categories.schemas import Category2, Category3, Entity2
from cohesin.abilities.categories.service import require_categories
from cohesin.abilities.entity import person_of, visible_links
from cohesin.abilities.languages import check_language
from cohesin.abilities.translations import Text, check_locales, put_translation, replace_translations
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.taxonomy import category_queries as queries
from cohesin.platform.taxonomy.errors import (
    CategoryCycleError,
    CategoryHasChildrenError,
    CategoryInUseError,
    CategoryKeyTakenError,
    CategoryTooDeepError,
    ReplacementIsSelfError,
)
from cohesin.platform.taxonomy.schemas import (
    CategoryI18nRequest,
    CategoryListQuery,
    CategoryTextInput,
    CreateCategoryRequest,
    DeletedCategory,
    I18n2,
    Tree,
    TreeQuery,
    UpdateCategoryRequest,
)

DEEPEST: Final = 9
ENTITY: Final = "category"


async def get_category(uow: UnitOfWork, category_id: UUID) -> Category3:
    """A category in its base language.

    Raises:
        NotFoundError: the tenant does not have it.
    """
    category = await queries.find_category(uow.conn, uow.tenant_id, category_id)
    if category is None:
        raise NotFoundError
    return category


async def list_categories(uow: UnitOfWork, query: CategoryListQuery, languages: list[str]) -> Category2:
    """Categories, newest first."""
    if query.parent_id is not None:
        await require_categories(uow, [query.parent_id])
    page = await queries.CATEGORIES.fetch(uow.conn, query, ["c.tenant_id = $1"], uow.tenant_id, languages)
    return Category2(page.data, len(page.data), page.pagination.total)


async def category_tree(uow: UnitOfWork, query: TreeQuery, languages: list[str]) -> list[Tree]:
    """Categories within one another, siblings by name. Where a filter leaves a parent out, its children are roots."""
    if query.root_id is not None:
        await require_categories(uow, [query.root_id])
    found = await queries.list_branch(uow.conn, uow.tenant_id, languages, query.root_id, query.filter_id)
    nodes = {category.id: Tree(**msgspec.structs.asdict(category), children=[]) for category in found}
    plain = {category_id: msgspec.structs.asdict(node) for category_id, node in nodes.items()}
    roots = []
    for category in found:
        if category.parent_id in plain:
            plain[category.parent_id]["children"].append(plain[category.id])
        else:
            roots.append(nodes[category.id])
    return roots


async def create_category(uow: UnitOfWork, request: CreateCategoryRequest) -> Category3:
    """A category, at the root or under another.

    Raises:
        NotFoundError: the parent is not there.
        CategoryTooDeepError, CategoryKeyTakenError, RuleRefusedError: a rule refuses it.
    """
    await queries.lock_tree(uow.conn, uow.tenant_id)
    level = await _level_under(uow, request.parent_id)
    if level > DEEPEST:
        raise CategoryTooDeepError
    if request.language is not None:
        check_language(request.language, "language")
    columns = {
        "key": request.key,
        "name": request.name,
        "language": request.language,
        "description": request.description,
        "parent_id": request.parent_id,
        "filter_id": request.filter_id,
        "level": level,
        "created_by": person_of(uow.caller),
    }
    category_id = new_id()
    try:
        async with uow.savepoint():
            language = await queries.insert_category(
                uow.conn, uow.tenant_id, category_id, columns, uow.clock.now()
            )
    except asyncpg.UniqueViolationError:
        raise CategoryKeyTakenError from None
    await _set_texts(uow, category_id, language, request.translations_i18n)
    await uow.record(Event(type="category.created", entity_id=category_id, data={"key": request.key}))
    return await get_category(uow, category_id)


async def _level_under(uow: UnitOfWork, parent_id: UUID | None) -> int:
    if parent_id is None:
        return 0
    parent = await queries.find_place(uow.conn, uow.tenant_id, parent_id)
    if parent is None:
        raise NotFoundError
    return parent.level + 1


async def _set_texts(
    uow: UnitOfWork, category_id: UUID, language: str, texts: dict[str, CategoryTextInput] | None
) -> None:
    if texts is None:
        return
    check_locales(language, list(texts))
    values = {locale: Text(text.name, text.description) for locale, text in texts.items()}
    await replace_translations(uow, ENTITY, category_id, values)


async def update_category(uow: UnitOfWork, category_id: UUID, request: UpdateCategoryRequest) -> Category3:
    """Change what the request names; a new parent moves the whole branch.

    Raises:
        CategoryCycleError: the new parent is the category or under it.
        Otherwise as `create_category`.
    """
    await queries.lock_tree(uow.conn, uow.tenant_id)
    before = await get_category(uow, category_id)
    columns: dict[str, Any] = request.model_dump(exclude_unset=True, exclude={"translations_i18n"})
    columns = {name: columns[name] for name in UpdateCategoryRequest.model_fields if name in columns}
    if "language" in columns:
        check_language(columns["language"], "language")
    shift = 0
    if "parent_id" in columns:
        shift = await _shift_to(uow, before, columns["parent_id"])
    try:
        async with uow.savepoint():
            await queries.update_category(uow.conn, uow.tenant_id, category_id, columns, uow.clock.now())
    except asyncpg.UniqueViolationError:
        raise CategoryKeyTakenError from None
    if shift:
        await queries.shift_levels(uow.conn, uow.tenant_id, category_id, shift)
    language = columns.get("language", before.language)
    await _set_texts(uow, category_id, language, request.translations_i18n)
    after = await get_category(uow, category_id)
    check_locales(language, list(after.translations_i18n))
    await uow.record(
        Event(type="category.updated", entity_id=category_id, changes=changes_between(before, after))
    )
    return after


async def _shift_to(uow: UnitOfWork, category: Category3, parent_id: UUID | None) -> int:
    """By how many levels the branch moves."""
    level = await _level_under(uow, parent_id)
    shift = level - int(category.level)
    if parent_id is not None:
        inside, deepest = await queries.find_depth_under(uow.conn, uow.tenant_id, category.id, parent_id)
        if inside:
            raise CategoryCycleError
        if deepest + shift > DEEPEST:
            raise CategoryTooDeepError
    return shift


async def delete_category(uow: UnitOfWork, category_id: UUID, replacement_id: UUID | None) -> DeletedCategory:
    """Delete a category without children; what is in it goes to the replacement.

    Raises:
        CategoryHasChildrenError, CategoryInUseError, ReplacementIsSelfError: it cannot go so.
        NotFoundError: the category or its replacement is not there.
    """
    await queries.lock_tree(uow.conn, uow.tenant_id)
    if await queries.find_place(uow.conn, uow.tenant_id, category_id, lock=True) is None:
        raise NotFoundError
    if replacement_id == category_id:
        raise ReplacementIsSelfError
    if replacement_id is not None:
        await require_categories(uow, [replacement_id])
    if await queries.has_children(uow.conn, uow.tenant_id, category_id):
        raise CategoryHasChildrenError
    relinked = 0
    if await queries.is_used(uow.conn, uow.tenant_id, category_id):
        if replacement_id is None:
            raise CategoryInUseError
        relinked = await queries.relink(uow.conn, uow.tenant_id, category_id, replacement_id)
    await replace_translations(uow, ENTITY, category_id, {})
    await queries.delete_category(uow.conn, uow.tenant_id, category_id)
    replacement = None if replacement_id is None else str(replacement_id)
    await uow.record(
        Event(type="category.deleted", entity_id=category_id, data={"replacementCategoryId": replacement})
    )
    return DeletedCategory(deleted=True, relinked_count=relinked, replacement_category_id=replacement)


async def put_category_text(uow: UnitOfWork, category_id: UUID, request: CategoryI18nRequest) -> I18n2:
    """Set a category's text in one further language.

    Raises:
        RuleRefusedError: that is its base language.
    """
    category = await queries.find_place(uow.conn, uow.tenant_id, category_id, lock=True)
    if category is None:
        raise NotFoundError
    check_locales(category.language, [request.locale], "locale")
    before = (await get_category(uow, category_id)).translations_i18n.get(request.locale)
    stored = await put_translation(
        uow, ENTITY, category_id, request.locale, Text(request.name, request.description)
    )
    changes = {f"translations_i18n.{request.locale}": {"before": before, "after": stored.name}}
    await uow.record(Event(type="category.translated", entity_id=category_id, changes=changes))
    return I18n2(tenantId=uow.tenant_id, category_id=category_id, **msgspec.structs.asdict(stored))


async def list_categorised(uow: UnitOfWork, category_id: UUID, entity_type: str | None) -> list[Entity2]:
    """What is in a category, as far as the caller may see it."""
    await require_categories(uow, [category_id])
    return await visible_links(
        uow, await queries.list_links(uow.conn, uow.tenant_id, category_id, entity_type)
    )
