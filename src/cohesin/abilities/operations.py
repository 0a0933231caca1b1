"""The operations that come with an ability, registered for an entity in one line each.

Each function declares the sub-paths of one ability under an entity's path, such as `/spaces/{id}/tags`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from cohesin.abilities.categories import service as categories
from cohesin.abilities.categories.schemas import Category2, Entity2, LinkCategoryRequest
from cohesin.abilities.entity import Entity
from cohesin.abilities.languages import LanguageQuery, preferred_languages
from cohesin.abilities.promotion import UpdatePromotionRequest, move_to_top, update_promotion
from cohesin.abilities.tags import service as tags
from cohesin.abilities.tags.schemas import LinkTagRequest, Tag3, Tag4
from cohesin.abilities.visits import Reset, ResetVisitsRequest, reset_visits, track_visit
from cohesin.kernel.errors import ConflictError, RuleRefusedError
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.operation import Handler, OperationsOf
from cohesin.kernel.uow import UnitOfWork

Details = Callable[[UnitOfWork, UUID], Awaitable[Any]]


def _declare(declare: Callable[[Handler], Handler], entity: Entity, name: str, handler: Handler) -> None:
    """Register a handler under the entity's own name; every operation has an id of its own."""
    handler.__name__ = name.format(entity.name)
    handler.__doc__ = (handler.__doc__ or "").format(entity.name)
    declare(handler)


def attach_tags(to: OperationsOf, base: str, entity: Entity) -> None:
    """GET and POST `/{id}/tags`, DELETE `/{id}/tags/{tagId}`."""

    async def list_tags(uow: UnitOfWork, id: UUID, query: LanguageQuery, call: Call) -> Tag3:
        """The tags of a {}."""
        return await tags.summarise_tags_of(uow, entity, id, preferred_languages(query.language, call))

    async def link(uow: UnitOfWork, id: UUID, body: LinkTagRequest) -> DataOf[Tag4]:
        """Tag a {}; the tag is made where there is none of that name."""
        return DataOf((await tags.link_tags(uow, entity, id, [body.tag_name]))[0])

    async def unlink(uow: UnitOfWork, id: UUID, tagId: UUID) -> None:  # noqa: N803 - the contract's name
        """Take a tag off a {}."""
        await tags.unlink_tag(uow, entity, id, tagId)

    path = f"{base}/{{id}}/tags"
    _declare(to.get(path, permission=entity.reading), entity, "list_{}_tags", list_tags)
    _declare(
        to.post(path, permission=entity.writing, status=200, errors=(ConflictError,)),
        entity,
        "link_{}_tag",
        link,
    )
    _declare(to.delete(f"{path}/{{tagId}}", permission=entity.writing), entity, "unlink_{}_tag", unlink)


def attach_categories(to: OperationsOf, base: str, entity: Entity) -> None:
    """GET and POST `/{id}/categories`, DELETE `/{id}/categories/{categoryId}`."""

    async def list_categories(uow: UnitOfWork, id: UUID, query: LanguageQuery, call: Call) -> Category2:
        """The categories of a {}."""
        return await categories.list_categories_of(uow, entity, id, preferred_languages(query.language, call))

    async def link(uow: UnitOfWork, id: UUID, body: LinkCategoryRequest) -> DataOf[Entity2]:
        """Put a {} into a category."""
        return DataOf(await categories.link_category(uow, entity, id, body.category_id))

    async def unlink(uow: UnitOfWork, id: UUID, categoryId: UUID) -> None:  # noqa: N803 - the contract's name
        """Take a {} out of a category."""
        await categories.unlink_category(uow, entity, id, categoryId)

    path = f"{base}/{{id}}/categories"
    _declare(to.get(path, permission=entity.reading), entity, "list_{}_categories", list_categories)
    _declare(
        to.post(path, permission=entity.writing, status=200, errors=(ConflictError,)),
        entity,
        "link_{}_category",
        link,
    )
    _declare(
        to.delete(f"{path}/{{categoryId}}", permission=entity.writing), entity, "unlink_{}_category", unlink
    )


def attach_promotion(
    to: OperationsOf, base: str, entity: Entity, table: str, details: Details, shape: Any
) -> None:
    """PATCH `/{id}/promotion` and POST `/{id}/order-top`, which answer the entity as `shape` by `details`."""

    async def promote(uow: UnitOfWork, id: UUID, body: UpdatePromotionRequest) -> Any:
        """Set or clear the promotion of a {}."""
        await update_promotion(uow, entity, table, id, body)
        return DataOf(await details(uow, id))

    async def order_top(uow: UnitOfWork, id: UUID) -> Any:
        """Move a {} to the top of the order made by hand."""
        await move_to_top(uow, entity, table, id)
        return DataOf(await details(uow, id))

    answer = DataOf[shape]
    _declare(
        to.patch(
            f"{base}/{{id}}/promotion", permission=entity.writing, errors=(RuleRefusedError,), answers=answer
        ),
        entity,
        "update_{}_promotion",
        promote,
    )
    _declare(
        to.post(f"{base}/{{id}}/order-top", permission=entity.writing, status=200, answers=answer),
        entity,
        "move_{}_to_top",
        order_top,
    )


def attach_visits(to: OperationsOf, base: str, entity: Entity) -> None:
    """POST `/{id}/visit-metrics/track` and `/{id}/visit-metrics/reset`."""

    async def track(uow: UnitOfWork, id: UUID) -> DataOf[Reset]:
        """Count a visit of a {}."""
        return DataOf(await track_visit(uow, entity, id))

    async def reset(uow: UnitOfWork, id: UUID, body: ResetVisitsRequest) -> DataOf[Reset]:
        """Begin the visit count of a {} anew."""
        return DataOf(await reset_visits(uow, entity, id, body.reason))

    path = f"{base}/{{id}}/visit-metrics"
    _declare(to.post(f"{path}/track", permission=entity.reading, status=200), entity, "track_{}_visit", track)
    _declare(
        to.post(f"{path}/reset", permission=entity.writing, status=200), entity, "reset_{}_visits", reset
    )
