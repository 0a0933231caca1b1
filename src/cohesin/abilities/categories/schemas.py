"""The wire of categories and their links."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cohesin.abilities.entity import EntityType
from cohesin.abilities.translations import Text
from cohesin.kernel.http.models import RequestModel
from cohesin.kernel.http.wire import Instant, Number


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """A category in a list, its text in the reader's language."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    parent_id: UUID | None
    key: str
    filter_id: str | None
    level: Number
    name: str
    description: str | None
    language: str
    usage_count: Number
    created_by: UUID | None
    created_at: Instant
    updated_at: Instant


class Category2(msgspec.Struct, frozen=True, rename="camel"):
    """Categories, and how many there are."""

    data: list[Category]
    returned_count: Number
    total: Number


class Category3(Category, frozen=True, kw_only=True):
    """A category with its translations."""

    translations_i18n: dict[str, Text]


class Category4(msgspec.Struct, frozen=True):
    """A category as an entity's detail names it."""

    id: UUID
    key: str
    name: str


class Entity2(msgspec.Struct, frozen=True, kw_only=True):
    """A category on an entity."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    category_id: UUID
    entity_type: EntityType
    entity_id: UUID
    created_by: UUID | None
    created_at: Instant


class LinkCategoryRequest(RequestModel):
    category_id: UUID
