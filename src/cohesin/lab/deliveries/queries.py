"""Every statement about webhook deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_one, find_one
from cohesin.kernel.listing import Listing
from cohesin.lab.deliveries.schemas import LabDelivery

COLUMNS: Final = """d.id, d.partner_id, d.event_sequence, d.event_type, d.status, d.attempts, d.response_status, d.error,
    d.next_attempt_at, d.created_at, d.updated_at"""

DELIVERIES: Final = Listing(
    LabDelivery,
    select=COLUMNS,
    source="lab.deliveries d",
    filters={"status": "d.status = {}"},
    default_order="d.event_sequence DESC",
    tie="d.id",
)


async def insert_delivery(
    conn: Connection,
    tenant_id: UUID,
    delivery_id: UUID,
    partner_id: UUID,
    sequence: int,
    event_type: str,
    now: datetime,
) -> LabDelivery:
    sql = f"""WITH d AS (
        INSERT INTO lab.deliveries (tenant_id, id, partner_id, event_sequence, event_type, status, next_attempt_at,
          created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $6, $6) RETURNING *) SELECT {COLUMNS} FROM d"""
    return await fetch_one(
        conn, LabDelivery, sql, tenant_id, delivery_id, partner_id, sequence, event_type, now
    )


async def find_delivery(conn: Connection, tenant_id: UUID, delivery_id: UUID) -> LabDelivery | None:
    sql = f"SELECT {COLUMNS} FROM lab.deliveries d WHERE d.tenant_id = $1 AND d.id = $2"
    return await find_one(conn, LabDelivery, sql, tenant_id, delivery_id)


async def record_attempt(
    conn: Connection,
    tenant_id: UUID,
    delivery_id: UUID,
    *,
    attempt: int,
    status: str,
    response_status: int | None,
    error: str | None,
    next_attempt_at: datetime | None,
    now: datetime,
) -> bool:
    """Write the end of an attempt down; False when another worker did it before."""
    sql = """UPDATE lab.deliveries SET attempts = $3, status = $4, response_status = $5, error = $6, next_attempt_at = $7,
               updated_at = $8 WHERE tenant_id = $1 AND id = $2 AND status = 'waiting' AND attempts = $3 - 1 RETURNING true"""
    return bool(
        await conn.fetchval(
            sql, tenant_id, delivery_id, attempt, status, response_status, error, next_attempt_at, now
        )
    )
