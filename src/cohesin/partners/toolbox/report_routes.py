"""Reports, their files, and what happened."""

from __future__ import annotations

from cohesin.kernel.authz import SIGNED_IN
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.http.answers import Answer, StreamAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.storage import ObjectNotFoundError, ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.lab.events import EventFilter, list_events
from cohesin.lab.reports import service as reports
from cohesin.lab.reports.files import stream_file
from cohesin.partners.toolbox.answers import (
    EventPage,
    ReportFilePage,
    ReportPage,
    ToolboxEvent,
    ToolboxReport,
    ToolboxReportFile,
)
from cohesin.partners.toolbox.lists import answer_list, is_storable, nothing
from cohesin.partners.toolbox.lookups import partner_of
from cohesin.partners.toolbox.mapping import LAB_EVENTS, event_answer, file_answer, report_answer
from cohesin.partners.toolbox.requests import EventQuery, ReportFileQuery, ReportQuery
from cohesin.partners.toolbox.surface import toolbox

results = toolbox.tagged("Toolbox: reports")
happenings = toolbox.tagged("Toolbox: events")


@results.get("/api/v1/reports/", permission=SIGNED_IN, answers=list[ToolboxReport] | ReportPage)
async def list_reports(uow: UnitOfWork, call: Call, query: ReportQuery) -> Answer:
    """The account's reports, newest first, of one customer or of all."""
    partner_id = partner_of(uow)
    asked = {number for number in (query.customer_id, query.client_id, query.customer) if number is not None}
    if len(asked) > 1 or not all(is_storable(number) for number in asked):
        return await answer_list(call, query, nothing, report_answer)
    number = next(iter(asked), None)
    return await answer_list(
        call,
        query,
        lambda window: reports.list_ordered_reports(uow, partner_id, number, window),
        report_answer,
    )


@results.get("/api/v1/reports/{report_id}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_report(uow: UnitOfWork, report_id: int) -> ToolboxReport:
    """One report."""
    return report_answer(await reports.access_ordered_report(uow, partner_of(uow), report_id))


@results.get("/api/v1/report-files/", permission=SIGNED_IN, answers=list[ToolboxReportFile] | ReportFilePage)
async def list_report_files(uow: UnitOfWork, call: Call, query: ReportFileQuery) -> Answer:
    """The files of the account's reports, of one report or of all."""
    partner_id, base_url = partner_of(uow), call.base_url
    asked = {number for number in (query.report_id, query.report) if number is not None}
    if len(asked) > 1 or not all(is_storable(number) for number in asked):
        return await answer_list(call, query, nothing, lambda file: file_answer(file, base_url))
    number = next(iter(asked), None)
    return await answer_list(
        call,
        query,
        lambda window: reports.list_files(uow, partner_id, number, window),
        lambda file: file_answer(file, base_url),
    )


@results.get("/api/v1/report-files/{file_id}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_report_file(uow: UnitOfWork, call: Call, file_id: int) -> ToolboxReportFile:
    """One file's record."""
    return file_answer(await reports.access_file(uow, partner_of(uow), file_id), call.base_url)


@results.get(
    "/report-files/{file_id}/download/",
    permission=SIGNED_IN,
    bad_path=NotFoundError,
    media={"application/pdf": ""},
)
async def download_report_file(units: Units, call: Call, store: ObjectStore, file_id: int) -> StreamAnswer:
    """Fetch a file."""
    return await _stream(units, call, store, file_id)


@results.get(
    "/api/v1/report-files/{file_id}/download/",
    permission=SIGNED_IN,
    bad_path=NotFoundError,
    media={"application/pdf": ""},
)
async def download_report_file_api_path(
    units: Units, call: Call, store: ObjectStore, file_id: int
) -> StreamAnswer:
    """Fetch a file, by the longer path."""
    return await _stream(units, call, store, file_id)


async def _stream(units: Units, call: Call, store: ObjectStore, number: int) -> StreamAnswer:
    async with units.open(call.caller, call.origin) as uow:
        file = await reports.access_file(uow, partner_of(uow), number)
    try:
        return await stream_file(store, file)
    except ObjectNotFoundError:
        raise NotFoundError from None


@happenings.get("/api/v1/events/", permission=SIGNED_IN, answers=list[ToolboxEvent] | EventPage)
async def list_toolbox_events(uow: UnitOfWork, call: Call, query: EventQuery) -> Answer:
    """What happened to the account's kits and reports, newest first."""
    partner_id = partner_of(uow)
    chosen = EventFilter(
        at_or_after=query.created_at__gte,
        after=query.created_at__gt,
        before=query.created_at__lt,
        at_or_before=query.created_at__lte,
        type=None if query.type is None else LAB_EVENTS[query.type],
    )
    return await answer_list(
        call, query, lambda window: list_events(uow, partner_id, chosen, window), event_answer
    )
