"""The audit log over HTTP."""

from __future__ import annotations

from cohesin.kernel.authz import TENANT_ADMIN
from cohesin.kernel.http.answers import Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.audit_logs import service
from cohesin.platform.audit_logs.schemas import AuditLog, AuditLogQuery
from cohesin.platform.surface import platform

audit_logs = platform.tagged("Audit Logs")


@audit_logs.get("/api/v1/secure/audit-logs/", permission=TENANT_ADMIN)
async def list_audit_logs(uow: UnitOfWork, query: AuditLogQuery) -> Page[AuditLog]:
    """The tenant's changes, newest first, by person, action, resource and span of time."""
    return await service.list_audit_logs(uow, query)
