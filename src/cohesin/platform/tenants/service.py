"""The front door of tenants: make, see, change and end organisations."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from cohesin.kernel.caller import Role
from cohesin.kernel.errors import ForbiddenError, NotFoundError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.tenants import events, queries
from cohesin.platform.tenants.errors import DomainTakenError, SystemTenantError
from cohesin.platform.tenants.rules import Standing, Step, next_standing, slug_of
from cohesin.platform.tenants.schemas import (
    CreateTenantRequest,
    LifecycleStep,
    Tenant,
    TenantListQuery,
    UpdateTenantRequest,
)
from cohesin.platform.users.service import Founding, create_member, found_groups

assert events

DONE: Final[dict[Step, str]] = {
    "activate": "activated",
    "suspend": "suspended",
    "reactivate": "reactivated",
    "archive": "archived",
    "upgrade": "upgraded",
}


async def access_tenant(
    uow: UnitOfWork, tenant_id: UUID, *, write: bool = False, lock: bool = False
) -> Tenant:
    """The tenant if it is in the caller's reach; from then on the unit acts in it.

    Raises:
        NotFoundError: it does not exist, or the caller is neither of it nor a system administrator.
        ForbiddenError: the caller may only read it.
    """
    caller = uow.caller
    if not caller.is_system_admin and tenant_id != caller.tenant_id:
        raise NotFoundError
    if write and not (caller.is_tenant_admin or caller.is_system_admin):
        raise ForbiddenError
    await uow.enter_tenant(tenant_id)
    tenant = await queries.find_tenant(uow.conn, tenant_id, lock=lock)
    if tenant is None:
        raise NotFoundError
    return tenant


async def list_tenants(uow: UnitOfWork, query: TenantListQuery) -> Page[Tenant]:
    """System administrators see all tenants, others their own."""
    if uow.caller.is_system_admin:
        async with uow.crossing_tenants():
            return await queries.TENANTS.fetch(uow.conn, query, [queries.NOT_DELETED])
    return await queries.TENANTS.fetch(uow.conn, query, [queries.NOT_DELETED, "t.id = $1"], uow.tenant_id)


async def create_tenant(uow: UnitOfWork, request: CreateTenantRequest, password_hash: str) -> Tenant:
    """A tenant with its owner, groups and defaults, in one transaction.

    Raises:
        DomainTakenError, EmailTakenError: somebody has it.
    """
    now = uow.clock.now()
    tenant_id = new_id()
    slug = slug_of(request.name)
    async with uow.crossing_tenants():
        await queries.lock_slug(uow.conn, slug)
        if await queries.slug_taken(uow.conn, slug):
            slug = f"{slug}-{tenant_id.hex[-8:]}"
    await uow.enter_tenant(tenant_id)
    tenant = Tenant(
        id=tenant_id,
        name=request.name,
        slug=slug,
        domain=request.domain,
        status=request.status,
        description=request.description,
        type=request.type,
        contact_email=request.contactEmail,
        contact_phone=request.contactPhone,
        settings=request.settings,
        default_language=request.defaultLanguage,
        additional_languages=list(request.additionalLanguages),
        created_at=now,
        updated_at=now,
    )
    created = await insert_tenant(uow, tenant)
    await create_member(
        uow,
        Founding(tenant_id=tenant_id, email=request.ownerEmail, password_hash=password_hash, role=Role.OWNER),
    )
    return created


async def insert_tenant(uow: UnitOfWork, tenant: Tenant) -> Tenant:
    """Store a new tenant and say so.

    Raises:
        DomainTakenError: another tenant has the domain.
    """
    try:
        async with uow.savepoint():
            created = await queries.insert_tenant(uow.conn, tenant)
    except asyncpg.UniqueViolationError:
        raise DomainTakenError from None
    await found_groups(uow, created.id)
    await uow.record(
        Event(type="tenant.created", entity_id=created.id, tenant_id=created.id, data={"name": created.name})
    )
    return created


async def update_tenant(uow: UnitOfWork, tenant_id: UUID, request: UpdateTenantRequest) -> Tenant:
    """Change what the request names. The status is a system administrator's to change.

    Raises:
        DomainTakenError: another tenant has the domain.
        SystemTenantError: the platform's own tenant stays active.
        NotFoundError: a store to fall back to, as no tenant has stores of its own.
    """
    before = await access_tenant(uow, tenant_id, write=True, lock=True)
    changes: dict[str, Any] = request.model_dump(exclude_unset=True)
    if "status" in changes and not uow.caller.is_system_admin:
        raise ForbiddenError
    if before.type == "system" and changes.get("status", before.status) != before.status:
        raise SystemTenantError
    if changes.get("storage_fallback_chain"):
        raise NotFoundError("A store in storage_fallback_chain does not exist.")
    if "settings" in changes:
        changes["settings"] = {**before.settings, **changes["settings"]}
    try:
        async with uow.savepoint():
            after = await queries.update_tenant(uow.conn, tenant_id, changes, uow.clock.now())
    except asyncpg.UniqueViolationError:
        raise DomainTakenError from None
    await uow.record(
        Event(type="tenant.updated", entity_id=tenant_id, changes=changes_between(before, after))
    )
    return after


async def delete_tenant(uow: UnitOfWork, tenant_id: UUID) -> None:
    """Hide a tenant from every read; its history stays.

    Raises:
        SystemTenantError: the platform cannot lose its own tenant.
    """
    tenant = await access_tenant(uow, tenant_id, write=True, lock=True)
    if tenant.type == "system":
        raise SystemTenantError
    await queries.mark_deleted(uow.conn, tenant_id, uow.clock.now())
    await uow.record(Event(type="tenant.deleted", entity_id=tenant_id))


async def take_step(
    uow: UnitOfWork, tenant_id: UUID, step: Step, *, reason: str | None, target_type: str | None = None
) -> Tenant:
    """Take a tenant one step through its life and write it into the history.

    Raises:
        LifecycleStepRefusedError: the tenant's standing does not allow the step.
    """
    before = await access_tenant(uow, tenant_id, write=True, lock=True)
    after = next_standing(Standing(before.status, before.type), step, target_type)
    now = uow.clock.now()
    tenant = await queries.update_tenant(uow.conn, tenant_id, msgspec.structs.asdict(after), now)
    performed_by = uow.caller.id
    if performed_by is None:
        raise ForbiddenError
    await queries.insert_step(
        uow.conn,
        new_id(),
        LifecycleStep(
            tenantId=tenant_id,
            from_status=before.status,
            to_status=after.status,
            from_type=before.type,
            to_type=after.type,
            action=step,
            reason=reason,
            performed_by=performed_by,
            created_at=now,
        ),
    )
    await uow.record(
        Event(
            type=f"tenant.{DONE[step]}",
            entity_id=tenant_id,
            data={"status": after.status, "type": after.type},
            changes=changes_between(before, tenant),
        )
    )
    return tenant


async def list_steps(uow: UnitOfWork, tenant_id: UUID) -> list[LifecycleStep]:
    """The tenant's history, newest first."""
    await access_tenant(uow, tenant_id, write=True)
    return await queries.list_steps(uow.conn, tenant_id)
