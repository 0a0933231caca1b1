"""The wire of categories and tags as such."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field, StringConstraints

from cohesin.abilities.categories.schemas import Category3
from cohesin.abilities.entity import EntityType
from cohesin.abilities.languages import LanguageCode, LanguageQuery
from cohesin.abilities.tags.schemas import TagName
from cohesin.kernel.http.models import ABSENT, ListQuery, OpenRequestModel, QueryModel
from cohesin.kernel.http.wire import Instant, Number

CategoryKey = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$", min_length=1, max_length=100)]
CategoryName = Annotated[str, StringConstraints(min_length=1, max_length=200)]
BaseLanguage = Annotated[str, StringConstraints(min_length=2, max_length=5)]
FilterId = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class I18n2(msgspec.Struct, frozen=True, kw_only=True):
    """A category's text in one further language."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    category_id: UUID
    locale: str
    name: str
    description: str | None
    created_at: Instant
    updated_at: Instant


class Tree(Category3, frozen=True, kw_only=True):
    """A category with those under it."""

    children: list[dict[str, Any]]


class DeletedCategory(msgspec.Struct, frozen=True):
    """What became of a category's links."""

    deleted: bool
    relinked_count: Number
    replacement_category_id: str | None


class CloudTag(msgspec.Struct, frozen=True):
    """A tag and how often it is used."""

    tag_id: UUID
    tag_name: str
    display_name: str
    count: Number


class Cleanup(msgspec.Struct, frozen=True):
    deleted_count: Number


class TaxonomyListQuery(ListQuery):
    limit: Annotated[int, Field(ge=1, le=500)] = 100
    search: str | None = None
    language: LanguageCode | None = None


class CategoryListQuery(TaxonomyListQuery):
    parent_id: UUID | None = None
    filter_id: str | None = None
    level: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class TagListQuery(TaxonomyListQuery):
    persistent: bool | None = None
    owner_id: UUID | None = None


class TreeQuery(LanguageQuery):
    filter_id: str | None = None
    root_id: UUID | None = None


class CloudQuery(LanguageQuery):
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    entity_type: EntityType | None = None


class EntityTypeQuery(QueryModel):
    entity_type: EntityType | None = None


class EntityQuery(LanguageQuery):
    entity_type: EntityType
    entity_id: UUID


class CategoryTextInput(OpenRequestModel):
    name: CategoryName
    description: str = ABSENT


class CreateCategoryRequest(OpenRequestModel):
    key: CategoryKey
    name: CategoryName
    language: BaseLanguage = ABSENT
    description: str | None = None
    parent_id: UUID | None = None
    filter_id: FilterId | None = None
    translations_i18n: dict[str, CategoryTextInput] = ABSENT


class UpdateCategoryRequest(OpenRequestModel):
    key: CategoryKey = ABSENT
    name: CategoryName = ABSENT
    language: BaseLanguage = ABSENT
    description: str | None = None
    parent_id: UUID | None = None
    filter_id: FilterId | None = None
    translations_i18n: dict[str, CategoryTextInput] = ABSENT


class DeleteCategoryRequest(OpenRequestModel):
    replacement_category_id: UUID = ABSENT


class CategoryI18nRequest(OpenRequestModel):
    locale: Literal["de", "en", "fr", "it"]
    name: CategoryName
    description: str = ABSENT


class EntityRequest(OpenRequestModel):
    entity_type: EntityType
    entity_id: UUID


class LinkCategoryToEntityRequest(EntityRequest):
    preferredLanguage: str = ABSENT  # noqa: N815 - the contract's name


class LinkTagToEntityRequest(EntityRequest):
    tag_name: TagName


class LinkTagsToEntityRequest(EntityRequest):
    tag_names: Annotated[list[TagName], Field(min_length=1, max_length=50)]


class CuratedTagRequest(OpenRequestModel):
    tag_name: TagName
    group_id: UUID = ABSENT


class TagTranslationInput(OpenRequestModel):
    locale: Annotated[str, StringConstraints(min_length=2, max_length=5)]
    name: CategoryName


class TagTranslationsRequest(OpenRequestModel):
    translations: list[TagTranslationInput]


class TagUpdateInput(OpenRequestModel):
    id: UUID
    persistent: bool = ABSENT


class TagUpdatesRequest(OpenRequestModel):
    updates: Annotated[list[TagUpdateInput], Field(min_length=1, max_length=100)]
