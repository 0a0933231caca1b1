"""Every statement about ordering partners."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_one, find_one
from cohesin.kernel.listing import Listing, search_in
from cohesin.lab.partners.schemas import LabPartner

COLUMNS: Final = """p.id, p.number, p.name, p.active, p.may_send_genetic_data, p.always_paged, p.webhook_url,
    p.webhook_secret IS NOT NULL AS has_webhook_secret, p.created_at, p.updated_at"""
SETTABLE: Final = frozenset(
    {"name", "active", "may_send_genetic_data", "always_paged", "webhook_url", "webhook_secret"}
)

PARTNERS: Final = Listing(
    LabPartner,
    select=COLUMNS,
    source="lab.partners p",
    filters={"search": search_in("p.name"), "active": "p.active = {}"},
    default_order="p.number",
    tie="p.id",
)


async def insert_partner(
    conn: Connection,
    tenant_id: UUID,
    partner_id: UUID,
    facts: Mapping[str, Any],
    secret: bytes,
    now: datetime,
) -> LabPartner:
    sql = f"""WITH p AS (
        INSERT INTO lab.partners (tenant_id, id, name, may_send_genetic_data, always_paged, webhook_url, webhook_secret,
          created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING *) SELECT {COLUMNS} FROM p"""
    return await fetch_one(
        conn, LabPartner, sql, tenant_id, partner_id, facts["name"], facts["may_send_genetic_data"],
        facts["always_paged"], facts["webhook_url"], secret, now,
    )  # fmt: skip


async def update_partner(
    conn: Connection, tenant_id: UUID, partner_id: UUID, changes: Mapping[str, Any], now: datetime
) -> LabPartner | None:
    assert changes.keys() <= SETTABLE
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(changes, start=4))
    sql = f"""WITH p AS (
        UPDATE lab.partners SET updated_at = $3{sets} WHERE tenant_id = $1 AND id = $2 RETURNING *) SELECT {COLUMNS} FROM p"""
    return await find_one(conn, LabPartner, sql, tenant_id, partner_id, now, *changes.values())


async def find_partner(conn: Connection, tenant_id: UUID, partner_id: UUID) -> LabPartner | None:
    sql = f"SELECT {COLUMNS} FROM lab.partners p WHERE p.tenant_id = $1 AND p.id = $2"
    return await find_one(conn, LabPartner, sql, tenant_id, partner_id)


async def find_secret(conn: Connection, tenant_id: UUID, partner_id: UUID) -> bytes | None:
    sql = "SELECT webhook_secret FROM lab.partners WHERE tenant_id = $1 AND id = $2"
    found: bytes | None = await conn.fetchval(sql, tenant_id, partner_id)
    return found
