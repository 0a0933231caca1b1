"""The wire of spaces."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType
from pydantic import AfterValidator, Field, StringConstraints

from cohesin.abilities.categories.schemas import Category4
from cohesin.abilities.languages import LanguageCode, LanguageQuery
from cohesin.abilities.promotion import PromotionType
from cohesin.abilities.tags.service import normalised
from cohesin.abilities.translations import Text
from cohesin.abilities.wire import Contact3, Location, MainMedia, TagName
from cohesin.kernel.http.models import ABSENT, InstantInput, ListQuery, OpenRequestModel, RequestModel
from cohesin.kernel.http.wire import Instant, Number

SpaceType = Literal["system", "default", "custom"]
SpaceStatus = Literal["active", "inactive", "maintenance", "retired", "pending"]
SpaceRole = Literal["manager", "reader"]
SpaceName = Annotated[str, StringConstraints(min_length=2, max_length=255)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]


class Space2(msgspec.Struct, frozen=True, kw_only=True):
    """A space in a list."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name, as the others below
    name: str
    description: str | None
    language: str
    type: SpaceType
    typeDefinitionId: UUID | None  # noqa: N815
    typeName: str | None  # noqa: N815
    status: SpaceStatus
    manageable: bool
    promotionType: PromotionType  # noqa: N815
    promotionRank: Annotated[int, Meta(ge=1)] | None  # noqa: N815
    promotionStartDate: Instant | None  # noqa: N815
    promotionEndDate: Instant | None  # noqa: N815
    customOrder: Annotated[int, Meta(ge=1)]  # noqa: N815
    created_by: UUID | None
    created_at: Instant
    updated_at: Instant
    translations_i18n: dict[str, Text]
    distanceMeters: Number | None  # noqa: N815
    mainMedia: MainMedia | None  # noqa: N815


class Space3(Space2, frozen=True, kw_only=True):
    """A space with all that is linked to it. Contacts are left out where contacts cannot be linked."""

    settings: dict[str, Any]
    homeLocation: Location | None  # noqa: N815
    categories: list[Category4]
    tags: list[TagName]
    contacts: list[Contact3] | UnsetType = UNSET
    totalVisits: Annotated[int, Meta(ge=0)]  # noqa: N815
    lastVisitedAt: Instant | None  # noqa: N815


class SpaceMember(msgspec.Struct, frozen=True, kw_only=True):
    """A person's role in a space."""

    id: UUID
    space_id: UUID
    user_id: UUID
    role: SpaceRole
    created_at: Instant


class SpaceListQuery(ListQuery):
    search: str | None = None
    sort: str | None = None
    order: Literal["asc", "desc"] | None = None
    language: LanguageCode | None = None
    status: SpaceStatus | None = None
    type: str | None = None
    typeDefinitionId: UUID | None = None  # noqa: N815
    categoryId: UUID | None = None  # noqa: N815
    tagId: UUID | None = None  # noqa: N815
    tag: Annotated[str, AfterValidator(normalised)] | None = None
    manageable: bool | None = None
    created_from: InstantInput | None = None
    created_to: InstantInput | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    radiusMeters: Annotated[float, Field(gt=0, le=20037508)] | None = None  # noqa: N815


class SpaceQuery(LanguageQuery):
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class HomeLocationInput(RequestModel):
    latitude: Latitude
    longitude: Longitude


class SpaceTextInput(OpenRequestModel):
    name: str
    description: str | None = None


class CreateSpaceRequest(RequestModel):
    name: SpaceName
    description: str | None = None
    language: LanguageCode = ABSENT
    type: SpaceType = "custom"
    type_definition_id: UUID | None = None
    status: SpaceStatus = "active"
    settings: dict[str, Any] | None = None
    homeLocation: HomeLocationInput | None = None  # noqa: N815
    category_ids: list[UUID] | None = None
    tag_ids: list[UUID] | None = None
    translations_i18n: dict[str, SpaceTextInput] | None = None


class UpdateSpaceRequest(RequestModel):
    name: SpaceName = ABSENT
    description: str | None = None
    language: LanguageCode = ABSENT
    type: SpaceType = ABSENT
    type_definition_id: UUID | None = None
    status: SpaceStatus = ABSENT
    settings: dict[str, Any] | None = None
    homeLocation: HomeLocationInput | None = None  # noqa: N815
    category_ids: list[UUID] | None = None
    tag_ids: list[UUID] | None = None
    translations_i18n: dict[str, SpaceTextInput] | None = None


class SpaceMemberRequest(RequestModel):
    userId: UUID  # noqa: N815
    role: SpaceRole
