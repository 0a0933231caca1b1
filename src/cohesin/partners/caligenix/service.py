"""What a partner may do with the reports of its organisation: look them up, and fetch their files by link."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.http.call import Call
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.lab.reports import service as lab_reports
from cohesin.lab.reports.schemas import LabReport, ReportFile
from cohesin.partners.caligenix.errors import (
    ReportFileMissingError,
    ReportNotFoundError,
    ReportWithoutFileError,
)
from cohesin.partners.caligenix.links import FileLinks, LinkedFile
from cohesin.partners.caligenix.mapping import filter_of, report_of, window_of
from cohesin.partners.caligenix.schemas import (
    DownloadReport,
    DownloadUrlResponse,
    Report,
    ReportListQuery,
    ReportListResponse,
)
from cohesin.platform.spaces.service import names_of
from cohesin.platform.tenants.service import access_tenant


async def list_reports(uow: UnitOfWork, query: ReportListQuery) -> ReportListResponse:
    """A page of the organisation's reports of kits, last changed first, and how many match in all."""
    found = await lab_reports.list_kit_reports(uow, filter_of(query), window_of(query))
    names = await _location_names(uow, found.items)
    shown = [report_of(report, names.get(report.location_id)) for report in found.items]
    return ReportListResponse(shown, query.limit, query.offset, found.total)


async def get_report(uow: UnitOfWork, report_id: UUID) -> Report:
    """One report of the organisation.

    Raises:
        ReportNotFoundError: there is none of a kit, or it is another organisation's.
    """
    report = await _find_report(uow, report_id)
    names = await _location_names(uow, [report])
    return report_of(report, names.get(report.location_id))


async def make_link(
    units: Units, store: ObjectStore, links: FileLinks, call: Call, report_id: UUID
) -> DownloadUrlResponse:
    """A link to a report's present file. The report's state stays as it is.

    Storage is asked after the transaction has ended.

    Raises:
        ReportNotFoundError: no such report.
        ReportWithoutFileError: it is pending, or has no file.
        ReportFileMissingError: storage does not hold its file.
    """
    async with units.open(call.caller, call.origin) as uow:
        report = await _find_report(uow, report_id)
        file = await lab_reports.find_current_file(uow, report_id)
        tenant_id = uow.tenant_id
    if file is None or report.status == "pending":
        raise ReportWithoutFileError
    if not await store.exists(file.object_key):
        raise ReportFileMissingError
    linked = LinkedFile(tenant_id=tenant_id, report_id=report.id, object_key=file.object_key)
    url, expires = links.make(call, linked, units.clock.now())
    shown = DownloadReport(
        id=report.id,
        file_name=file.file_name,
        status="AVAILABLE" if report.status == "ready" else "DOWNLOADED",
    )
    return DownloadUrlResponse(download_url=url, expires_at=expires, report=shown)


async def follow_link(units: Units, links: FileLinks, call: Call, now: datetime) -> ReportFile:
    """The file version behind a signed link, replaced meanwhile or not.

    Raises:
        AlteredLinkError, ExpiredLinkError: nothing is looked up then.
        ReportFileMissingError: the report or that version is no more.
    """
    linked = links.read(call.path, call.query, now)
    caller = Caller(kind=CallerKind.PARTNER, tenant_id=linked.tenant_id, read_only=True)
    async with units.open(caller, call.origin) as uow:
        file = await lab_reports.find_file_by_key(uow, linked.report_id, linked.object_key)
    if file is None:
        raise ReportFileMissingError
    return file


async def _find_report(uow: UnitOfWork, report_id: UUID) -> LabReport:
    report = await lab_reports.find_kit_report(uow, report_id)
    if report is None:
        raise ReportNotFoundError
    return report


async def _location_names(uow: UnitOfWork, reports: Iterable[LabReport]) -> dict[UUID, str]:
    """The names of the places of reports; the organisation itself is the place of a kit no site was named for."""
    places = {report.location_id for report in reports}
    names = await names_of(uow, sorted(places - {uow.tenant_id}))
    if uow.tenant_id in places:
        names[uow.tenant_id] = (await access_tenant(uow, uow.tenant_id)).name
    return names
