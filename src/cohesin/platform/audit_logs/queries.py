"""Every statement of the audit log. It reads `kernel.events`, which nobody may change."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all
from cohesin.kernel.http.wire import Instant
from cohesin.kernel.listing import Listing
from cohesin.platform.audit_logs.schemas import AuditLog


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """Something a person did to something."""

    type: str
    entity_id: UUID
    entity_type: str
    timestamp: Instant


COLUMNS: Final = """e.id, e.tenant_id AS "tenantId", CASE WHEN e.actor_kind = 'user' THEN e.actor_id END AS user_id,
    e.type AS action, e.entity_type AS resource_type, e.entity_id AS resource_id,
    jsonb_build_object('changes', coalesce(e.changes, '{}'), 'data', e.data, 'requestId', e.request_id,
                       'actor', jsonb_build_object('kind', e.actor_kind, 'id', e.actor_id)) AS details,
    e.ip_address, e.user_agent, e.occurred_at AS created_at"""

AUDIT_LOGS: Final = Listing(
    AuditLog,
    select=COLUMNS,
    source="kernel.events e",
    filters={
        "user_id": "(e.actor_kind = 'user' AND e.actor_id = {})",
        "action": "e.type = {}",
        "resource_type": "e.entity_type = {}",
        "resource_id": "e.entity_id = {}",
        "since": "e.occurred_at >= {}",
        "until": "e.occurred_at <= {}",
    },
    default_order="e.occurred_at DESC",
    tie="e.id DESC",
)


async def is_known(conn: Connection, tenant_id: UUID, entity_id: UUID) -> bool:
    """Whether the tenant's log names it, as what was changed or as who changed something."""
    sql = """SELECT EXISTS (SELECT 1 FROM kernel.events e WHERE e.tenant_id = $1 AND e.entity_id = $2)
                 OR EXISTS (SELECT 1 FROM kernel.events e WHERE e.tenant_id = $1 AND e.actor_id = $2)"""
    return bool(await conn.fetchval(sql, tenant_id, entity_id))


async def list_activity(conn: Connection, tenant_id: UUID, user_id: UUID, limit: int) -> list[Activity]:
    """What a person did last, newest first."""
    sql = """SELECT e.type, e.entity_id, e.entity_type, e.occurred_at AS timestamp FROM kernel.events e
              WHERE e.tenant_id = $1 AND e.actor_id = $2 AND e.actor_kind = 'user' AND e.entity_id IS NOT NULL
              ORDER BY e.occurred_at DESC, e.id DESC LIMIT $3"""
    return await fetch_all(conn, Activity, sql, tenant_id, user_id, limit)
