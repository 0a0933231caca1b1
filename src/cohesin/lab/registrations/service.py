"""The front door of registrations."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.events import lock_lab
from cohesin.lab.listing import WHOLE, Found, Window
from cohesin.lab.registrations import queries
from cohesin.lab.registrations.errors import KitRegisteredError, VerificationInUseError
from cohesin.lab.registrations.schemas import Registration
from cohesin.lab.reports.service import has_ready_report


async def register_kit(
    uow: UnitOfWork,
    partner_id: UUID,
    *,
    customer_id: UUID,
    kit_id: UUID,
    verification_date: datetime | None = None,
) -> Registration:
    """Tie a kit to the customer who holds it.

    Raises:
        KitRegisteredError: it is tied to somebody already.
    """
    await lock_lab(uow)
    try:
        async with uow.savepoint():
            registration = await queries.insert_registration(
                uow.conn,
                uow.tenant_id,
                new_id(),
                partner_id,
                customer_id,
                kit_id,
                verification_date,
                uow.clock.now(),
            )
    except asyncpg.UniqueViolationError:
        raise KitRegisteredError from None
    await _record(uow, "kit_registration.created", registration)
    return registration


async def register_shipped_kit(uow: UnitOfWork, partner_id: UUID, *, customer_id: UUID, kit_id: UUID) -> None:
    """Tie a kit to the customer it was sent to, unverified; one that the customer registered before stays as it is.

    Raises:
        KitRegisteredError: it is somebody else's.
    """
    found = await queries.find_by_kit(uow.conn, uow.tenant_id, kit_id)
    if found is None:
        await register_kit(uow, partner_id, customer_id=customer_id, kit_id=kit_id)
    elif found.customer_id != customer_id:
        raise KitRegisteredError


async def find_registration(uow: UnitOfWork, kit_id: UUID) -> Registration | None:
    """Who holds a kit, if that is known."""
    return await queries.find_by_kit(uow.conn, uow.tenant_id, kit_id)


async def access_registration(uow: UnitOfWork, partner_id: UUID, number: int) -> Registration:
    """A partner's registration by number.

    Raises:
        NotFoundError: the partner has none of that number.
    """
    found = await queries.find_by_number(uow.conn, uow.tenant_id, partner_id, number)
    if found is None:
        raise NotFoundError
    return found


async def verify_registration(
    uow: UnitOfWork, partner_id: UUID, number: int, verification_date: datetime | None
) -> Registration:
    """Set or take back when the customer confirmed the kit; the same value again changes nothing.

    Raises:
        NotFoundError: the partner has none of that number.
        VerificationInUseError: it would be taken back from under a report that is ready.
    """
    await lock_lab(uow)
    before = await access_registration(uow, partner_id, number)
    if before.verification_date == verification_date:
        return before
    if verification_date is None and await has_ready_report(uow, before.customer_id):
        raise VerificationInUseError
    after = await queries.set_verification(
        uow.conn, uow.tenant_id, before.id, verification_date, uow.clock.now()
    )
    await _record(uow, "kit_registration.updated", after)
    return after


async def list_registrations(
    uow: UnitOfWork, partner_id: UUID, customer_number: int | None = None, window: Window = WHOLE
) -> Found[Registration]:
    """A partner's registrations by number, of one customer or of all."""
    return await queries.list_registrations(uow.conn, uow.tenant_id, partner_id, customer_number, window)


async def _record(uow: UnitOfWork, event_type: str, registration: Registration) -> None:
    data = {
        "customer_id": str(registration.customer_id),
        "kit_id": str(registration.kit_id),
        "verified": registration.verification_date is not None,
    }
    await uow.record(Event(type=event_type, entity_id=registration.id, data=data))
