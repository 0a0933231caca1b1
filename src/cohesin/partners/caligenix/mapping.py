"""Between the laboratory's reports and Connect's: states, types, instants."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from uuid import UUID, uuid5

from cohesin.lab.reports.delivery import DeliveredReport, DeliveryFilters, DeliveryStatus
from cohesin.partners.caligenix.schemas import Report, ReportListQuery, ReportStatus

#: Report types are names in the laboratory; Connect wants an id, the same for a name everywhere and always.
REPORT_TYPES: Final = UUID("8d3b2b0e-0f6a-4e56-9a0c-5f1f4d6f2c11")
STATUS_OUT: Final[dict[DeliveryStatus, ReportStatus]] = {
    "pending": "PENDING",
    "ready": "AVAILABLE",
    "downloaded": "DOWNLOADED",
}
STATUS_IN: Final = {shown: known for known, shown in STATUS_OUT.items()}


def moment(at: datetime) -> str:
    """An instant in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def filters_of(query: ReportListQuery) -> DeliveryFilters:
    return DeliveryFilters(
        status=None if query.status is None else STATUS_IN[query.status],
        location_id=query.location_id,
        customer_id=query.client_id,
        since=query.since,
        limit=query.limit,
        offset=query.offset,
    )


def report_of(report: DeliveredReport) -> Report:
    return Report(
        id=report.id,
        client_id=report.customer_id,
        client_name=report.customer_name,
        kit_id=report.kit_id,
        kit_barcode=report.kit_barcode,
        report_type_id=report.panel_id or uuid5(REPORT_TYPES, report.report_type),
        report_type_name=report.panel_name or report.report_type,
        location_id=report.location_id,
        location_name=report.location_name,
        status=STATUS_OUT[report.status],
        uploaded_at=None if report.uploaded_at is None else moment(report.uploaded_at),
        created_at=moment(report.created_at),
        updated_at=moment(report.updated_at),
    )
