"""The wire of health and information about the server."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from cohesin.kernel.http.models import QueryModel
from cohesin.kernel.http.wire import Number

ServiceStatus = Literal["healthy", "degraded", "unhealthy"]
HealthLevel = Literal["basic", "ready", "full"]


class ServiceHealth(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How one part of the server is; the time in milliseconds."""

    status: str
    message: str
    response_time: Number
    timestamp: str


class ExternalApis(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    total: int
    active: int
    status_breakdown: dict[str, int]


class Health(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How the server is, in as much detail as was asked for."""

    status: Literal["ok", "degraded", "healthy"]
    version: str
    timestamp: str
    degraded_services: list[str] | msgspec.UnsetType = msgspec.UNSET
    ready: bool | msgspec.UnsetType = msgspec.UNSET
    environment: str | msgspec.UnsetType = msgspec.UNSET
    services: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    external_apis: ExternalApis | msgspec.UnsetType = msgspec.UNSET
    supabase_url: str | msgspec.UnsetType = msgspec.UNSET


class VersionParts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The release and its numbers. The build's date is left out where it is not known."""

    version: str
    major: Number
    minor: Number
    build: Number
    build_date: str | msgspec.UnsetType = msgspec.UNSET


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """What runs here; the uptime of the answering process in seconds."""

    status: Literal["healthy", "degraded"]
    version: VersionParts
    timestamp: str
    environment: str
    uptime: Number
    services: dict[str, ServiceHealth]


class Readiness(msgspec.Struct, frozen=True):
    ready: bool


class HealthQuery(QueryModel):
    level: HealthLevel = "basic"
