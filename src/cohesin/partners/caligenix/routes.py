"""Connect over HTTP: reports of the caller's organisation, and the signed links to their files."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.authz import PUBLIC
from cohesin.kernel.http.answers import StreamAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.disposition import attachment
from cohesin.kernel.http.wire import UuidText
from cohesin.kernel.storage import ObjectNotFoundError, ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.partners.caligenix import service
from cohesin.partners.caligenix.errors import ReportFileMissingError
from cohesin.partners.caligenix.links import FileLinks
from cohesin.partners.caligenix.schemas import (
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
    return await service.list_reports(uow, query)


@reports.get("/v1/reports/{id}", permission=READ)
async def get_report(uow: UnitOfWork, id: UUID) -> ReportDetailResponse:
    """One report of the organisation."""
    return ReportDetailResponse(await service.get_report(uow, id))


@reports.get("/v1/reports/{id}/download-url", permission=DOWNLOAD)
async def get_download_url(
    units: Units, call: Call, store: ObjectStore, links: FileLinks, id: UUID
) -> DownloadUrlResponse:
    """A link to the report's present file, good for 15 minutes.

    Making or following links leaves the report's state alone.
    """
    return await service.make_link(units, store, links, call, id)


@reports.get("/v1/files/{id}", permission=PUBLIC, media={"application/pdf": ""})
async def download_report_file(
    units: Units, call: Call, store: ObjectStore, links: FileLinks, id: UuidText, query: LinkQuery
) -> StreamAnswer:
    """The PDF behind a signed link; the signature is the only credential.

    The link stands for one version of the file: after a replacement it still gives the old one, until it ends.
    """
    del query  # it tells whether all parts are there; the signature is over their texts as they came
    file = await service.follow_link(units, links, call, units.clock.now())
    try:
        stream = await store.get_stream(file.object_key)
    except ObjectNotFoundError:
        raise ReportFileMissingError from None
    return StreamAnswer(
        chunks=stream.chunks,
        media_type="application/pdf",
        length=stream.size,
        headers={"Content-Disposition": attachment(file.file_name or f"report-{id}.pdf")},
    )
