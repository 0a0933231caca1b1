"""The wire of API keys."""

from __future__ import annotations

import ipaddress
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType
from pydantic import AfterValidator, Field, StringConstraints

from cohesin.kernel.http.models import ABSENT, InstantInput, QueryModel, RequestModel
from cohesin.kernel.http.wire import Instant


def _checked_network(text: str) -> str:
    """An address or range in its canonical form; a single address carries no length.

    Raises:
        ValueError: no address or range, or one with bits set beyond its length.
    """
    network = ipaddress.ip_network(text)
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Description = Annotated[str, StringConstraints(max_length=500)]
Network = Annotated[str, StringConstraints(max_length=50), AfterValidator(_checked_network)]
Networks = Annotated[list[Network], Field(max_length=100)]
Fingerprint = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ResourceRights(msgspec.Struct, frozen=True, kw_only=True):
    """An empty or absent `properties` opens every property."""

    read: bool | UnsetType = UNSET
    write: bool | UnsetType = UNSET
    delete: bool | UnsetType = UNSET
    properties: list[str] | UnsetType = UNSET


class SpaceRights(msgspec.Struct, frozen=True, kw_only=True):
    read: bool | UnsetType = UNSET
    write: bool | UnsetType = UNSET
    delete: bool | UnsetType = UNSET


class ReadRights(msgspec.Struct, frozen=True, kw_only=True):
    read: bool | UnsetType = UNSET


class GeoRights(msgspec.Struct, frozen=True, kw_only=True):
    geocode: bool | UnsetType = UNSET
    reverse_geocode: bool | UnsetType = UNSET


class CalendarRights(msgspec.Struct, frozen=True, kw_only=True):
    free_busy: bool | UnsetType = UNSET
    events: bool | UnsetType = UNSET


class PermissionMap(msgspec.Struct, frozen=True, kw_only=True):
    """What a key may do, by kind of thing; what is not there is refused."""

    resources: ResourceRights | UnsetType = UNSET
    spaces: SpaceRights | UnsetType = UNSET
    tags: ReadRights | UnsetType = UNSET
    categories: ReadRights | UnsetType = UNSET
    typeDefinitions: ReadRights | UnsetType = UNSET  # noqa: N815 - the contract's name
    feedbacks: ReadRights | UnsetType = UNSET
    geo: GeoRights | UnsetType = UNSET
    calendar: CalendarRights | UnsetType = UNSET
    users: ReadRights | UnsetType = UNSET


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    key_uuid: UUID
    key_preview: str
    name: str
    description: str | None
    permissions: PermissionMap
    mcp_write_enabled: bool
    enabled: bool
    expires_at: Instant | None
    ip_whitelist: list[str] | None
    device_fingerprint: str | None
    last_used_at: Instant | None
    last_used_ip: str | None
    request_count: int
    created_by: UUID | None
    created_at: Instant
    updated_at: Instant


class IssuedApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key with its full text, in this answer only."""

    data: ApiKey
    fullKey: str  # noqa: N815 - the contract's name
    message: str


class ResourceRightsInput(RequestModel):
    read: bool = ABSENT
    write: bool = ABSENT
    delete: bool = ABSENT
    properties: list[str] = ABSENT


class SpaceRightsInput(RequestModel):
    read: bool = ABSENT
    write: bool = ABSENT
    delete: bool = ABSENT


class ReadRightsInput(RequestModel):
    read: bool = ABSENT


class GeoRightsInput(RequestModel):
    geocode: bool = ABSENT
    reverse_geocode: bool = ABSENT


class CalendarRightsInput(RequestModel):
    free_busy: bool = ABSENT
    events: bool = ABSENT


class PermissionMapInput(RequestModel):
    resources: ResourceRightsInput = ABSENT
    spaces: SpaceRightsInput = ABSENT
    tags: ReadRightsInput = ABSENT
    categories: ReadRightsInput = ABSENT
    typeDefinitions: ReadRightsInput = ABSENT  # noqa: N815 - the contract's name
    feedbacks: ReadRightsInput = ABSENT
    geo: GeoRightsInput = ABSENT
    calendar: CalendarRightsInput = ABSENT
    users: ReadRightsInput = ABSENT


class CreateApiKeyRequest(RequestModel):
    name: Name
    description: Description = ABSENT
    permissions: PermissionMapInput = Field(default_factory=PermissionMapInput)
    mcp_write_enabled: bool = False
    expires_at: InstantInput = ABSENT
    ip_whitelist: Networks = ABSENT
    device_fingerprint: Fingerprint = ABSENT


class UpdateApiKeyRequest(RequestModel):
    name: Name = ABSENT
    description: Description = ABSENT
    permissions: PermissionMapInput = ABSENT
    mcp_write_enabled: bool = ABSENT
    enabled: bool = ABSENT
    expires_at: InstantInput | None = None
    ip_whitelist: Networks | None = None
    device_fingerprint: Fingerprint | None = None


class RotateQuery(QueryModel):
    gracePeriodSeconds: Annotated[int, Field(ge=0, le=86_400)] = 0  # noqa: N815 - the contract's name


class RotateRequest(RequestModel):
    """Nothing: the key alone is told to change."""
