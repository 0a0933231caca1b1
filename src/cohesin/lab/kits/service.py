"""The front door of kits: make them, take them through their states, and hear that their data has come."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import asyncpg

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.events import lock_lab, record_lab_event
from cohesin.lab.kits import queries
from cohesin.lab.kits.errors import BarcodeTakenError, KitShippedError
from cohesin.lab.kits.rules import EVENTS, Step, next_status, steps_to_data
from cohesin.lab.kits.schemas import KitListQuery, LabKit
from cohesin.lab.listing import WHOLE, Found, Window
from cohesin.platform.spaces.access import access_space


def snapshot_of(kit: LabKit) -> dict[str, Any]:
    """A kit as its events show it."""
    return {
        "number": kit.number,
        "id": str(kit.id),
        "barcode": kit.barcode,
        "sku": kit.sku,
        "status": kit.status,
        "shipment_number": kit.shipment_number,
        "created_at": kit.created_at.isoformat(),
        "updated_at": kit.updated_at.isoformat(),
        "reason": kit.reason,
    }


async def create_kit(
    uow: UnitOfWork, barcode: str, *, partner_id: UUID | None = None, location_id: UUID | None = None
) -> LabKit:
    """A kit without a state yet.

    Raises:
        BarcodeTakenError: some kit of this server has the barcode, whoever's it is.
        NotFoundError: the caller sees no such location.
    """
    if location_id is not None:
        await access_space(uow, location_id)
    try:
        async with uow.savepoint():
            kit = await queries.insert_kit(
                uow.conn, uow.tenant_id, new_id(), barcode, partner_id, location_id, uow.clock.now()
            )
    except asyncpg.UniqueViolationError:
        raise BarcodeTakenError from None
    await uow.record(Event(type="kit.created", entity_id=kit.id))
    return kit


async def get_kit(uow: UnitOfWork, kit_id: UUID) -> LabKit:
    """A kit of the tenant.

    Raises:
        NotFoundError: there is none.
    """
    kit = await queries.find_kit(uow.conn, uow.tenant_id, kit_id)
    if kit is None:
        raise NotFoundError
    return kit


async def find_by_barcode(uow: UnitOfWork, barcode: str) -> LabKit | None:
    """A kit of the tenant by its barcode, letter case included."""
    return await queries.find_by_barcode(uow.conn, uow.tenant_id, barcode)


async def find_kit(uow: UnitOfWork, partner_id: UUID, number: int) -> LabKit | None:
    """A partner's kit by number, if there is one."""
    return await queries.find_by_number(uow.conn, uow.tenant_id, partner_id, number)


async def access_kit(uow: UnitOfWork, partner_id: UUID, number: int) -> LabKit:
    """A partner's kit by number.

    Raises:
        NotFoundError: the partner has none of that number.
    """
    kit = await find_kit(uow, partner_id, number)
    if kit is None:
        raise NotFoundError
    return kit


async def list_kits(uow: UnitOfWork, partner_id: UUID, window: Window = WHOLE) -> Found[LabKit]:
    """A partner's kits by number."""
    return await queries.list_kits(uow.conn, uow.tenant_id, partner_id, window)


async def page_kits(uow: UnitOfWork, query: KitListQuery) -> Page[LabKit]:
    """The tenant's kits, newest first."""
    return await queries.KITS.fetch(uow.conn, query, ["k.tenant_id = $1"], uow.tenant_id)


async def take_step(uow: UnitOfWork, kit_id: UUID, step: Step, *, reason: str | None = None) -> LabKit:
    """Take a kit one step on; a repeated notice changes nothing and is no event.

    Raises:
        NotFoundError: no such kit.
        KitStepRefusedError: its state does not allow the step.
    """
    await lock_lab(uow)
    changes = {"reason": reason} if reason is not None else {}
    return await _step(uow, await get_kit(uow, kit_id), step, **changes)


async def _step(uow: UnitOfWork, kit: LabKit, step: Step, **changes: Any) -> LabKit:
    status = next_status(kit.status, step)
    if status is None:
        return kit
    after = await queries.update_kit(
        uow.conn, uow.tenant_id, kit.id, uow.clock.now(), status=status, **changes
    )
    await record_lab_event(uow, EVENTS[step], kit.id, kit.partner_id, {"kit": snapshot_of(after)})
    return after


async def ship_kit(uow: UnitOfWork, kit: LabKit, shipment_id: UUID, sku: str) -> LabKit:
    """Put a new kit into a shipment.

    Raises:
        KitShippedError: it left in another one.
        KitStepRefusedError: it is past being shipped.
    """
    if kit.shipment_id is not None and kit.shipment_id != shipment_id:
        raise KitShippedError
    return await _step(uow, kit, "ship", shipment_id=shipment_id, sku=sku)


async def count_in_shipment(uow: UnitOfWork, shipment_id: UUID) -> int:
    """How many kits left in a shipment."""
    return await queries.count_in_shipment(uow.conn, uow.tenant_id, shipment_id)


async def move_kit(uow: UnitOfWork, kit_id: UUID, location_id: UUID | None) -> LabKit:
    """Say at which location (a space) a kit is handled.

    Raises:
        NotFoundError: no such kit, or no such location in the caller's sight.
    """
    await lock_lab(uow)
    before = await get_kit(uow, kit_id)
    if before.location_id == location_id:
        return before
    if location_id is not None:
        await access_space(uow, location_id)
    after = await queries.update_kit(
        uow.conn, uow.tenant_id, kit_id, uow.clock.now(), location_id=location_id
    )
    await uow.record(
        Event(type="kit.moved", entity_id=kit_id, data={"location_id": location_id and str(location_id)})
    )
    return after


async def data_arrived(
    uow: UnitOfWork, barcode: str, genome_key: str, *, genome_id: UUID | None = None
) -> LabKit | None:
    """Hear that a genome with this barcode as its external id is stored under `genome_key` (its Parquet file).

    The kit goes through the steps it is still short of, each with its event; the last one has its customer's reports
    looked at again. Data that comes again replaces the earlier, which partners are not told. A kit that failed or is lost stays so.

    Returns:
        The kit, or None where the tenant has none with this barcode.
    """
    await lock_lab(uow)
    kit = await find_by_barcode(uow, barcode)
    if kit is None:
        return None
    steps = steps_to_data(kit.status)
    if not steps and kit.status != "data_available":
        return kit
    kit = await queries.update_kit(
        uow.conn, uow.tenant_id, kit.id, uow.clock.now(), genome_key=genome_key, genome_id=genome_id
    )
    for step in steps:
        kit = await _step(uow, kit, step)
    if not steps:
        await uow.record(Event(type="kit.data_replaced", entity_id=kit.id))
    return kit


async def data_removed(uow: UnitOfWork, genome_id: UUID) -> None:
    """Hear that a genome is no more: reports that its kit was to give wait for data again. No state goes back."""
    await lock_lab(uow)
    for kit_id in await queries.forget_genome(uow.conn, uow.tenant_id, genome_id):
        await uow.record(Event(type="kit.data_removed", entity_id=kit_id))


async def find_kit_type(uow: UnitOfWork, sku: str) -> str | None:
    """The catalogue's kit sku that this one is, whatever its letter case; None for an unknown one."""
    return await queries.find_kit_type(uow.conn, sku)
