"""The lists: orders, kits, reports. htmx asks for the rows only."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from cohesin.clinical.reports import service as reports
from cohesin.clinical.reports.entity import ReportFilters
from cohesin.console.pages import page
from cohesin.console.permissions import CLINICAL_READ, LAB_READ
from cohesin.console.presenting.lists import PAGE_SIZE, kits_page, orders_page, reports_page
from cohesin.console.presenting.words import KIT_STATES, ORDER_STATES, REPORT_STATES
from cohesin.console.routes.session import shell_of
from cohesin.console.session import CsrfTokens
from cohesin.console.surface import console, is_fragment
from cohesin.console.views import ListPage
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.models import QueryModel
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.kits.schemas import KitListQuery
from cohesin.lab.kits.service import page_kits
from cohesin.lab.reports.schemas import LabReportListQuery
from cohesin.lab.reports.service import page_reports


class ListFilters(QueryModel):
    """What a list's form sends: an empty field filters nothing, and so does a state that does not exist."""

    state: str = ""
    barcode: str = ""
    accession: str = ""
    kit: str = ""
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    def state_of(self, known: object) -> str:
        return self.state if self.state in known else ""  # type: ignore[operator]


@console.get("/orders", permission=LAB_READ, hidden=True)
async def list_orders(uow: UnitOfWork, call: Call, csrf: CsrfTokens, query: ListFilters) -> RawAnswer:
    """Ordered panels and how far they are."""
    state = query.state_of(ORDER_STATES)
    wanted = LabReportListQuery.model_validate(
        {"status": state or None, "limit": PAGE_SIZE, "offset": query.offset}
    )
    return await _show(uow, call, csrf, orders_page(await page_reports(uow, wanted), state), "orders")


@console.get("/kits", permission=LAB_READ, hidden=True)
async def list_kits(uow: UnitOfWork, call: Call, csrf: CsrfTokens, query: ListFilters) -> RawAnswer:
    """Kits and their states."""
    state = query.state_of(KIT_STATES)
    wanted = KitListQuery.model_validate(
        {
            "status": state or None,
            "barcode": query.barcode or None,
            "limit": PAGE_SIZE,
            "offset": query.offset,
        }
    )
    return await _show(uow, call, csrf, kits_page(await page_kits(uow, wanted), query.barcode, state), "kits")


@console.get("/reports", permission=CLINICAL_READ, hidden=True)
async def list_reports(uow: UnitOfWork, call: Call, csrf: CsrfTokens, query: ListFilters) -> RawAnswer:
    """Clinical reports."""
    state = query.state_of(REPORT_STATES)
    filters = ReportFilters(
        statuses=[state] if state else None,
        accession_id=query.accession or None,
        external_id=query.kit or None,
        limit=PAGE_SIZE,
        offset=query.offset,
    )
    found, total = await reports.list_reports(uow, filters)
    values = {"accession": query.accession, "kit": query.kit, "state": state}
    return await _show(uow, call, csrf, reports_page(found, total, values, query.offset), "reports")


async def _show(uow: UnitOfWork, call: Call, csrf: CsrfTokens, view: ListPage, active: str) -> RawAnswer:
    if is_fragment(call):
        return page("parts/list.html", view=view)
    return page("list.html", view=view, shell=await shell_of(uow, call, csrf, active))
