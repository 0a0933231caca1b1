"""Reports as a partner system sees them: read-only, of kits only, found by when they last changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from cohesin.kernel.db.rows import find_one
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.tenants.service import access_tenant

DeliveryStatus = Literal["pending", "ready", "downloaded"]


class DeliveryFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports; all conditions hold together. `since` is exclusive."""

    status: DeliveryStatus | None = None
    location_id: UUID | None = None
    customer_id: UUID | None = None
    since: datetime | None = None
    limit: int = 50
    offset: int = 0


class DeliveredReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report of a kit. `panel_id` is None for reports of no panel; `report_type` then names their kind."""

    id: UUID
    customer_id: UUID
    customer_name: str | None
    kit_id: UUID
    kit_barcode: str | None
    panel_id: UUID | None
    panel_name: str | None
    report_type: str
    location_id: UUID
    location_name: str | None = None
    status: DeliveryStatus
    uploaded_at: datetime | None
    created_at: datetime
    updated_at: datetime


class DeliveryFile(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a report's file."""

    id: UUID
    report_id: UUID
    object_key: str
    file_name: str | None


# A kit that no site was named for was handled by the organisation itself.
LOCATION: Final = "coalesce(r.location_id, k.location_id, r.tenant_id)"
SELECT: Final = f"""r.id, r.customer_id, nullif(btrim(concat_ws(' ', c.first_name, c.last_name)), '') AS customer_name,
    r.kit_id, k.barcode AS kit_barcode, r.panel_id, p.name AS panel_name, r.report_type, {LOCATION} AS location_id,
    r.status, r.uploaded_at, r.created_at, r.updated_at"""
MATCHING: Final = """lab.reports r
    JOIN lab.kits k ON k.tenant_id = r.tenant_id AND k.id = r.kit_id"""
SOURCE: Final = f"""{MATCHING}
    JOIN lab.customers c ON c.tenant_id = r.tenant_id AND c.id = r.customer_id
    LEFT JOIN lab.panels p ON p.id = r.panel_id"""
CONDITIONS: Final = {
    "status": "r.status = {}",
    "location_id": LOCATION + " = {}",
    "customer_id": "r.customer_id = {}",
    "since": "r.updated_at > {}",
}
# A report's file is the one meant for the person, where it has several.
FIRST_CATEGORY: Final = (
    "array_position('{health_action_plan,client_summary,practitioner_summary,supplements}'::text[], f.category)"
)


async def list_for_delivery(uow: UnitOfWork, filters: DeliveryFilters) -> tuple[list[DeliveredReport], int]:
    """A page, last changed first, ties by id; and how many match in all, whatever the page."""
    args: list[Any] = [uow.tenant_id]
    conditions = ["r.tenant_id = $1"]
    for name, condition in CONDITIONS.items():
        value = getattr(filters, name)
        if value is not None:
            args.append(value)
            conditions.append(condition.replace("{}", f"${len(args)}"))
    where = " AND ".join(conditions)
    place = len(args)
    # One statement, so that page and total are of one instant.
    rows = await uow.conn.fetch(
        f"""WITH page AS (SELECT {SELECT} FROM {SOURCE} WHERE {where} ORDER BY r.updated_at DESC, r.id
                          LIMIT ${place + 1} OFFSET ${place + 2})
            SELECT counted.total, page.* FROM (SELECT count(*) AS total FROM {MATCHING} WHERE {where}) counted
              LEFT JOIN page ON true ORDER BY page.updated_at DESC, page.id""",
        *args,
        filters.limit,
        filters.offset,
    )
    total: int = rows[0]["total"]
    found = [_report(row) for row in rows if row["id"] is not None]
    return await _located(uow, found), total


async def find_for_delivery(uow: UnitOfWork, report_id: UUID) -> DeliveredReport | None:
    """A report of the unit's tenant, if it is of a kit."""
    sql = f"SELECT {SELECT} FROM {SOURCE} WHERE r.tenant_id = $1 AND r.id = $2"
    found = await find_one(uow.conn, DeliveredReport, sql, uow.tenant_id, report_id)
    return None if found is None else (await _located(uow, [found]))[0]


async def find_delivery_file(
    uow: UnitOfWork, report_id: UUID, file_id: UUID | None = None
) -> DeliveryFile | None:
    """The present file of a report, or the version named, replaced or not."""
    chosen = "f.replaced_at IS NULL" if file_id is None else "f.id = $3"
    sql = f"""SELECT f.id, f.report_id, f.object_key, f.file_name FROM lab.report_files f
               WHERE f.tenant_id = $1 AND f.report_id = $2 AND {chosen}
               ORDER BY {FIRST_CATEGORY}, f.number DESC LIMIT 1"""
    args = [uow.tenant_id, report_id] if file_id is None else [uow.tenant_id, report_id, file_id]
    return await find_one(uow.conn, DeliveryFile, sql, *args)


def _report(row: Any) -> DeliveredReport:
    return DeliveredReport(**{name: value for name, value in row.items() if name != "total"})


async def _located(uow: UnitOfWork, reports: list[DeliveredReport]) -> list[DeliveredReport]:
    """The reports with the names of their places."""
    names: dict[UUID, str] = {}
    if any(report.location_id == uow.tenant_id for report in reports):
        names[uow.tenant_id] = (await access_tenant(uow, uow.tenant_id)).name
    return [
        msgspec.structs.replace(report, location_name=names.get(report.location_id)) for report in reports
    ]
