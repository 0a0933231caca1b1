"""Every statement about kits."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_one, find_one
from cohesin.kernel.listing import Listing
from cohesin.lab.kits.schemas import LabKit
from cohesin.lab.listing import Found, Window, fetch_found

COLUMNS: Final = """k.id, k.number, k.partner_id, k.barcode, k.sku, k.shipment_id, s.number AS shipment_number, k.status,
    k.reason, k.location_id, k.genome_id, k.created_at, k.updated_at"""
SOURCE: Final = "lab.kits k LEFT JOIN lab.shipments s ON s.tenant_id = k.tenant_id AND s.id = k.shipment_id"
CHANGED: Final = "k LEFT JOIN lab.shipments s ON s.tenant_id = k.tenant_id AND s.id = k.shipment_id"
SETTABLE: Final = frozenset(
    {"status", "reason", "sku", "shipment_id", "location_id", "genome_key", "genome_id"}
)

KITS: Final = Listing(
    LabKit,
    select=COLUMNS,
    source=SOURCE,
    filters={
        "status": "k.status = {}",
        "barcode": "k.barcode = {}",
        "partner_id": "k.partner_id = {}",
        "location_id": "k.location_id = {}",
    },
    sorts={
        "created_at": "k.created_at",
        "updated_at": "k.updated_at",
        "barcode": "k.barcode",
        "status": "k.status",
    },
    default_order="k.number DESC",
    tie="k.id",
)


async def insert_kit(
    conn: Connection,
    tenant_id: UUID,
    kit_id: UUID,
    barcode: str,
    partner_id: UUID | None,
    location_id: UUID | None,
    now: datetime,
) -> LabKit:
    sql = f"""WITH k AS (
        INSERT INTO lab.kits (tenant_id, id, barcode, partner_id, location_id, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING *) SELECT {COLUMNS} FROM {CHANGED}"""
    return await fetch_one(conn, LabKit, sql, tenant_id, kit_id, barcode, partner_id, location_id, now)


async def update_kit(
    conn: Connection, tenant_id: UUID, kit_id: UUID, now: datetime, **changes: Any
) -> LabKit:
    """Set columns by name."""
    assert changes.keys() <= SETTABLE
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(changes, start=4))
    sql = f"""WITH k AS (
        UPDATE lab.kits SET updated_at = $3{sets} WHERE tenant_id = $1 AND id = $2 RETURNING *)
        SELECT {COLUMNS} FROM {CHANGED}"""
    return await fetch_one(conn, LabKit, sql, tenant_id, kit_id, now, *changes.values())


async def forget_genome(conn: Connection, tenant_id: UUID, genome_id: UUID) -> list[UUID]:
    """Take a genome's file from the kits that have it; answers which. It is no step of the kit."""
    rows = await conn.fetch(
        """UPDATE lab.kits SET genome_key = NULL, genome_id = NULL WHERE tenant_id = $1 AND genome_id = $2
           RETURNING id""",
        tenant_id, genome_id,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def find_kit(conn: Connection, tenant_id: UUID, kit_id: UUID) -> LabKit | None:
    return await find_one(
        conn,
        LabKit,
        f"SELECT {COLUMNS} FROM {SOURCE} WHERE k.tenant_id = $1 AND k.id = $2",
        tenant_id,
        kit_id,
    )


async def find_by_barcode(conn: Connection, tenant_id: UUID, barcode: str) -> LabKit | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE k.tenant_id = $1 AND k.barcode = $2"
    return await find_one(conn, LabKit, sql, tenant_id, barcode)


async def find_by_number(conn: Connection, tenant_id: UUID, partner_id: UUID, number: int) -> LabKit | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE k.tenant_id = $1 AND k.partner_id = $2 AND k.number = $3"
    return await find_one(conn, LabKit, sql, tenant_id, partner_id, number)


async def list_kits(conn: Connection, tenant_id: UUID, partner_id: UUID, window: Window) -> Found[LabKit]:
    where = ["k.tenant_id = $1", "k.partner_id = $2"]
    return await fetch_found(
        conn, LabKit, COLUMNS, SOURCE, where, [tenant_id, partner_id], "k.number", window
    )


async def count_in_shipment(conn: Connection, tenant_id: UUID, shipment_id: UUID) -> int:
    sql = "SELECT count(*) FROM lab.kits WHERE tenant_id = $1 AND shipment_id = $2"
    return int(await conn.fetchval(sql, tenant_id, shipment_id))


async def find_kit_type(conn: Connection, sku: str) -> str | None:
    """The catalogue's spelling of a kit sku, whatever its letter case."""
    found: str | None = await conn.fetchval("SELECT sku FROM lab.kit_types WHERE lower(sku) = lower($1)", sku)
    return found
