"""The demo's customers, kits and orders."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from cohesin.app.demo.content import ADDRESS, KIT_SKU, PEOPLE, PHONE, REASONS, Person
from cohesin.app.demo.stage import Ids, Stage
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.customers.schemas import Customer
from cohesin.lab.customers.service import create_customer
from cohesin.lab.kits import service as kits
from cohesin.lab.orders.service import create_order
from cohesin.lab.panels.service import find_by_skus
from cohesin.lab.registrations.service import list_registrations, verify_registration
from cohesin.lab.shipments.service import add_kit, create_shipment


async def make_people(stage: Stage, house: Ids) -> dict[str, Ids]:
    """Every person with shipment, kit, registration and order; one transaction for each person."""
    partner_id, location_id = UUID(house["partner"]), UUID(house["location"])
    sealer = stage.services.get(Sealer)
    made: dict[str, Ids] = {}
    for person in PEOPLE:

        async def make(uow: UnitOfWork, person: Person = person) -> Ids:
            return await _make_person(uow, sealer, partner_id, location_id, person)

        made[person.key] = await stage.part(f"person.{person.key}", make)
    return made


async def _make_person(
    uow: UnitOfWork, sealer: Sealer, partner_id: UUID, location_id: UUID, person: Person
) -> Ids:
    customer = await create_customer(uow, partner_id, person.facts)
    ids: Ids = {"customer": customer.number}
    shipment = await create_shipment(uow, partner_id, customer, _shipment_facts())
    ids["shipment"] = shipment.number
    kit = await kits.create_kit(uow, person.barcode, partner_id=partner_id)
    ids |= {"kit": kit.number, "barcode": kit.barcode}
    if person.skus:
        # Before the kit is on its way, as partners do it.
        ids["order"] = await _order(uow, sealer, partner_id, customer, person)
    if not person.shipped:
        return ids
    await add_kit(uow, shipment.id, person.barcode)
    await kits.move_kit(uow, kit.id, location_id)
    if person.verified:
        registration = (await list_registrations(uow, partner_id, customer.number)).items[0]
        confirmed = uow.clock.now() - timedelta(minutes=5)
        await verify_registration(uow, partner_id, registration.number, confirmed)
    for step in person.steps:
        await kits.take_step(uow, kit.id, step, reason=REASONS.get(step))  # type: ignore[arg-type]
    return ids


def _shipment_facts() -> Ids:
    return {
        "recipient_address": dict(ADDRESS),
        "recipient_phone": PHONE,
        "recipient_name": None,
        "sku": KIT_SKU,
        "quantity": 1,
        "is_replacement": False,
        "notes": None,
    }


async def _order(
    uow: UnitOfWork, sealer: Sealer, partner_id: UUID, customer: Customer, person: Person
) -> int:
    panels = await find_by_skus(uow, person.skus)
    chosen = [(sku, panels[sku.lower()]) for sku in person.skus]
    order = await create_order(uow, sealer, partner_id, customer, chosen, person.genetic_data)
    return order.number
