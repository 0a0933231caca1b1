"""The front door of shipments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers.schemas import Customer
from cohesin.lab.events import lock_lab
from cohesin.lab.kits import service as kits
from cohesin.lab.kits.schemas import LabKit
from cohesin.lab.listing import WHOLE, Found, Window
from cohesin.lab.registrations.service import register_shipped_kit
from cohesin.lab.shipments import queries
from cohesin.lab.shipments.errors import (
    ForeignKitError,
    ShipmentCanceledError,
    ShipmentFullError,
    ShipmentNotSentError,
    ShipmentOnItsWayError,
)
from cohesin.lab.shipments.schemas import Shipment, ShipmentListQuery


async def create_shipment(
    uow: UnitOfWork, partner_id: UUID, customer: Customer, facts: Mapping[str, Any]
) -> Shipment:
    """Ask the laboratory to send kits; `facts` are the columns of the request, the name defaulting to the customer's."""
    named = {**facts, "recipient_name": facts["recipient_name"] or customer.full_name}
    shipment = await queries.insert_shipment(
        uow.conn, uow.tenant_id, new_id(), partner_id, customer.id, named, uow.clock.now()
    )
    await _record(uow, "lab_shipment.created", shipment)
    return shipment


async def access_shipment(uow: UnitOfWork, partner_id: UUID, number: int) -> Shipment:
    """A partner's shipment by number.

    Raises:
        NotFoundError: the partner has none of that number.
    """
    found = await queries.find_by_number(uow.conn, uow.tenant_id, partner_id, number)
    if found is None:
        raise NotFoundError
    return found


async def get_shipment(uow: UnitOfWork, shipment_id: UUID) -> Shipment:
    """A shipment of the tenant.

    Raises:
        NotFoundError: there is none.
    """
    found = await queries.find_shipment(uow.conn, uow.tenant_id, shipment_id)
    if found is None:
        raise NotFoundError
    return found


async def list_shipments(uow: UnitOfWork, partner_id: UUID, window: Window = WHOLE) -> Found[Shipment]:
    """A partner's shipments by number."""
    return await queries.list_shipments(uow.conn, uow.tenant_id, partner_id, window)


async def page_shipments(uow: UnitOfWork, query: ShipmentListQuery) -> Page[Shipment]:
    """The tenant's shipments, newest first."""
    return await queries.SHIPMENTS.fetch(uow.conn, query, ["s.tenant_id = $1"], uow.tenant_id)


async def cancel_shipment(uow: UnitOfWork, partner_id: UUID, number: int) -> Shipment:
    """Call a shipment off; once called off it stays so.

    Raises:
        NotFoundError: the partner has none of that number.
        ShipmentOnItsWayError: too late.
    """
    await lock_lab(uow)
    shipment = await access_shipment(uow, partner_id, number)
    if shipment.status == "shipped":
        raise ShipmentOnItsWayError
    if shipment.status == "canceled":
        return shipment
    after = await queries.set_standing(
        uow.conn, uow.tenant_id, shipment.id, "canceled", None, uow.clock.now()
    )
    await _record(uow, "lab_shipment.canceled", after)
    return after


async def add_kit(uow: UnitOfWork, shipment_id: UUID, barcode: str) -> LabKit:
    """Put a kit into a shipment, which is shipped from then on; the kit is registered to the shipment's customer.

    A barcode not seen before is a kit from the laboratory's stock; a partner's own kit keeps its owner. The same kit
    again changes nothing.

    Raises:
        NotFoundError: no such shipment.
        ShipmentCanceledError, ShipmentFullError, ForeignKitError, KitShippedError, KitStepRefusedError,
        KitRegisteredError, BarcodeTakenError: it cannot be added.
    """
    await lock_lab(uow)
    shipment = await get_shipment(uow, shipment_id)
    if shipment.status == "canceled":
        raise ShipmentCanceledError
    kit = await kits.find_by_barcode(uow, barcode)
    if kit is not None and kit.shipment_id == shipment_id:
        return kit
    if await kits.count_in_shipment(uow, shipment_id) >= shipment.quantity:
        raise ShipmentFullError
    if kit is None:
        kit = await kits.create_kit(uow, barcode, partner_id=shipment.partner_id)
    elif kit.partner_id != shipment.partner_id:
        raise ForeignKitError
    if shipment.status == "pending":
        shipment = await queries.set_standing(
            uow.conn, uow.tenant_id, shipment_id, "shipped", None, uow.clock.now()
        )
        await _record(uow, "lab_shipment.shipped", shipment)
    kit = await kits.ship_kit(uow, kit, shipment_id, shipment.sku)
    await register_shipped_kit(uow, shipment.partner_id, customer_id=shipment.customer_id, kit_id=kit.id)
    return kit


async def set_tracking_no(uow: UnitOfWork, shipment_id: UUID, tracking_no: str | None) -> Shipment:
    """Say under which number the carrier has a shipment.

    Raises:
        NotFoundError: no such shipment.
        ShipmentNotSentError: no kit was added to it yet.
    """
    await lock_lab(uow)
    shipment = await get_shipment(uow, shipment_id)
    if shipment.status != "shipped":
        raise ShipmentNotSentError
    after = await queries.set_standing(
        uow.conn, uow.tenant_id, shipment_id, "shipped", tracking_no, uow.clock.now()
    )
    await _record(uow, "lab_shipment.updated", after)
    return after


async def _record(uow: UnitOfWork, event_type: str, shipment: Shipment) -> None:
    await uow.record(Event(type=event_type, entity_id=shipment.id, data={"status": shipment.status}))
