"""The laboratory's facts in the face's words, and back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final, Literal, cast

import msgspec

from cohesin.lab.customers.schemas import Customer
from cohesin.lab.events import LabEvent
from cohesin.lab.kits.schemas import LabKit
from cohesin.lab.orders.schemas import LabOrder
from cohesin.lab.panels.schemas import LabPanel
from cohesin.lab.registrations.schemas import Registration
from cohesin.lab.reports.schemas import LabReport, ReportFile
from cohesin.lab.shipments.schemas import Shipment
from cohesin.partners.toolbox import answers as wire
from cohesin.partners.toolbox.requests import CustomerFields

KIT_STATUSES: Final[Mapping[str, wire.KitStatus]] = {
    "shipped": "KIT_SHIPPED",
    "received": "KIT_RECEIVED",
    "in_process": "SAMPLE_IN_PROCESS",
    "data_available": "DATA_AVAILABLE",
    "unusable": "KIT_UNUSABLE",
    "lost": "KIT_LOST",
}
EVENT_TYPES: Final[Mapping[str, wire.EventType]] = {
    "kit.shipped": "kit_out_for_delivery",
    "kit.received": "kit_received_by_lab",
    "kit.started": "kit_in_process",
    "kit.data_ready": "kit_data_ready",
    "kit.failed": "kit_failed",
    "kit.lost": "kit_lost",
    "lab_report.ready": "report_ready",
    "lab_report.blocked_no_consent": "report_blocked_no_consent",
    "lab_report.blocked_not_registered": "report_blocked_kit_not_registered",
}
LAB_EVENTS: Final[Mapping[str, str]] = {word: known for known, word in EVENT_TYPES.items()}


def time_text(moment: datetime) -> str:
    """UTC, without a fraction."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00").rjust(25, "0")


def _day_text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def customer_answer(customer: Customer) -> wire.ToolboxCustomer:
    caffeine = customer.caffeine_consumption
    sex = cast("Literal['male', 'female'] | None", customer.sex)
    return wire.ToolboxCustomer(
        id=customer.number,
        created_at=time_text(customer.created_at),
        reference_id=customer.reference_id,
        first_name=customer.first_name,
        last_name=customer.last_name,
        email=customer.email,
        date_of_birth=_day_text(customer.date_of_birth),
        consent_date=_day_text(customer.consent_date),
        sex=sex,
        gender=None if sex is None else "Male" if sex == "male" else "Female",
        ethnicity=cast("Any", customer.ethnicity),
        caffeine_consumption=caffeine,
        caffeine_consumption_label=None if caffeine is None else "Yes" if caffeine else "No",
        diet=cast("Any", customer.diet),
    )


def customer_facts(body: CustomerFields) -> dict[str, Any]:
    """The facts that a body names; `gender` is `sex`, and a list taken back is empty."""
    facts = body.model_dump(exclude_unset=True)
    if "gender" in facts:
        facts["sex"] = facts.pop("gender")
    if facts.get("sex") is not None:
        facts["sex"] = facts["sex"].lower()
    for name in ("ethnicity", "diet"):
        if name in facts and facts[name] is None:
            facts[name] = []
    return facts


def shipment_answer(shipment: Shipment) -> wire.CustomerShipment:
    return wire.CustomerShipment(
        id=shipment.number,
        created_at=time_text(shipment.created_at),
        customer=shipment.customer_number,
        customer_id=shipment.customer_number,
        recipient_address=msgspec.convert(shipment.recipient_address, wire.ToolboxAddress),
        recipient_phone=shipment.recipient_phone,
        recipient_name=shipment.recipient_name,
        sku=shipment.sku,
        quantity=shipment.quantity,
        is_replacement=shipment.is_replacement,
        notes=shipment.notes,
        tracking_no=shipment.tracking_no,
        status=shipment.status,
    )


def kit_answer(kit: LabKit) -> wire.ToolboxKit:
    return wire.ToolboxKit(
        id=kit.number,
        shipment=kit.shipment_number,
        barcode=kit.barcode,
        sku=kit.sku,
        status=None if kit.status is None else KIT_STATUSES[kit.status],
        created_at=time_text(kit.created_at),
        modified_at=time_text(kit.updated_at),
    )


def registration_answer(registration: Registration) -> wire.CustomerKitRegistration:
    verified = registration.verification_date
    return wire.CustomerKitRegistration(
        id=registration.number,
        created_at=time_text(registration.created_at),
        modified_at=time_text(registration.updated_at),
        customer=registration.customer_number,
        kit=str(registration.kit_number),
        verification_date=None if verified is None else time_text(verified),
    )


def order_answer(order: LabOrder) -> wire.CustomerPanelOrder:
    return wire.CustomerPanelOrder(
        id=order.number,
        created_at=time_text(order.created_at),
        customer=order.customer_number,
        customer_id=order.customer_number,
        order_items=[wire.ToolboxOrderItem(id=item.number, panel_sku=item.panel_sku) for item in order.items],
    )


def trait_panel_answer(panel: LabPanel) -> wire.TraitPanel:
    return wire.TraitPanel(
        id=panel.number,
        name=panel.name,
        sku=panel.sku,
        is_license_required=panel.is_license_required,
        phenotype_groups=panel.phenotype_groups,
    )


def raw_panel_answer(panel: LabPanel) -> wire.RawPanel:
    return wire.RawPanel(
        id=panel.number,
        name=panel.name,
        sku=panel.sku,
        is_license_required=panel.is_license_required,
        snps=panel.snps,
    )


def multi_trait_panel_answer(panel: LabPanel) -> wire.MultiTraitPanel:
    return wire.MultiTraitPanel(
        id=panel.number,
        sku=panel.sku,
        is_license_required=panel.is_license_required,
        created_at=time_text(panel.created_at),
        modified_at=time_text(panel.updated_at),
        trait_panels=[wire.TraitPanelRef(id=part.number, sku=part.sku) for part in panel.parts],
    )


def report_answer(report: LabReport) -> wire.ToolboxReport:
    assert report.order_number is not None
    assert report.order_item_number is not None
    return wire.ToolboxReport(
        id=report.number,
        client_id=report.customer_number,
        customer=report.customer_number,
        created_at=time_text(report.created_at),
        modified_at=time_text(report.updated_at),
        status="pending" if report.status == "pending" else "report-ready",
        order=report.order_number,
        order_item=report.order_item_number,
        order_list=report.order_item_number,
        panel=wire.PanelSummary(
            name=report.report_type, sku=report.panel_sku or "", description=report.panel_description or ""
        ),
    )


def file_answer(file: ReportFile, base_url: str) -> wire.ToolboxReportFile:
    return wire.ToolboxReportFile(
        id=file.number,
        report=file.report_number,
        report_id=file.report_number,
        created_at=time_text(file.created_at),
        category=cast("wire.FileCategoryWord", file.category.replace("_", "-")),
        download_link=f"{base_url}/report-files/{file.number}/download/",
    )


def event_answer(event: LabEvent) -> wire.ToolboxEvent:
    word = EVENT_TYPES[event.type]
    kit, report = event.data.get("kit"), event.data.get("report")
    data = wire.EventData(
        kit=msgspec.UNSET if kit is None else _event_kit(kit),
        report=msgspec.UNSET if report is None else _event_report(report),
    )
    return wire.ToolboxEvent(
        id=event.sequence, type=word, action=word, created_at=time_text(event.occurred_at), data=data
    )


def _event_kit(kit: Mapping[str, Any]) -> wire.EventKit:
    return wire.EventKit(
        id=kit["number"],
        shipment=kit["shipment_number"],
        shipment_id=kit["shipment_number"],
        barcode=kit["barcode"],
        sku=kit["sku"],
        status=None if kit["status"] is None else KIT_STATUSES[kit["status"]],
        created_at=time_text(datetime.fromisoformat(kit["created_at"])),
        modified_at=time_text(datetime.fromisoformat(kit["updated_at"])),
        reason=kit["reason"],
    )


def _event_report(report: Mapping[str, Any]) -> wire.EventReport:
    panel = report["panel"]
    return wire.EventReport(
        id=report["number"],
        client_id=report["customer_number"],
        customer=report["customer_number"],
        created_at=time_text(datetime.fromisoformat(report["created_at"])),
        modified_at=time_text(datetime.fromisoformat(report["updated_at"])),
        status="pending" if report["status"] == "pending" else "report-ready",
        order=report["order_number"],
        order_item=report["order_item_number"],
        order_list=report["order_item_number"],
        panel=wire.PanelSummary(name=panel["name"], sku=panel["sku"], description=panel["description"]),
        reason=report["reason"],
    )
