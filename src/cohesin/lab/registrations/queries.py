"""Every statement about registrations."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_one, find_one
from cohesin.lab.listing import Found, Window, fetch_found
from cohesin.lab.registrations.schemas import Registration

COLUMNS: Final = """r.id, r.number, r.customer_id, c.number AS customer_number, r.kit_id, k.number AS kit_number,
    r.verification_date, r.created_at, r.updated_at"""
JOINS: Final = """JOIN lab.customers c ON c.tenant_id = r.tenant_id AND c.id = r.customer_id
    JOIN lab.kits k ON k.tenant_id = r.tenant_id AND k.id = r.kit_id"""
SOURCE: Final = f"lab.registrations r {JOINS}"


async def insert_registration(
    conn: Connection,
    tenant_id: UUID,
    registration_id: UUID,
    partner_id: UUID,
    customer_id: UUID,
    kit_id: UUID,
    verification_date: datetime | None,
    now: datetime,
) -> Registration:
    sql = f"""WITH r AS (
        INSERT INTO lab.registrations (tenant_id, id, partner_id, customer_id, kit_id, verification_date, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING *) SELECT {COLUMNS} FROM r {JOINS}"""
    return await fetch_one(
        conn,
        Registration,
        sql,
        tenant_id,
        registration_id,
        partner_id,
        customer_id,
        kit_id,
        verification_date,
        now,
    )


async def set_verification(
    conn: Connection,
    tenant_id: UUID,
    registration_id: UUID,
    verification_date: datetime | None,
    now: datetime,
) -> Registration:
    sql = f"""WITH r AS (
        UPDATE lab.registrations SET verification_date = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2 RETURNING *)
        SELECT {COLUMNS} FROM r {JOINS}"""
    return await fetch_one(conn, Registration, sql, tenant_id, registration_id, verification_date, now)


async def find_by_number(
    conn: Connection, tenant_id: UUID, partner_id: UUID, number: int
) -> Registration | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.partner_id = $2 AND r.number = $3"
    return await find_one(conn, Registration, sql, tenant_id, partner_id, number)


async def find_by_kit(conn: Connection, tenant_id: UUID, kit_id: UUID) -> Registration | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.kit_id = $2"
    return await find_one(conn, Registration, sql, tenant_id, kit_id)


async def list_registrations(
    conn: Connection, tenant_id: UUID, partner_id: UUID, customer_number: int | None, window: Window
) -> Found[Registration]:
    where = ["r.tenant_id = $1", "r.partner_id = $2", "($3::bigint IS NULL OR c.number = $3)"]
    args = [tenant_id, partner_id, customer_number]
    return await fetch_found(conn, Registration, COLUMNS, SOURCE, where, args, "r.number", window)
