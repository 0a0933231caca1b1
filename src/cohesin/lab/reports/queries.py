"""Every statement about reports and their files. It reads the rows of the room that a report points to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.listing import Listing
from cohesin.lab.listing import Found, Window, fetch_found
from cohesin.lab.reports.schemas import DeliveredFile, LabReport, NewReport, ReportFile, ReportFilter

COLUMNS: Final = """r.id, r.number, r.partner_id, r.customer_id, c.number AS customer_number,
    c.first_name || ' ' || c.last_name AS customer_name, r.kit_id, k.barcode AS kit_barcode, o.number AS order_number,
    i.number AS order_item_number, r.clinical_report_id, r.report_type_id, r.report_type, r.panel_id, p.sku AS panel_sku,
    p.description AS panel_description, coalesce(r.location_id, r.tenant_id) AS location_id, r.status, r.own_data,
    r.uploaded_at, r.created_at, r.updated_at"""
SOURCE: Final = """lab.reports r
    JOIN lab.customers c ON c.tenant_id = r.tenant_id AND c.id = r.customer_id
    LEFT JOIN lab.kits k ON k.tenant_id = r.tenant_id AND k.id = r.kit_id
    LEFT JOIN lab.order_items i ON i.tenant_id = r.tenant_id AND i.id = r.order_item_id
    LEFT JOIN lab.panel_orders o ON o.tenant_id = i.tenant_id AND o.id = i.order_id
    LEFT JOIN lab.panels p ON p.id = r.panel_id"""
FILE_COLUMNS: Final = """f.id, f.number, f.report_id, r.number AS report_number, f.category, f.object_key, f.file_name,
    f.size_bytes, f.created_at, f.replaced_at"""
FILE_SOURCE: Final = (
    "lab.report_files f JOIN lab.reports r ON r.tenant_id = f.tenant_id AND r.id = f.report_id"
)

REPORTS: Final = Listing(
    LabReport,
    select=COLUMNS,
    source=SOURCE,
    filters={
        "status": "r.status = {}",
        "partner_id": "r.partner_id = {}",
        "customer_id": "r.customer_id = {}",
        "kit_id": "r.kit_id = {}",
    },
    default_order="r.updated_at DESC",
    tie="r.id",
)


async def next_moment(conn: Connection, tenant_id: UUID, now: datetime) -> datetime:
    """A moment later than every one before it in the tenant, in whole milliseconds."""
    sql = """INSERT INTO lab.report_clock AS clock (tenant_id, last) VALUES ($1, date_trunc('milliseconds', $2::timestamptz))
             ON CONFLICT (tenant_id) DO UPDATE
                SET last = greatest(excluded.last, clock.last + interval '1 millisecond') RETURNING last"""
    moment: datetime = await conn.fetchval(sql, tenant_id, now)
    return moment


async def insert_report(
    conn: Connection, tenant_id: UUID, report_id: UUID, new: NewReport, moment: datetime
) -> None:
    await conn.execute(
        """INSERT INTO lab.reports (tenant_id, id, partner_id, customer_id, kit_id, order_item_id, clinical_report_id,
             panel_id, report_type_id, report_type, location_id, own_data, sealed_result, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)""",
        tenant_id, report_id, new.partner_id, new.customer_id, new.kit_id, new.order_item_id, new.clinical_report_id,
        new.panel_id, new.report_type_id, new.report_type, new.location_id, new.sealed_result is not None,
        new.sealed_result, moment,
    )  # fmt: skip


async def find_report(conn: Connection, tenant_id: UUID, report_id: UUID) -> LabReport | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.id = $2"
    return await find_one(conn, LabReport, sql, tenant_id, report_id)


async def find_by_number(
    conn: Connection, tenant_id: UUID, partner_id: UUID, number: int
) -> LabReport | None:
    sql = f"""SELECT {COLUMNS} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.partner_id = $2 AND r.number = $3
                AND r.order_item_id IS NOT NULL"""
    return await find_one(conn, LabReport, sql, tenant_id, partner_id, number)


async def find_by_clinical_report(
    conn: Connection, tenant_id: UUID, clinical_report_id: UUID
) -> LabReport | None:
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.clinical_report_id = $2"
    return await find_one(conn, LabReport, sql, tenant_id, clinical_report_id)


async def list_ordered(
    conn: Connection, tenant_id: UUID, partner_id: UUID, customer_number: int | None, window: Window
) -> Found[LabReport]:
    where = [
        "r.tenant_id = $1", "r.partner_id = $2", "r.order_item_id IS NOT NULL", "($3::bigint IS NULL OR c.number = $3)"
    ]  # fmt: skip
    args = [tenant_id, partner_id, customer_number]
    return await fetch_found(conn, LabReport, COLUMNS, SOURCE, where, args, "r.number DESC", window)


async def list_of_kits(
    conn: Connection, tenant_id: UUID, chosen: ReportFilter, window: Window
) -> Found[LabReport]:
    where = [
        "r.tenant_id = $1",
        "r.kit_id IS NOT NULL",
        "($2::text IS NULL OR r.status = $2)",
        "($3::uuid IS NULL OR coalesce(r.location_id, r.tenant_id) = $3)",
        "($4::uuid IS NULL OR r.customer_id = $4)",
        "($5::timestamptz IS NULL OR r.updated_at > $5)",
    ]
    args = [tenant_id, chosen.status, chosen.location_id, chosen.customer_id, chosen.since]
    return await fetch_found(conn, LabReport, COLUMNS, SOURCE, where, args, "r.updated_at DESC, r.id", window)


async def set_state(
    conn: Connection, tenant_id: UUID, report_id: UUID, status: str, uploaded_at: datetime, moment: datetime
) -> None:
    """A new state; the computed result is in the file from then on."""
    await conn.execute(
        """UPDATE lab.reports SET status = $3, uploaded_at = $4, updated_at = $5, sealed_result = NULL
            WHERE tenant_id = $1 AND id = $2""",
        tenant_id, report_id, status, uploaded_at, moment,
    )  # fmt: skip


async def link_kit(
    conn: Connection,
    tenant_id: UUID,
    report_id: UUID,
    kit_id: UUID,
    location_id: UUID | None,
    moment: datetime,
) -> None:
    await conn.execute(
        """UPDATE lab.reports SET kit_id = $3, location_id = coalesce($4, location_id), updated_at = $5
            WHERE tenant_id = $1 AND id = $2""",
        tenant_id, report_id, kit_id, location_id, moment,
    )  # fmt: skip


async def tell_cause(conn: Connection, tenant_id: UUID, report_id: UUID, cause: str) -> bool:
    """Mark a cause as told; False when it was told before."""
    sql = """UPDATE lab.reports SET causes_told = array_append(causes_told, $3)
              WHERE tenant_id = $1 AND id = $2 AND NOT $3 = ANY(causes_told) RETURNING true"""
    return bool(await conn.fetchval(sql, tenant_id, report_id, cause))


async def has_ready_report(conn: Connection, tenant_id: UUID, customer_id: UUID) -> bool:
    sql = """SELECT EXISTS (SELECT 1 FROM lab.reports WHERE tenant_id = $1 AND customer_id = $2 AND status <> 'pending'
               AND order_item_id IS NOT NULL)"""
    return bool(await conn.fetchval(sql, tenant_id, customer_id))


async def list_pending(conn: Connection, tenant_id: UUID, customer_id: UUID) -> list[LabReport]:
    """A customer's ordered reports that wait, oldest first."""
    sql = f"""SELECT {COLUMNS} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.customer_id = $2 AND r.status = 'pending'
                AND r.order_item_id IS NOT NULL ORDER BY r.number"""
    return await fetch_all(conn, LabReport, sql, tenant_id, customer_id)


async def find_sealed_result(conn: Connection, tenant_id: UUID, report_id: UUID) -> bytes | None:
    sql = "SELECT sealed_result FROM lab.reports WHERE tenant_id = $1 AND id = $2"
    found: bytes | None = await conn.fetchval(sql, tenant_id, report_id)
    return found


async def find_kit_with_data(conn: Connection, tenant_id: UUID, customer_id: UUID) -> Any:
    """The customer's kit whose data is there, a verified one first: id, location_id, genome_key, verified."""
    sql = """SELECT k.id, k.location_id, k.genome_key, g.verification_date IS NOT NULL AS verified
               FROM lab.registrations g JOIN lab.kits k ON k.tenant_id = g.tenant_id AND k.id = g.kit_id
              WHERE g.tenant_id = $1 AND g.customer_id = $2 AND k.status = 'data_available' AND k.genome_key IS NOT NULL
              ORDER BY verified DESC, k.updated_at DESC, k.id LIMIT 1"""
    return await conn.fetchrow(sql, tenant_id, customer_id)


async def find_holder(conn: Connection, tenant_id: UUID, kit_id: UUID) -> UUID | None:
    """The customer a kit is registered to."""
    sql = "SELECT customer_id FROM lab.registrations WHERE tenant_id = $1 AND kit_id = $2"
    found: UUID | None = await conn.fetchval(sql, tenant_id, kit_id)
    return found


async def replace_file(
    conn: Connection, tenant_id: UUID, file_id: UUID, report_id: UUID, file: DeliveredFile, moment: datetime
) -> None:
    """Put a file in the place of its category; the one before stays for links that lead to it."""
    await conn.execute(
        """UPDATE lab.report_files SET replaced_at = $4
            WHERE tenant_id = $1 AND report_id = $2 AND category = $3 AND replaced_at IS NULL""",
        tenant_id, report_id, file.category, moment,
    )  # fmt: skip
    await conn.execute(
        """INSERT INTO lab.report_files (tenant_id, id, report_id, category, object_key, file_name, size_bytes, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        tenant_id, file_id, report_id, file.category, file.object_key, file.file_name, file.size_bytes, moment,
    )  # fmt: skip


async def list_files(
    conn: Connection, tenant_id: UUID, partner_id: UUID, report_number: int | None, window: Window
) -> Found[ReportFile]:
    where = [
        "f.tenant_id = $1", "r.partner_id = $2", "f.replaced_at IS NULL", "r.order_item_id IS NOT NULL",
        "($3::bigint IS NULL OR r.number = $3)",
    ]  # fmt: skip
    args = [tenant_id, partner_id, report_number]
    return await fetch_found(conn, ReportFile, FILE_COLUMNS, FILE_SOURCE, where, args, "f.number", window)


async def find_file_by_number(
    conn: Connection, tenant_id: UUID, partner_id: UUID, number: int
) -> ReportFile | None:
    sql = f"""SELECT {FILE_COLUMNS} FROM {FILE_SOURCE} WHERE f.tenant_id = $1 AND r.partner_id = $2 AND f.number = $3
                AND r.order_item_id IS NOT NULL"""
    return await find_one(conn, ReportFile, sql, tenant_id, partner_id, number)


async def find_current_file(conn: Connection, tenant_id: UUID, report_id: UUID) -> ReportFile | None:
    """The newest file that was not replaced."""
    sql = f"""SELECT {FILE_COLUMNS} FROM {FILE_SOURCE} WHERE f.tenant_id = $1 AND f.report_id = $2
                AND f.replaced_at IS NULL ORDER BY f.number DESC LIMIT 1"""
    return await find_one(conn, ReportFile, sql, tenant_id, report_id)


async def find_file_by_key(
    conn: Connection, tenant_id: UUID, report_id: UUID, object_key: str
) -> ReportFile | None:
    sql = f"""SELECT {FILE_COLUMNS} FROM {FILE_SOURCE}
               WHERE f.tenant_id = $1 AND f.report_id = $2 AND f.object_key = $3"""
    return await find_one(conn, ReportFile, sql, tenant_id, report_id, object_key)


async def get_report(conn: Connection, tenant_id: UUID, report_id: UUID) -> LabReport:
    """A report that is known to be there."""
    sql = f"SELECT {COLUMNS} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.id = $2"
    return await fetch_one(conn, LabReport, sql, tenant_id, report_id)


async def has_consent(conn: Connection, tenant_id: UUID, customer_id: UUID) -> bool:
    sql = "SELECT consent_date IS NOT NULL FROM lab.customers WHERE tenant_id = $1 AND id = $2"
    return bool(await conn.fetchval(sql, tenant_id, customer_id))
