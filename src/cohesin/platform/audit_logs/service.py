"""The front door of the audit log: who changed what, when, from where. Written with each change, read here only."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.errors import Fault, NotFoundError, RuleRefusedError
from cohesin.kernel.http.answers import Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.audit_logs import queries
from cohesin.platform.audit_logs.queries import Activity
from cohesin.platform.audit_logs.schemas import AuditLog, AuditLogQuery


async def list_audit_logs(uow: UnitOfWork, query: AuditLogQuery) -> Page[AuditLog]:
    """The unit's tenant's changes, newest first.

    Raises:
        NotFoundError: a person or resource this tenant's log has never named.
        RuleRefusedError: a span that ends before it starts.
    """
    if query.since is not None and query.until is not None and query.until < query.since:
        raise RuleRefusedError(faults=[Fault("to", "must not be before from", "query")])
    for named in (query.user_id, query.resource_id):
        if named is not None and not await queries.is_known(uow.conn, uow.tenant_id, named):
            raise NotFoundError
    return await queries.AUDIT_LOGS.fetch(uow.conn, query, ["e.tenant_id = $1"], uow.tenant_id)


async def list_activity(uow: UnitOfWork, user_id: UUID, limit: int) -> list[Activity]:
    """What a person last did in the unit's tenant, newest first."""
    return await queries.list_activity(uow.conn, uow.tenant_id, user_id, limit)
