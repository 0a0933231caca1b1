"""Connect over HTTP: reports of the caller's organisation, and the signed links to their files."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.authz import PUBLIC
from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.http.answers import StreamAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.disposition import attachment
from cohesin.kernel.http.wire import UuidText
from cohesin.kernel.storage import ObjectNotFoundError, ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.lab.reports import delivery
from cohesin.partners.caligenix.errors import (
    ReportFileMissingError,
    ReportNotFoundError,
    ReportWithoutFileError,
)
from cohesin.partners.caligenix.links import FileLinks, LinkedFile
from cohesin.partners.caligenix.mapping import filters_of, report_of
from cohesin.partners.caligenix.schemas import (
    DownloadReport,
    DownloadUrlResponse,
    HealthResponse,
    LinkQuery,
    ReportDetailResponse,
    ReportListQuery,
    ReportListResponse,
)
from cohesin.partners.caligenix.surface import DOWNLOAD, READ, connect

system = connect.tagged("Connect system")
reports = connect.tagged("Connect reports")


@system.get("/v1/health", permission=PUBLIC)
async def get_health(units: Units, store: ObjectStore, call: Call) -> HealthResponse:
    """Whether database and object store answer."""
    await units.fetch_value("SELECT 1")
    await store.reach()
    return HealthResponse(True, call.request_id)


@reports.get("/v1/reports", permission=READ)
async def list_reports(uow: UnitOfWork, query: ReportListQuery) -> ReportListResponse:
    """Reports of the organisation, last changed first.

    Filters narrow together. To poll, send the newest `updatedAt` seen as `since`: what changed later comes back, each
    change once.
    """
    found, total = await delivery.list_for_delivery(uow, filters_of(query))
    return ReportListResponse([report_of(report) for report in found], query.limit, query.offset, total)


@reports.get("/v1/reports/{id}", permission=READ)
async def get_report(uow: UnitOfWork, id: UUID) -> ReportDetailResponse:
    """One report of the organisation."""
    report = await delivery.find_for_delivery(uow, id)
    if report is None:
        raise ReportNotFoundError
    return ReportDetailResponse(report_of(report))


@reports.get("/v1/reports/{id}/download-url", permission=DOWNLOAD)
async def get_download_url(
    units: Units, call: Call, store: ObjectStore, links: FileLinks, id: UUID
) -> DownloadUrlResponse:
    """A link to the report's present file, good for 15 minutes.

    The report's state stays as it is. Storage is asked after the transaction has ended.
    """
    async with units.open(call.caller, call.origin) as uow:
        report = await delivery.find_for_delivery(uow, id)
        if report is None:
            raise ReportNotFoundError
        file = await delivery.find_delivery_file(uow, id)
        tenant_id = uow.tenant_id
    if file is None or report.status == "pending":
        raise ReportWithoutFileError
    if not await store.exists(file.object_key):
        raise ReportFileMissingError
    linked = LinkedFile(tenant_id=tenant_id, report_id=report.id, file_id=file.id)
    url, expires = links.make(call, linked, units.clock.now())
    shown = DownloadReport(
        id=report.id,
        file_name=file.file_name,
        status="AVAILABLE" if report.status == "ready" else "DOWNLOADED",
    )
    return DownloadUrlResponse(download_url=url, expires_at=expires, report=shown)


@reports.get("/v1/files/{id}", permission=PUBLIC, media={"application/pdf": ""})
async def download_report_file(
    units: Units, call: Call, store: ObjectStore, links: FileLinks, id: UuidText, query: LinkQuery
) -> StreamAnswer:
    """The PDF behind a signed link; the signature is the only credential.

    The link stands for one version of the file: after a replacement it still gives the old one, until it ends.
    """
    sent: dict[str, list[str]] = {name: [] for name in type(query).model_fields}
    for name, value in call.query:
        if name in sent:
            sent[name].append(value)
    linked = links.read(call.path, sent, units.clock.now())
    caller = Caller(kind=CallerKind.PARTNER, tenant_id=linked.tenant_id, read_only=True)
    async with units.open(caller, call.origin) as uow:
        file = await delivery.find_delivery_file(uow, linked.report_id, linked.file_id)
    if file is None:
        raise ReportNotFoundError
    try:
        stream = await store.get_stream(file.object_key)
    except ObjectNotFoundError:
        raise ReportFileMissingError from None
    name = file.file_name or f"report-{id}.pdf"
    return StreamAnswer(
        chunks=stream.chunks,
        media_type="application/pdf",
        length=stream.size,
        headers={"Content-Disposition": attachment(name)},
    )
