"""The wire of tenants."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import EmailStr, Field, StringConstraints

from cohesin.kernel.http.models import ABSENT, ListQuery, Password, RequestModel
from cohesin.kernel.http.wire import Email, Instant

TenantStatus = Literal["active", "inactive", "maintenance", "retired", "pending"]
TenantType = Literal["system", "trial", "paid", "enterprise"]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
TenantName = Annotated[str, StringConstraints(min_length=2, max_length=255)]
TenantDomainName = Annotated[str, StringConstraints(min_length=2, max_length=255, pattern=r"^[a-z0-9.-]+$")]


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation on the platform."""

    id: UUID
    name: str
    slug: str
    domain: str
    status: TenantStatus
    description: str | None
    type: TenantType
    contact_email: Email | None
    contact_phone: str | None
    settings: dict[str, Any]
    default_language: str
    additional_languages: list[str]
    created_at: Instant
    updated_at: Instant


class LifecycleStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a tenant's life."""

    tenantId: UUID  # noqa: N815 - the contract's name
    from_status: str
    to_status: str
    from_type: str
    to_type: str
    action: str
    reason: str | None
    performed_by: UUID
    created_at: Instant


class TenantListQuery(ListQuery):
    search: str | None = None
    sort: str | None = None
    order: Literal["asc", "desc"] | None = None
    status: TenantStatus | None = None
    type: TenantType | None = None


class CreateTenantRequest(RequestModel):
    name: TenantName
    domain: TenantDomainName
    ownerEmail: EmailStr  # noqa: N815 - the contract's name
    ownerPassword: Annotated[Password, StringConstraints(min_length=8, max_length=100)]  # noqa: N815
    description: Annotated[str, StringConstraints(max_length=1000)] = ABSENT
    type: Literal["trial", "paid", "enterprise"] = "trial"
    contactEmail: EmailStr = ABSENT  # noqa: N815
    contactPhone: Annotated[str, StringConstraints(max_length=50)] = ABSENT  # noqa: N815
    status: TenantStatus = "pending"
    defaultLanguage: Language = "en"  # noqa: N815
    additionalLanguages: list[Language] = Field(default_factory=list)  # noqa: N815
    settings: dict[str, Any] = Field(default_factory=dict)


class UpdateTenantRequest(RequestModel):
    name: TenantName = ABSENT
    domain: TenantDomainName = ABSENT
    status: TenantStatus = ABSENT
    additional_languages: list[Language] = ABSENT
    storage_distribution_strategy: Literal["sequential", "distributed"] = ABSENT
    storage_fallback_chain: list[UUID] = ABSENT
    settings: dict[str, Any] = ABSENT


class LifecycleRequest(RequestModel):
    reason: Annotated[str, StringConstraints(max_length=500)] = ABSENT


class UpgradeRequest(RequestModel):
    target_type: Literal["paid", "enterprise"]
    reason: Annotated[str, StringConstraints(max_length=500)] = ABSENT
