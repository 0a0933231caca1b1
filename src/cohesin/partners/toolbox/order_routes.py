"""What can be ordered, and what was."""

from __future__ import annotations

from cohesin.kernel.authz import SIGNED_IN
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.errors import Fault, NotFoundError
from cohesin.kernel.http.answers import Answer
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.orders import service as orders
from cohesin.lab.panels import service as panels
from cohesin.partners.toolbox.answers import (
    CustomerPanelOrder,
    CustomerPanelOrderPage,
    MultiTraitPanel,
    MultiTraitPanelPage,
    RawPanel,
    RawPanelPage,
    TraitPanel,
    TraitPanelPage,
)
from cohesin.partners.toolbox.inputs import PagedQuery
from cohesin.partners.toolbox.lists import answer_list
from cohesin.partners.toolbox.lookups import look_up_customer, partner_of
from cohesin.partners.toolbox.mapping import (
    multi_trait_panel_answer,
    order_answer,
    raw_panel_answer,
    trait_panel_answer,
)
from cohesin.partners.toolbox.requests import CustomerPanelOrderCreate, marker_name
from cohesin.partners.toolbox.surface import toolbox

wishes = toolbox.tagged("Toolbox: panel orders")
catalogue = toolbox.tagged("Toolbox: panels")
ORDERS = "/api/v1/customer-panel-orders"
BODY_LIMIT = 64 * 1024 * 1024  # a whole array of genotypes may come with an order


@wishes.get(f"{ORDERS}/", permission=SIGNED_IN, answers=list[CustomerPanelOrder] | CustomerPanelOrderPage)
async def list_customer_panel_orders(uow: UnitOfWork, call: Call, query: PagedQuery) -> Answer:
    """The account's orders."""
    partner_id = partner_of(uow)
    return await answer_list(
        call, query, lambda window: orders.list_orders(uow, partner_id, window), order_answer
    )


@wishes.post(f"{ORDERS}/", permission=SIGNED_IN, body_limit=BODY_LIMIT)
async def create_customer_panel_order(
    uow: UnitOfWork, sealer: Sealer, body: CustomerPanelOrderCreate
) -> CustomerPanelOrder:
    """Order panels for a customer; one pending report for each is there at once."""
    faults: list[Fault] = []
    customer = await look_up_customer(uow, body, faults)
    skus = _skus(body)
    known = await panels.find_by_skus(uow, skus) if skus else {}
    faults += [
        Fault("order_items", f"{sku[:100]} is no panel that can be ordered")
        for sku in skus
        if sku.lower() not in known
    ]
    body.refuse(faults)
    assert customer is not None
    chosen = [(sku, known[sku.lower()]) for sku in skus]
    sent = None
    if body.genetic_data is not None:
        sent = {marker_name(marker.rsid): marker.allele for marker in body.genetic_data}
    return order_answer(await orders.create_order(uow, sealer, partner_of(uow), customer, chosen, sent))


def _skus(body: CustomerPanelOrderCreate) -> list[str]:
    """The skus named; of a body with other faults its items are as they came."""
    items = body.order_items or []
    return [item["panel_sku"].strip() if isinstance(item, dict) else item.panel_sku for item in items]


@wishes.get(f"{ORDERS}/{{order_id}}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_customer_panel_order(uow: UnitOfWork, order_id: int) -> CustomerPanelOrder:
    """One order."""
    return order_answer(await orders.access_order(uow, partner_of(uow), order_id))


@catalogue.get("/api/v1/trait-panels/", permission=SIGNED_IN, answers=list[TraitPanel] | TraitPanelPage)
async def list_trait_panels(uow: UnitOfWork, call: Call, query: PagedQuery) -> Answer:
    """Panels of traits."""
    return await answer_list(
        call, query, lambda window: panels.list_panels(uow, "trait", window), trait_panel_answer
    )


@catalogue.get("/api/v1/raw-panels/", permission=SIGNED_IN, answers=list[RawPanel] | RawPanelPage)
async def list_raw_panels(uow: UnitOfWork, call: Call, query: PagedQuery) -> Answer:
    """Panels of single markers."""
    return await answer_list(
        call, query, lambda window: panels.list_panels(uow, "raw", window), raw_panel_answer
    )


@catalogue.get(
    "/api/v1/multi-trait-panels/", permission=SIGNED_IN, answers=list[MultiTraitPanel] | MultiTraitPanelPage
)
async def list_multi_trait_panels(uow: UnitOfWork, call: Call, query: PagedQuery) -> Answer:
    """Bundles of trait panels."""
    return await answer_list(
        call, query, lambda window: panels.list_panels(uow, "multi_trait", window), multi_trait_panel_answer
    )
