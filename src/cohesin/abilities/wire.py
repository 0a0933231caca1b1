"""Parts of answers that come from abilities whose links an entity may have."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from cohesin.kernel.http.wire import Number, Uri


class Contact3(msgspec.Struct, frozen=True, kw_only=True):
    """One way to reach somebody linked to an entity."""

    id: UUID
    contact_type: str
    value: str
    label: str | None = None


class MainMedia(msgspec.Struct, frozen=True, kw_only=True):
    """The picture an entity is shown with."""

    id: UUID
    media_file_id: UUID
    is_main: bool
    sort_order: Number
    public_url: Uri
    current_version: Annotated[float, Meta(ge=1)] | None
    has_thumbnails: bool
    thumbnail_url: Uri | None = None
    caption: str | None = None


class Location(msgspec.Struct, frozen=True):
    """A point on earth in decimal degrees (WGS 84)."""

    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]


class TagName(msgspec.Struct, frozen=True):
    """A tag as an entity's detail names it."""

    id: UUID
    name: str
