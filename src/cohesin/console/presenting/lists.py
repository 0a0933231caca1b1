"""The lists of orders, kits and reports."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from cohesin.clinical.reports.entity import ReportDetail
from cohesin.console.presenting.words import KIT_STATES, NO_KIT_STATE, ORDER_STATES, REPORT_STATES, TEST_TYPES
from cohesin.console.views import Badge, Cell, Choice, Filters, ListPage, Paging, TextFilter
from cohesin.kernel.http.answers import Page
from cohesin.lab.kits.schemas import LabKit
from cohesin.lab.reports.schemas import LabReport

PAGE_SIZE = 25


def paging_of(path: str, values: Mapping[str, str], offset: int, count: int, total: int) -> Paging:
    """Where a page stands, and the addresses of its neighbours with the same filters."""
    kept = {name: value for name, value in values.items() if value}

    def address(start: int) -> str:
        query = kept | ({"offset": str(start)} if start else {})
        return f"{path}?{urlencode(query)}" if query else path

    return Paging(
        first=offset + 1,
        last=offset + count,
        total=total,
        previous=address(max(0, offset - PAGE_SIZE)) if offset else None,
        next=address(offset + PAGE_SIZE) if offset + count < total else None,
    )


def _choices(states: Mapping[str, Badge]) -> tuple[Choice, ...]:
    return tuple(Choice(value, badge.label) for value, badge in states.items())


def orders_page(found: Page[LabReport], state: str) -> ListPage:
    """Every ordered report, last changed first: one line for each panel of an order."""
    rows = tuple(
        (
            Cell(text=f"Order {one.order_number}" if one.order_number else ""),
            Cell(badge=ORDER_STATES[one.status]),
            Cell(text=one.report_type),
            Cell(text=one.panel_sku or "", mono=True),
            Cell(text=f"Customer {one.customer_number}"),
            Cell(text=one.kit_barcode or "", mono=True),
            Cell(moment=one.created_at),
            Cell(moment=one.updated_at),
        )
        for one in found.data
    )
    offset = int(found.pagination.offset)
    return ListPage(
        title="Orders",
        lead="What partners and customers have asked for, and how far it is.",
        columns=("Order", "State", "Panel", "SKU", "Customer", "Kit", "Ordered", "Changed"),
        rows=rows,
        filters=Filters("/orders", (), state, _choices(ORDER_STATES)),
        paging=paging_of("/orders", {"state": state}, offset, len(rows), int(found.pagination.total)),
        empty="There is no order yet. Orders come from partners, through the ordering API.",
        filtered=bool(state),
    )


def kits_page(found: Page[LabKit], barcode: str, state: str) -> ListPage:
    """Kits, newest first."""
    rows = tuple(
        (
            Cell(text=one.barcode, mono=True),
            Cell(badge=KIT_STATES[one.status] if one.status else NO_KIT_STATE),
            Cell(text=one.sku or "", mono=True),
            Cell(text=f"Shipment {one.shipment_number}" if one.shipment_number else ""),
            Cell(text=one.reason or ""),
            Cell(moment=one.created_at),
            Cell(moment=one.updated_at),
        )
        for one in found.data
    )
    offset = int(found.pagination.offset)
    values = {"barcode": barcode, "state": state}
    return ListPage(
        title="Kits",
        lead="Collection kits on their way from shipment to data.",
        columns=("Barcode", "State", "SKU", "Shipment", "Reason", "Made", "Changed"),
        rows=rows,
        filters=Filters(
            "/kits", (TextFilter("barcode", "Whole barcode", barcode),), state, _choices(KIT_STATES)
        ),
        paging=paging_of("/kits", values, offset, len(rows), int(found.pagination.total)),
        empty="There is no kit yet. Kits come with orders, or are made by the laboratory.",
        filtered=bool(barcode or state),
    )


def reports_page(found: list[ReportDetail], total: int, values: Mapping[str, str], offset: int) -> ListPage:
    """Clinical reports, newest first; `values` are the filters as they stand (`accession`, `kit`, `state`)."""
    rows = tuple(_report_row(one) for one in found)
    fields = (
        TextFilter("accession", "Accession number", values["accession"]),
        TextFilter("kit", "Kit barcode", values["kit"]),
    )
    return ListPage(
        title="Reports",
        lead="Clinical reports, newest first.",
        columns=("Report", "State", "Test", "Accession", "Kit", "Reviewed", "Launched", "Approved"),
        rows=rows,
        filters=Filters("/reports", fields, values["state"], _choices(REPORT_STATES)),
        paging=paging_of("/reports", values, offset, len(rows), total),
        empty="There is no report yet. One begins when a genome is uploaded and a report is launched.",
        filtered=any(values.values()),
    )


def _report_row(one: ReportDetail) -> tuple[Cell, ...]:
    report = one.report
    proband = one.member("proband")
    reviewed = f"{report.reviewed_variant_count} of {report.variant_count}" if report.variant_count else ""
    test = TEST_TYPES.get(report.test_type, report.test_type)
    return (
        Cell(text=f"Report {report.number}", link=f"/reports/{report.number}"),
        Cell(badge=REPORT_STATES[report.status]),
        Cell(text=f"{test}, {report.panel_name}" if report.panel_name else test),
        Cell(text=report.accession_id or "", mono=True),
        Cell(text=(proband.external_id if proband else None) or "", mono=True),
        Cell(text=reviewed),
        Cell(moment=report.created_at),
        Cell(moment=report.approved_at),
    )
