"""The front door of reports: promise them, deliver their files, show them to those who asked.

Every change of a report moves `updated_at`, which in a tenant is unique, rises, and appears in the order of commits.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.events import lock_lab, record_lab_event
from cohesin.lab.kits import service as kits
from cohesin.lab.listing import WHOLE, Found, Window
from cohesin.lab.reports import queries
from cohesin.lab.reports.errors import ReportPendingError
from cohesin.lab.reports.schemas import (
    DeliveredFile,
    LabReport,
    LabReportListQuery,
    NewReport,
    ReportFile,
    ReportFilter,
)


def snapshot_of(report: LabReport, reason: str | None = None) -> dict[str, Any]:
    """A report as its events show it."""
    return {
        "number": report.number,
        "id": str(report.id),
        "customer_number": report.customer_number,
        "order_number": report.order_number,
        "order_item_number": report.order_item_number,
        "panel": {
            "name": report.report_type,
            "sku": report.panel_sku,
            "description": report.panel_description,
        },
        "status": report.status,
        "created_at": report.created_at.isoformat(),
        "updated_at": report.updated_at.isoformat(),
        "reason": reason,
    }


async def open_report(uow: UnitOfWork, new: NewReport) -> LabReport:
    """Promise a report: it is pending until its file is delivered."""
    await lock_lab(uow)
    moment = await queries.next_moment(uow.conn, uow.tenant_id, uow.clock.now())
    report_id = new.id or new_id()
    await queries.insert_report(uow.conn, uow.tenant_id, report_id, new, moment)
    await uow.record(
        Event(type="lab_report.opened", entity_id=report_id, data={"customer_id": str(new.customer_id)})
    )
    return await queries.get_report(uow.conn, uow.tenant_id, report_id)


async def deliver_file(uow: UnitOfWork, report_id: UUID, file: DeliveredFile) -> LabReport:
    """Give a report its file. A file of a category that has one takes its place; no state goes back.

    Raises:
        NotFoundError: no such report.
    """
    await lock_lab(uow)
    before = await get_report(uow, report_id)
    moment = await queries.next_moment(uow.conn, uow.tenant_id, uow.clock.now())
    await queries.replace_file(uow.conn, uow.tenant_id, new_id(), report_id, file, moment)
    status = "ready" if before.status == "pending" else before.status
    await queries.set_state(uow.conn, uow.tenant_id, report_id, status, before.uploaded_at or moment, moment)
    after = await queries.get_report(uow.conn, uow.tenant_id, report_id)
    await _record_delivery(uow, before, after)
    return after


async def _record_delivery(uow: UnitOfWork, before: LabReport, after: LabReport) -> None:
    if before.status != "pending" or after.order_item_number is None:
        event_type = "lab_report.delivered" if before.status == "pending" else "lab_report.replaced"
        await uow.record(Event(type=event_type, entity_id=after.id, data={"status": after.status}))
        return
    snapshot: dict[str, Any] = {"report": snapshot_of(after)}
    if after.kit_id is not None:
        snapshot["kit"] = kits.snapshot_of(await kits.get_kit(uow, after.kit_id))
    await record_lab_event(uow, "lab_report.ready", after.id, after.partner_id, snapshot)


async def mark_downloaded(uow: UnitOfWork, report_id: UUID) -> LabReport:
    """Note that a report was fetched in the portal; the first time moves it to its last state.

    Raises:
        NotFoundError: no such report.
        ReportPendingError: there is nothing to fetch yet.
    """
    await lock_lab(uow)
    report = await get_report(uow, report_id)
    if report.uploaded_at is None:
        raise ReportPendingError
    if report.status == "downloaded":
        return report
    moment = await queries.next_moment(uow.conn, uow.tenant_id, uow.clock.now())
    await queries.set_state(uow.conn, uow.tenant_id, report_id, "downloaded", report.uploaded_at, moment)
    await uow.record(Event(type="lab_report.downloaded", entity_id=report_id))
    return await queries.get_report(uow.conn, uow.tenant_id, report_id)


async def get_report(uow: UnitOfWork, report_id: UUID) -> LabReport:
    """A report of the tenant.

    Raises:
        NotFoundError: there is none.
    """
    report = await queries.find_report(uow.conn, uow.tenant_id, report_id)
    if report is None:
        raise NotFoundError
    return report


async def find_by_clinical_report(uow: UnitOfWork, clinical_report_id: UUID) -> LabReport | None:
    """The report that carries a clinical report to its partner."""
    return await queries.find_by_clinical_report(uow.conn, uow.tenant_id, clinical_report_id)


async def access_ordered_report(uow: UnitOfWork, partner_id: UUID, number: int) -> LabReport:
    """A partner's ordered report by number.

    Raises:
        NotFoundError: the partner has none of that number.
    """
    report = await queries.find_by_number(uow.conn, uow.tenant_id, partner_id, number)
    if report is None:
        raise NotFoundError
    return report


async def list_ordered_reports(
    uow: UnitOfWork, partner_id: UUID, customer_number: int | None = None, window: Window = WHOLE
) -> Found[LabReport]:
    """A partner's ordered reports, newest first."""
    return await queries.list_ordered(uow.conn, uow.tenant_id, partner_id, customer_number, window)


async def list_kit_reports(uow: UnitOfWork, chosen: ReportFilter, window: Window) -> Found[LabReport]:
    """The tenant's reports that belong to a kit, last changed first."""
    return await queries.list_of_kits(uow.conn, uow.tenant_id, chosen, window)


async def find_kit_report(uow: UnitOfWork, report_id: UUID) -> LabReport | None:
    """A report that belongs to a kit."""
    report = await queries.find_report(uow.conn, uow.tenant_id, report_id)
    return report if report is not None and report.kit_id is not None else None


async def page_reports(uow: UnitOfWork, query: LabReportListQuery) -> Page[LabReport]:
    """The tenant's reports, last changed first."""
    return await queries.REPORTS.fetch(uow.conn, query, ["r.tenant_id = $1"], uow.tenant_id)


async def has_ready_report(uow: UnitOfWork, customer_id: UUID) -> bool:
    """Whether a report that the customer's kit was ordered for was made."""
    return await queries.has_ready_report(uow.conn, uow.tenant_id, customer_id)


async def list_files(
    uow: UnitOfWork, partner_id: UUID, report_number: int | None = None, window: Window = WHOLE
) -> Found[ReportFile]:
    """The present files of a partner's ordered reports by number."""
    return await queries.list_files(uow.conn, uow.tenant_id, partner_id, report_number, window)


async def access_file(uow: UnitOfWork, partner_id: UUID, number: int) -> ReportFile:
    """A file of a partner's ordered report by number, a replaced one included.

    Raises:
        NotFoundError: the partner has none of that number.
    """
    found = await queries.find_file_by_number(uow.conn, uow.tenant_id, partner_id, number)
    if found is None:
        raise NotFoundError
    return found


async def find_current_file(uow: UnitOfWork, report_id: UUID) -> ReportFile | None:
    """The file that a report shows now."""
    return await queries.find_current_file(uow.conn, uow.tenant_id, report_id)


async def find_file_by_key(uow: UnitOfWork, report_id: UUID, object_key: str) -> ReportFile | None:
    """The file of a report with this object key, a replaced one included: for links made before."""
    return await queries.find_file_by_key(uow.conn, uow.tenant_id, report_id, object_key)
