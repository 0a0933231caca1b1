"""Finding what a body names; what is not there is a fault of its field."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.errors import Fault, ForbiddenError
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers.schemas import Customer
from cohesin.lab.customers.service import find_customer
from cohesin.partners.toolbox.inputs import LARGEST
from cohesin.partners.toolbox.requests import (
    CustomerKitRegistrationCreate,
    CustomerPanelOrderCreate,
    CustomerShipmentCreate,
)


def partner_of(uow: UnitOfWork) -> UUID:
    """The account's own partner."""
    if uow.caller.id is None:
        raise ForbiddenError
    return uow.caller.id


async def look_up_customer(
    uow: UnitOfWork,
    body: CustomerShipmentCreate | CustomerKitRegistrationCreate | CustomerPanelOrderCreate,
    faults: list[Fault],
) -> Customer | None:
    """The customer whom a body names, or None with a fault added (or a fault that is there already)."""
    name = "customer" if body.customer is not None else "customer_id"
    number = getattr(body, name)
    if number is None:
        return None
    customer = await find_customer(uow, partner_of(uow), number) if 0 < number <= LARGEST else None
    if customer is None:
        faults.append(Fault(name, "is no customer of this account"))
    return customer
