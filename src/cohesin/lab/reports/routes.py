"""Reports in the laboratory's portal."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page, StreamAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.storage import ObjectNotFoundError, ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.lab.permissions import LAB_READ
from cohesin.lab.reports import service
from cohesin.lab.reports.errors import ReportFileMissingError, ReportPendingError
from cohesin.lab.reports.files import stream_file
from cohesin.lab.reports.schemas import LabReport, LabReportListQuery
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")
BASE = "/api/v1/secure/lab/reports"


@lab.get(f"{BASE}/", permission=LAB_READ)
async def list_lab_reports(uow: UnitOfWork, query: LabReportListQuery) -> Page[LabReport]:
    """Reports, last changed first."""
    return await service.page_reports(uow, query)


@lab.get(f"{BASE}/{{id}}", permission=LAB_READ)
async def get_lab_report(uow: UnitOfWork, id: UUID) -> DataOf[LabReport]:
    """One report."""
    return DataOf(await service.get_report(uow, id))


@lab.get(
    f"{BASE}/{{id}}/download",
    permission=LAB_READ,
    media={"application/pdf": "binary"},
    errors=(ConflictError,),
)
async def download_lab_report(units: Units, call: Call, store: ObjectStore, id: UUID) -> StreamAnswer:
    """Fetch a report's PDF; the first time marks it downloaded."""
    async with units.open(call.caller, call.origin) as uow:
        await service.get_report(uow, id)
        file = await service.find_current_file(uow, id)
    if file is None:
        raise ReportPendingError
    try:
        answer = await stream_file(store, file)
    except ObjectNotFoundError:
        raise ReportFileMissingError from None
    async with units.open(call.caller, call.origin) as uow:
        await service.mark_downloaded(uow, id)
    return answer
