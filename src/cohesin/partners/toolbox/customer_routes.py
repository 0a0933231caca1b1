"""Customers and what is sent to them."""

from __future__ import annotations

from cohesin.kernel.authz import SIGNED_IN
from cohesin.kernel.errors import ConflictError, Fault, NotFoundError
from cohesin.kernel.http.answers import Answer
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers import service as customers
from cohesin.lab.kits.service import find_kit_type
from cohesin.lab.shipments import service as shipments
from cohesin.partners.toolbox.answers import (
    CustomerPage,
    CustomerShipment,
    CustomerShipmentPage,
    ToolboxCustomer,
)
from cohesin.partners.toolbox.inputs import PagedQuery
from cohesin.partners.toolbox.lists import answer_list
from cohesin.partners.toolbox.lookups import look_up_customer, partner_of
from cohesin.partners.toolbox.mapping import customer_answer, customer_facts, shipment_answer
from cohesin.partners.toolbox.requests import CustomerCreate, CustomerShipmentCreate, CustomerUpdate
from cohesin.partners.toolbox.surface import toolbox

people = toolbox.tagged("Toolbox: customers")
parcels = toolbox.tagged("Toolbox: shipments")
SHIPMENTS = "/api/v1/customer-shipments"


@people.get("/api/v1/customers/", permission=SIGNED_IN, answers=list[ToolboxCustomer] | CustomerPage)
async def list_customers(uow: UnitOfWork, call: Call, query: PagedQuery) -> Answer:
    """The account's customers."""
    partner_id = partner_of(uow)
    return await answer_list(
        call, query, lambda window: customers.list_customers(uow, partner_id, window), customer_answer
    )


@people.post("/api/v1/customers/", permission=SIGNED_IN)
async def create_customer(uow: UnitOfWork, body: CustomerCreate) -> ToolboxCustomer:
    """Enter a customer."""
    return customer_answer(await customers.create_customer(uow, partner_of(uow), customer_facts(body)))


@people.get("/api/v1/customers/{customer_id}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_customer(uow: UnitOfWork, customer_id: int) -> ToolboxCustomer:
    """One customer."""
    return customer_answer(await customers.access_customer(uow, partner_of(uow), customer_id))


@people.patch("/api/v1/customers/{customer_id}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def update_customer(uow: UnitOfWork, customer_id: int, body: CustomerUpdate) -> ToolboxCustomer:
    """Change a customer; what is absent stays, null clears."""
    customer = await customers.access_customer(uow, partner_of(uow), customer_id)
    return customer_answer(await customers.update_customer(uow, customer, customer_facts(body)))


@parcels.get(f"{SHIPMENTS}/", permission=SIGNED_IN, answers=list[CustomerShipment] | CustomerShipmentPage)
async def list_customer_shipments(uow: UnitOfWork, call: Call, query: PagedQuery) -> Answer:
    """The account's shipments."""
    partner_id = partner_of(uow)
    return await answer_list(
        call, query, lambda window: shipments.list_shipments(uow, partner_id, window), shipment_answer
    )


@parcels.post(f"{SHIPMENTS}/", permission=SIGNED_IN)
async def create_customer_shipment(uow: UnitOfWork, body: CustomerShipmentCreate) -> CustomerShipment:
    """Have kits sent to a customer."""
    faults: list[Fault] = []
    customer = await look_up_customer(uow, body, faults)
    if body.sku is not None and await find_kit_type(uow, body.sku) is None:
        faults.append(Fault("sku", "is no kit that can be sent"))
    body.refuse(faults)
    assert customer is not None
    facts = body.model_dump(exclude={"customer", "customer_id"})
    facts["recipient_address"] = body.recipient_address.model_dump(exclude_unset=True)
    return shipment_answer(await shipments.create_shipment(uow, partner_of(uow), customer, facts))


@parcels.get(f"{SHIPMENTS}/{{shipment_id}}/", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_customer_shipment(uow: UnitOfWork, shipment_id: int) -> CustomerShipment:
    """One shipment."""
    return shipment_answer(await shipments.access_shipment(uow, partner_of(uow), shipment_id))


@parcels.get("/api/v1/customer-shipment/{shipment_id}", permission=SIGNED_IN, bad_path=NotFoundError)
async def get_customer_shipment_singular_path(uow: UnitOfWork, shipment_id: int) -> CustomerShipment:
    """One shipment, by the path that older clients use."""
    return shipment_answer(await shipments.access_shipment(uow, partner_of(uow), shipment_id))


@parcels.post(
    f"{SHIPMENTS}/{{shipment_id}}/cancel/",
    permission=SIGNED_IN,
    status=200,
    bad_path=NotFoundError,
    errors=(ConflictError,),
)
async def cancel_customer_shipment(uow: UnitOfWork, shipment_id: int) -> CustomerShipment:
    """Call a shipment off before it leaves."""
    return shipment_answer(await shipments.cancel_shipment(uow, partner_of(uow), shipment_id))
