"""Which tenant a list speaks of, for slices that stand below the tenants slice."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.uow import UnitOfWork


async def enter_asked_tenant(uow: UnitOfWork, tenant_id: UUID | None) -> None:
    """Act in the tenant a `tenantId` parameter names; without one the unit stays where it is.

    Raises:
        NotFoundError: no such tenant, or one outside the caller's reach.
    """
    if tenant_id is None:
        return
    if tenant_id != uow.tenant_id and not uow.caller.is_system_admin:
        raise NotFoundError
    await uow.enter_tenant(tenant_id)
    living = "SELECT EXISTS (SELECT 1 FROM platform.tenants WHERE id = $1 AND deleted_at IS NULL)"
    if not await uow.conn.fetchval(living, tenant_id):
        raise NotFoundError
