"""Every statement about shipments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_one, find_one
from cohesin.kernel.listing import Listing
from cohesin.lab.listing import Found, Window, fetch_found
from cohesin.lab.shipments.schemas import Shipment

COLUMNS: Final = """s.id, s.number, s.partner_id, s.customer_id, c.number AS customer_number, s.recipient_address,
    s.recipient_phone, s.recipient_name, s.sku, s.quantity, s.is_replacement, s.notes, s.tracking_no, s.status,
    s.created_at, s.updated_at"""
JOIN: Final = "JOIN lab.customers c ON c.tenant_id = s.tenant_id AND c.id = s.customer_id"
SOURCE: Final = f"lab.shipments s {JOIN}"

SHIPMENTS: Final = Listing(
    Shipment,
    select=COLUMNS,
    source=SOURCE,
    filters={
        "status": "s.status = {}",
        "partner_id": "s.partner_id = {}",
        "customer_id": "s.customer_id = {}",
    },
    default_order="s.number DESC",
    tie="s.id",
)


async def insert_shipment(
    conn: Connection,
    tenant_id: UUID,
    shipment_id: UUID,
    partner_id: UUID,
    customer_id: UUID,
    facts: Mapping[str, Any],
    now: datetime,
) -> Shipment:
    sql = f"""WITH s AS (
        INSERT INTO lab.shipments (tenant_id, id, partner_id, customer_id, recipient_address, recipient_phone,
          recipient_name, sku, quantity, is_replacement, notes, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) RETURNING *)
        SELECT {COLUMNS} FROM s {JOIN}"""
    return await fetch_one(
        conn,
        Shipment,
        sql,
        tenant_id,
        shipment_id,
        partner_id,
        customer_id,
        facts["recipient_address"],
        facts["recipient_phone"],
        facts["recipient_name"],
        facts["sku"],
        facts["quantity"],
        facts["is_replacement"],
        facts["notes"],
        now,
    )


async def set_standing(
    conn: Connection, tenant_id: UUID, shipment_id: UUID, status: str, tracking_no: str | None, now: datetime
) -> Shipment:
    sql = f"""WITH s AS (
        UPDATE lab.shipments SET status = $3, tracking_no = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2
        RETURNING *) SELECT {COLUMNS} FROM s {JOIN}"""
    return await fetch_one(conn, Shipment, sql, tenant_id, shipment_id, status, tracking_no, now)


async def find_shipment(conn: Connection, tenant_id: UUID, shipment_id: UUID) -> Shipment | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE s.tenant_id = $1 AND s.id = $2"
    return await find_one(conn, Shipment, sql, tenant_id, shipment_id)


async def find_by_number(conn: Connection, tenant_id: UUID, partner_id: UUID, number: int) -> Shipment | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE s.tenant_id = $1 AND s.partner_id = $2 AND s.number = $3"
    return await find_one(conn, Shipment, sql, tenant_id, partner_id, number)


async def list_shipments(
    conn: Connection, tenant_id: UUID, partner_id: UUID, window: Window
) -> Found[Shipment]:
    where = ["s.tenant_id = $1", "s.partner_id = $2"]
    return await fetch_found(
        conn, Shipment, COLUMNS, SOURCE, where, [tenant_id, partner_id], "s.number", window
    )
