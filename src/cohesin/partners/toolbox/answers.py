"""The answers of the face."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from cohesin.kernel.http.wire import Uri

#: UTC, whole seconds, `+00:00`.
Time = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00$")]
DayText = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date"})]
KitStatus = Literal[
    "KIT_SHIPPED", "KIT_RECEIVED", "SAMPLE_IN_PROCESS", "KIT_UNUSABLE", "KIT_LOST", "DATA_AVAILABLE"
]
ReportStatus = Literal["pending", "report-ready"]
FileCategoryWord = Literal["health-action-plan", "practitioner-summary", "supplements", "client-summary"]
EventType = Literal[
    "kit_out_for_delivery",
    "kit_received_by_lab",
    "kit_in_process",
    "kit_failed",
    "kit_lost",
    "kit_data_ready",
    "report_ready",
    "report_blocked_no_consent",
    "report_blocked_kit_not_registered",
]


class Answered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A closed object."""


class Token(Answered, frozen=True, kw_only=True):
    """A signed JWT."""

    token: str


class ToolboxCustomer(Answered, frozen=True, kw_only=True):
    """A stored customer."""

    id: int
    created_at: Time
    reference_id: str | None
    first_name: str
    last_name: str
    email: str | None
    date_of_birth: DayText | None
    consent_date: DayText | None
    sex: Literal["male", "female"] | None
    gender: Literal["Male", "Female"] | None
    ethnicity: list[Literal["asian", "caucasian", "latino", "african"]]
    caffeine_consumption: bool | None
    caffeine_consumption_label: Literal["Yes", "No"] | None
    diet: list[Literal["no_meat", "no_gluten", "no_dairy", "only_fish"]]


class ToolboxAddress(Answered, frozen=True, kw_only=True):
    """A postal address."""

    line_1: str
    city: str
    state: str
    postal_code: int | str
    country: str
    line_2: str | msgspec.UnsetType | None = msgspec.UNSET


class CustomerShipment(Answered, frozen=True, kw_only=True):
    """A stored shipment."""

    id: int
    created_at: Time
    customer: int
    customer_id: int
    recipient_address: ToolboxAddress
    recipient_phone: str
    recipient_name: str
    sku: str
    quantity: int
    is_replacement: bool
    notes: str | None
    tracking_no: str | None
    status: Literal["pending", "shipped", "canceled"]


class ToolboxKit(Answered, frozen=True, kw_only=True):
    """A collection kit."""

    id: int
    shipment: int | None
    barcode: str
    sku: str | None
    status: KitStatus | None
    created_at: Time
    modified_at: Time


class CustomerKitRegistration(Answered, frozen=True, kw_only=True):
    """Which customer holds which kit."""

    id: int
    created_at: Time
    modified_at: Time
    customer: int
    kit: str
    verification_date: Time | None


class ToolboxOrderItem(Answered, frozen=True, kw_only=True):
    """One ordered panel."""

    id: int
    panel_sku: str


class CustomerPanelOrder(Answered, frozen=True, kw_only=True):
    """A stored order."""

    id: int
    created_at: Time
    customer: int
    customer_id: int
    order_items: list[ToolboxOrderItem]


class TraitPanel(Answered, frozen=True, kw_only=True):
    """Panel of traits."""

    id: int
    name: str
    sku: str
    is_license_required: bool
    phenotype_groups: list[str]


class RawPanel(Answered, frozen=True, kw_only=True):
    """Panel of single markers."""

    id: int
    name: str
    sku: str
    is_license_required: bool
    snps: list[str]


class TraitPanelRef(Answered, frozen=True, kw_only=True):
    """Pointer to a trait panel."""

    id: int
    sku: str


class MultiTraitPanel(Answered, frozen=True, kw_only=True):
    """Bundle of trait panels."""

    id: int
    sku: str
    is_license_required: bool
    created_at: Time
    modified_at: Time
    trait_panels: list[TraitPanelRef]


class PanelSummary(Answered, frozen=True, kw_only=True):
    """The panel a report is about."""

    name: str
    sku: str
    description: str


class ToolboxReport(Answered, frozen=True, kw_only=True):
    """The result of one ordered panel."""

    id: int
    client_id: int
    customer: int
    created_at: Time
    modified_at: Time
    status: ReportStatus
    order: int
    order_item: int
    order_list: int
    panel: PanelSummary


class ToolboxReportFile(Answered, frozen=True, kw_only=True):
    """A file of a report."""

    id: int
    report: int
    report_id: int
    created_at: Time
    category: FileCategoryWord
    download_link: Uri


class EventKit(ToolboxKit, frozen=True, kw_only=True):
    """The kit as it was when the event arose."""

    shipment_id: int | None
    reason: str | None


class EventReport(ToolboxReport, frozen=True, kw_only=True):
    """The report as it was when the event arose."""

    reason: str | None


class EventData(Answered, frozen=True, kw_only=True):
    """What the event is about."""

    kit: EventKit | msgspec.UnsetType = msgspec.UNSET
    report: EventReport | msgspec.UnsetType = msgspec.UNSET


class ToolboxEvent(Answered, frozen=True, kw_only=True):
    """One happening in the life of a kit or report."""

    id: int
    type: EventType
    action: EventType
    created_at: Time
    data: EventData


class ListPage(Answered, frozen=True, kw_only=True):
    """A page: `count` items on it, `total` over all, and the addresses of its neighbours."""

    count: int
    total: int
    next: Uri | None
    previous: Uri | None
    results: list[Any]


class CustomerPage(ListPage, frozen=True, kw_only=True):
    results: list[ToolboxCustomer]


class CustomerShipmentPage(ListPage, frozen=True, kw_only=True):
    results: list[CustomerShipment]


class KitPage(ListPage, frozen=True, kw_only=True):
    results: list[ToolboxKit]


class CustomerKitRegistrationPage(ListPage, frozen=True, kw_only=True):
    results: list[CustomerKitRegistration]


class CustomerPanelOrderPage(ListPage, frozen=True, kw_only=True):
    results: list[CustomerPanelOrder]


class TraitPanelPage(ListPage, frozen=True, kw_only=True):
    results: list[TraitPanel]


class RawPanelPage(ListPage, frozen=True, kw_only=True):
    results: list[RawPanel]


class MultiTraitPanelPage(ListPage, frozen=True, kw_only=True):
    results: list[MultiTraitPanel]


class ReportPage(ListPage, frozen=True, kw_only=True):
    results: list[ToolboxReport]


class ReportFilePage(ListPage, frozen=True, kw_only=True):
    results: list[ToolboxReportFile]


class EventPage(ListPage, frozen=True, kw_only=True):
    results: list[ToolboxEvent]
