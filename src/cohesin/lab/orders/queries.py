"""Every statement about panel orders."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.http.answers import Page, page_of
from cohesin.lab.listing import Found, Window, fetch_found
from cohesin.lab.orders.schemas import LabOrder, OrderListQuery

COLUMNS: Final = """o.id, o.number, o.partner_id, o.customer_id, c.number AS customer_number,
    (SELECT jsonb_agg(jsonb_build_object('number', i.number, 'panel_sku', i.panel_sku) ORDER BY i.place)
       FROM lab.order_items i WHERE i.tenant_id = o.tenant_id AND i.order_id = o.id) AS items, o.created_at"""
SOURCE: Final = (
    "lab.panel_orders o JOIN lab.customers c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id"
)


def _order(record: Any) -> LabOrder:
    return msgspec.convert(dict(record), LabOrder)


async def insert_order(
    conn: Connection, tenant_id: UUID, order_id: UUID, partner_id: UUID, customer_id: UUID, now: datetime
) -> None:
    await conn.execute(
        "INSERT INTO lab.panel_orders (tenant_id, id, partner_id, customer_id, created_at) VALUES ($1, $2, $3, $4, $5)",
        tenant_id, order_id, partner_id, customer_id, now,
    )  # fmt: skip


async def insert_item(
    conn: Connection,
    tenant_id: UUID,
    item_id: UUID,
    order_id: UUID,
    place: int,
    panel_id: UUID,
    panel_sku: str,
) -> None:
    await conn.execute(
        """INSERT INTO lab.order_items (tenant_id, id, order_id, place, panel_id, panel_sku)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        tenant_id, item_id, order_id, place, panel_id, panel_sku,
    )  # fmt: skip


async def find_order(conn: Connection, tenant_id: UUID, order_id: UUID) -> LabOrder | None:
    record = await conn.fetchrow(
        f"SELECT {COLUMNS} FROM {SOURCE} WHERE o.tenant_id = $1 AND o.id = $2", tenant_id, order_id
    )
    return None if record is None else _order(record)


async def find_by_number(conn: Connection, tenant_id: UUID, partner_id: UUID, number: int) -> LabOrder | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE o.tenant_id = $1 AND o.partner_id = $2 AND o.number = $3"
    record = await conn.fetchrow(sql, tenant_id, partner_id, number)
    return None if record is None else _order(record)


async def list_orders(conn: Connection, tenant_id: UUID, partner_id: UUID, window: Window) -> Found[LabOrder]:
    where = ["o.tenant_id = $1", "o.partner_id = $2"]
    found = await fetch_found(conn, dict, COLUMNS, SOURCE, where, [tenant_id, partner_id], "o.number", window)
    return Found([_order(item) for item in found.items], found.total)


async def page_orders(conn: Connection, tenant_id: UUID, query: OrderListQuery) -> Page[LabOrder]:
    where = [
        "o.tenant_id = $1", "($2::uuid IS NULL OR o.partner_id = $2)", "($3::uuid IS NULL OR o.customer_id = $3)"
    ]  # fmt: skip
    args = [tenant_id, query.partner_id, query.customer_id]
    window = Window(query.limit, query.offset)
    found = await fetch_found(conn, dict, COLUMNS, SOURCE, where, args, "o.number DESC", window)
    return page_of([_order(item) for item in found.items], found.total, query.limit, query.offset)
