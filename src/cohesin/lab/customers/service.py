"""The front door of customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers import queries
from cohesin.lab.customers.schemas import Customer
from cohesin.lab.events import lock_lab
from cohesin.lab.listing import WHOLE, Found, Window


async def create_customer(uow: UnitOfWork, partner_id: UUID | None, facts: Mapping[str, Any]) -> Customer:
    """A new customer of a partner (or of the laboratory itself). Two with the same facts are two customers."""
    now = uow.clock.now()
    customer = await queries.insert_customer(uow.conn, uow.tenant_id, new_id(), partner_id, facts, now)
    await uow.record(Event(type="lab_customer.created", entity_id=customer.id))
    return customer


async def access_customer(uow: UnitOfWork, partner_id: UUID, number: int) -> Customer:
    """A partner's customer by number.

    Raises:
        NotFoundError: the partner has none of that number.
    """
    customer = await find_customer(uow, partner_id, number)
    if customer is None:
        raise NotFoundError
    return customer


async def find_customer(uow: UnitOfWork, partner_id: UUID, number: int) -> Customer | None:
    """A partner's customer by number, if there is one."""
    return await queries.find_by_number(uow.conn, uow.tenant_id, partner_id, number)


async def get_customer(uow: UnitOfWork, customer_id: UUID) -> Customer:
    """A customer of the tenant by id.

    Raises:
        NotFoundError: there is none.
    """
    customer = await queries.find_customer(uow.conn, uow.tenant_id, customer_id)
    if customer is None:
        raise NotFoundError
    return customer


async def update_customer(uow: UnitOfWork, customer: Customer, changes: Mapping[str, Any]) -> Customer:
    """Change facts of a customer; a consent that is given frees waiting reports."""
    if not changes:
        return customer
    await lock_lab(uow)
    after = await queries.update_customer(uow.conn, uow.tenant_id, customer.id, changes, uow.clock.now())
    # The names of the fields only: their values are a person's data.
    fields = sorted(changes)
    await uow.record(
        Event(
            type="lab_customer.updated",
            entity_id=customer.id,
            data={"customer_id": str(customer.id), "fields": fields},
        )
    )
    return after


async def list_customers(uow: UnitOfWork, partner_id: UUID, window: Window = WHOLE) -> Found[Customer]:
    """A partner's customers by number."""
    return await queries.list_customers(uow.conn, uow.tenant_id, partner_id, window)
