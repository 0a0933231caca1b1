"""The wire of reports on their way to those who asked for them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from cohesin.kernel.http.models import ListQuery
from cohesin.kernel.http.wire import Instant

ReportState = Literal["pending", "ready", "downloaded"]
FileCategory = Literal["health_action_plan", "practitioner_summary", "supplements", "client_summary"]


class LabReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report of one person. `location_id` is the space that handled the kit, or the tenant where none is named."""

    id: UUID
    number: int
    partner_id: UUID | None
    customer_id: UUID
    customer_number: int
    customer_name: str
    kit_id: UUID | None
    kit_barcode: str | None
    order_number: int | None
    order_item_number: int | None
    clinical_report_id: UUID | None
    report_type_id: UUID
    report_type: str
    panel_id: UUID | None
    panel_sku: str | None
    panel_description: str | None
    location_id: UUID
    status: ReportState
    own_data: bool
    uploaded_at: Instant | None
    created_at: Instant
    updated_at: Instant


class ReportFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a report; a replaced one has another in its place."""

    id: UUID
    number: int
    report_id: UUID
    report_number: int
    category: FileCategory
    object_key: str
    file_name: str | None
    size_bytes: int
    created_at: datetime
    replaced_at: datetime | None


class DeliveredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the object store that is to be a report's."""

    object_key: str
    size_bytes: int
    file_name: str | None = None
    category: FileCategory = "client_summary"


class NewReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a report when it is promised. `report_type_id` is the panel or the assay it is about."""

    customer_id: UUID
    report_type_id: UUID
    report_type: str
    partner_id: UUID | None = None
    kit_id: UUID | None = None
    order_item_id: UUID | None = None
    clinical_report_id: UUID | None = None
    panel_id: UUID | None = None
    location_id: UUID | None = None
    sealed_result: bytes | None = None
    id: UUID | None = None


class ReportFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which reports that belong to a kit; `since` keeps those that changed later."""

    status: ReportState | None = None
    location_id: UUID | None = None
    customer_id: UUID | None = None
    since: datetime | None = None


class LabReportListQuery(ListQuery):
    status: ReportState | None = None
    partner_id: UUID | None = None
    customer_id: UUID | None = None
    kit_id: UUID | None = None
