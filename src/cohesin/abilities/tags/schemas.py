"""The wire of tags and their links."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from pydantic import StringConstraints

from cohesin.abilities.entity import EntityType
from cohesin.kernel.http.models import RequestModel
from cohesin.kernel.http.wire import Instant, Number

TagName = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class Tag2(msgspec.Struct, frozen=True, kw_only=True):
    """A tag in a list, its display name in the reader's language."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    name: str
    display_name: str
    language: str
    usage_count: Number
    persistent: bool
    owner_id: UUID
    owner_type: Literal["user", "group"]
    created_by: UUID | None
    created_at: Instant
    updated_at: Instant


class TagText(msgspec.Struct, frozen=True):
    """A tag's name in a further language."""

    name: str


class Tag5(Tag2, frozen=True, kw_only=True):
    """A tag with its translations."""

    translations_i18n: dict[str, TagText]


class Tag3(msgspec.Struct, frozen=True, rename="camel"):
    """Tags, and how many there are."""

    data: list[Tag2]
    returned_count: Number
    total: Number


class Tag4(msgspec.Struct, frozen=True, kw_only=True):
    """A tag on an entity."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    tag_id: UUID
    entity_type: EntityType
    entity_id: UUID
    created_by: UUID | None
    created_at: Instant


class LinkTagRequest(RequestModel):
    tag_name: TagName
