"""The front door of panel orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers.schemas import Customer
from cohesin.lab.events import lock_lab
from cohesin.lab.listing import WHOLE, Found, Window
from cohesin.lab.orders import queries
from cohesin.lab.orders.errors import GeneticDataNotAllowedError
from cohesin.lab.orders.schemas import LabOrder, OrderListQuery
from cohesin.lab.panels.schemas import LabPanel
from cohesin.lab.partners.service import get_partner
from cohesin.lab.reports.making import seal_result
from cohesin.lab.reports.schemas import NewReport
from cohesin.lab.reports.service import open_report
from cohesin_genomics.markers import calls_as_sent


async def create_order(
    uow: UnitOfWork,
    sealer: Sealer,
    partner_id: UUID,
    customer: Customer,
    panels: Sequence[tuple[str, LabPanel]],
    genetic_data: Mapping[str, str] | None = None,
) -> LabOrder:
    """Order panels (each with its sku as it was sent); one pending report for each exists from then on.

    `genetic_data` maps rs numbers to bases. Only what the panels ask of it is kept, sealed, until the report is made;
    the rest never leaves this process's memory.

    Raises:
        GeneticDataNotAllowedError: it came, and this partner may not send any.
    """
    if genetic_data is not None and not (await get_partner(uow, partner_id)).may_send_genetic_data:
        raise GeneticDataNotAllowedError
    await lock_lab(uow)
    order_id = new_id()
    await queries.insert_order(uow.conn, uow.tenant_id, order_id, partner_id, customer.id, uow.clock.now())
    for place, (sku, panel) in enumerate(panels, start=1):
        item_id, report_id = new_id(), new_id()
        await queries.insert_item(uow.conn, uow.tenant_id, item_id, order_id, place, panel.id, sku)
        sealed = None
        if genetic_data is not None:
            sealed = seal_result(sealer, report_id, calls_as_sent(genetic_data, panel.snps))
        await open_report(
            uow,
            NewReport(
                id=report_id,
                customer_id=customer.id,
                partner_id=partner_id,
                order_item_id=item_id,
                panel_id=panel.id,
                report_type_id=panel.id,
                report_type=panel.name,
                sealed_result=sealed,
            ),
        )
    await uow.record(
        Event(type="panel_order.created", entity_id=order_id, data={"customer_id": str(customer.id)})
    )
    order = await queries.find_order(uow.conn, uow.tenant_id, order_id)
    if order is None:
        raise NotFoundError
    return order


async def access_order(uow: UnitOfWork, partner_id: UUID, number: int) -> LabOrder:
    """A partner's order by number.

    Raises:
        NotFoundError: the partner has none of that number.
    """
    order = await queries.find_by_number(uow.conn, uow.tenant_id, partner_id, number)
    if order is None:
        raise NotFoundError
    return order


async def list_orders(uow: UnitOfWork, partner_id: UUID, window: Window = WHOLE) -> Found[LabOrder]:
    """A partner's orders by number."""
    return await queries.list_orders(uow.conn, uow.tenant_id, partner_id, window)


async def page_orders(uow: UnitOfWork, query: OrderListQuery) -> Page[LabOrder]:
    """The tenant's orders, newest first."""
    return await queries.page_orders(uow.conn, uow.tenant_id, query)
