"""The front door of webhook deliveries to partners: what is on its way and how it went."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.deliveries import queries
from cohesin.lab.deliveries.rules import wait_after
from cohesin.lab.deliveries.schemas import DeliveryListQuery, LabDelivery
from cohesin.lab.partners.service import get_partner


async def plan_delivery(uow: UnitOfWork, partner_id: UUID, sequence: int, event_type: str) -> LabDelivery:
    """A delivery of an event, to be attempted at once."""
    return await queries.insert_delivery(
        uow.conn, uow.tenant_id, new_id(), partner_id, sequence, event_type, uow.clock.now()
    )


async def find_due_delivery(uow: UnitOfWork, delivery_id: UUID, attempt: int) -> LabDelivery | None:
    """A delivery whose attempt of this number is still to be made."""
    found = await queries.find_delivery(uow.conn, uow.tenant_id, delivery_id)
    if found is None or found.status != "waiting" or found.attempts != attempt - 1:
        return None
    return found


async def record_attempt(
    uow: UnitOfWork, delivery_id: UUID, attempt: int, *, response_status: int | None, error: str | None
) -> datetime | None:
    """Write the end of an attempt down and tell when the next one is due, if there is to be one.

    `error` is one word; None means that the partner took the event.
    """
    now = uow.clock.now()
    wait = wait_after(attempt) if error is not None else None
    status = "delivered" if error is None else "given_up" if wait is None else "waiting"
    due = None if wait is None else now + wait
    taken = await queries.record_attempt(
        uow.conn,
        uow.tenant_id,
        delivery_id,
        attempt=attempt,
        status=status,
        response_status=response_status,
        error=error,
        next_attempt_at=due,
        now=now,
    )
    return due if taken else None


async def give_up(uow: UnitOfWork, delivery: LabDelivery, error: str) -> None:
    """End a delivery that cannot be made any more."""
    await queries.record_attempt(
        uow.conn,
        uow.tenant_id,
        delivery.id,
        attempt=delivery.attempts + 1,
        status="given_up",
        response_status=None,
        error=error,
        next_attempt_at=None,
        now=uow.clock.now(),
    )


async def page_deliveries(uow: UnitOfWork, partner_id: UUID, query: DeliveryListQuery) -> Page[LabDelivery]:
    """A partner's deliveries, newest first.

    Raises:
        NotFoundError: no such partner.
    """
    await get_partner(uow, partner_id)
    where = ["d.tenant_id = $1", "d.partner_id = $2"]
    return await queries.DELIVERIES.fetch(uow.conn, query, where, uow.tenant_id, partner_id)
