"""Tenants over HTTP."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.authz import SIGNED_IN, SYSTEM_ADMIN, TENANT_ADMIN
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.platform.surface import platform
from cohesin.platform.tenants import service
from cohesin.platform.tenants.schemas import (
    CreateTenantRequest,
    LifecycleRequest,
    LifecycleStep,
    Tenant,
    TenantListQuery,
    UpdateTenantRequest,
    UpgradeRequest,
)

tenants = platform.tagged("Tenants")
BASE = "/api/v1/secure/tenants"


@tenants.get(f"{BASE}/", permission=SIGNED_IN)
async def list_tenants(uow: UnitOfWork, query: TenantListQuery) -> Page[Tenant]:
    """Tenants in the caller's sight, newest first."""
    return await service.list_tenants(uow, query)


@tenants.post(f"{BASE}/", permission=SYSTEM_ADMIN, errors=(ConflictError,))
async def create_tenant(
    units: Units, call: Call, hasher: PasswordHasher, body: CreateTenantRequest
) -> DataOf[Tenant]:
    """Make a tenant with its owner, groups and defaults."""
    password_hash = await hasher.hash(body.ownerPassword)
    async with units.open(call.caller, call.origin) as uow:
        return DataOf(await service.create_tenant(uow, body, password_hash))


@tenants.get(f"{BASE}/{{id}}", permission=SIGNED_IN)
async def get_tenant(uow: UnitOfWork, id: UUID) -> DataOf[Tenant]:
    """One tenant."""
    return DataOf(await service.access_tenant(uow, id))


@tenants.patch(f"{BASE}/{{id}}", permission=TENANT_ADMIN, errors=(ConflictError,))
async def update_tenant(uow: UnitOfWork, id: UUID, body: UpdateTenantRequest) -> DataOf[Tenant]:
    """Change a tenant; what is absent stays."""
    return DataOf(await service.update_tenant(uow, id, body))


@tenants.delete(f"{BASE}/{{id}}", permission=SYSTEM_ADMIN, errors=(ConflictError,))
async def delete_tenant(uow: UnitOfWork, id: UUID) -> None:
    """End a tenant; it is invisible from then on."""
    await service.delete_tenant(uow, id)


@tenants.post(
    f"{BASE}/{{id}}/lifecycle/activate", permission=SYSTEM_ADMIN, status=200, errors=(ConflictError,)
)
async def activate_tenant(uow: UnitOfWork, id: UUID, body: LifecycleRequest) -> DataOf[Tenant]:
    """pending → active, or inactive → active."""
    return DataOf(await service.take_step(uow, id, "activate", reason=body.reason))


@tenants.post(
    f"{BASE}/{{id}}/lifecycle/suspend", permission=SYSTEM_ADMIN, status=200, errors=(ConflictError,)
)
async def suspend_tenant(uow: UnitOfWork, id: UUID, body: LifecycleRequest) -> DataOf[Tenant]:
    """active → inactive."""
    return DataOf(await service.take_step(uow, id, "suspend", reason=body.reason))


@tenants.post(
    f"{BASE}/{{id}}/lifecycle/reactivate", permission=SYSTEM_ADMIN, status=200, errors=(ConflictError,)
)
async def reactivate_tenant(uow: UnitOfWork, id: UUID, body: LifecycleRequest) -> DataOf[Tenant]:
    """inactive → active."""
    return DataOf(await service.take_step(uow, id, "reactivate", reason=body.reason))


@tenants.post(
    f"{BASE}/{{id}}/lifecycle/archive", permission=SYSTEM_ADMIN, status=200, errors=(ConflictError,)
)
async def archive_tenant(uow: UnitOfWork, id: UUID, body: LifecycleRequest) -> DataOf[Tenant]:
    """inactive → retired."""
    return DataOf(await service.take_step(uow, id, "archive", reason=body.reason))


@tenants.post(
    f"{BASE}/{{id}}/lifecycle/upgrade", permission=SYSTEM_ADMIN, status=200, errors=(ConflictError,)
)
async def upgrade_tenant(uow: UnitOfWork, id: UUID, body: UpgradeRequest) -> DataOf[Tenant]:
    """trial → paid → enterprise, one step at a time."""
    return DataOf(
        await service.take_step(uow, id, "upgrade", reason=body.reason, target_type=body.target_type)
    )


@tenants.get(f"{BASE}/{{id}}/lifecycle/history", permission=TENANT_ADMIN)
async def list_tenant_steps(uow: UnitOfWork, id: UUID) -> DataOf[list[LifecycleStep]]:
    """The steps of a tenant's life, newest first."""
    return DataOf(await service.list_steps(uow, id))
