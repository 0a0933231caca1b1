"""Between the laboratory's reports and Connect's: states, names, instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from cohesin.lab.listing import Window
from cohesin.lab.reports.schemas import LabReport, ReportFilter, ReportState
from cohesin.partners.caligenix.schemas import Report, ReportListQuery, ReportStatus

STATUS_OUT: Final[dict[ReportState, ReportStatus]] = {
    "pending": "PENDING",
    "ready": "AVAILABLE",
    "downloaded": "DOWNLOADED",
}
STATUS_IN: Final[dict[ReportStatus, ReportState]] = {shown: known for known, shown in STATUS_OUT.items()}


def moment(at: datetime) -> str:
    """An instant in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def filter_of(query: ReportListQuery) -> ReportFilter:
    return ReportFilter(
        status=None if query.status is None else STATUS_IN[query.status],
        location_id=query.location_id,
        customer_id=query.client_id,
        since=query.since,
    )


def window_of(query: ReportListQuery) -> Window:
    return Window(query.limit, query.offset)


def report_of(report: LabReport, location_name: str | None) -> Report:
    """A report of a kit as Connect shows it."""
    assert report.kit_id is not None
    return Report(
        id=report.id,
        client_id=report.customer_id,
        client_name=report.customer_name,
        kit_id=report.kit_id,
        kit_barcode=report.kit_barcode,
        report_type_id=report.report_type_id,
        report_type_name=report.report_type,
        location_id=report.location_id,
        location_name=location_name,
        status=STATUS_OUT[report.status],
        uploaded_at=None if report.uploaded_at is None else moment(report.uploaded_at),
        created_at=moment(report.created_at),
        updated_at=moment(report.updated_at),
    )
