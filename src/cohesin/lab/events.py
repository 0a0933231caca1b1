"""The laboratory's part of the event log: what happened to kits and reports, in the order in which it was committed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.events import Event, RecordedEvent
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.listing import WHOLE, Found, Window, fetch_found

#: What partners may see, by type.
PARTNER_EVENTS: Final = (
    "kit.shipped",
    "kit.received",
    "kit.started",
    "kit.data_ready",
    "kit.failed",
    "kit.lost",
    "lab_report.blocked_no_consent",
    "lab_report.blocked_not_registered",
    "lab_report.ready",
)


class LabEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A stored event: its place in the log and the snapshot taken when it happened."""

    sequence: int
    type: str
    data: dict[str, Any]
    occurred_at: datetime


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on the second in which events happened, and one type."""

    at_or_after: datetime | None = None
    after: datetime | None = None
    before: datetime | None = None
    at_or_before: datetime | None = None
    type: str | None = None


async def lock_lab(uow: UnitOfWork) -> None:
    """Let one change of a tenant's kits and reports run at a time, until its commit.

    So events are committed in the order of their numbers, a report's obstacles are judged on what is true, and two
    changes that touch the same rows in another order cannot block each other. Taken before any row lock.
    """
    await uow.conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('lab:' || $1::text, 0))", str(uow.tenant_id)
    )


async def record_lab_event(
    uow: UnitOfWork, event_type: str, entity_id: UUID, partner_id: UUID | None, snapshot: Mapping[str, Any]
) -> RecordedEvent:
    """Record an event with the snapshot its readers will see: ids, states and barcodes, never a person's data."""
    await lock_lab(uow)
    return await uow.record(
        Event(
            type=event_type,
            entity_id=entity_id,
            data={"partner_id": partner_id and str(partner_id), **snapshot},
        )
    )


BOUNDS: Final = {
    "at_or_after": "date_trunc('second', occurred_at) >= {}",
    "after": "date_trunc('second', occurred_at) > {}",
    "before": "date_trunc('second', occurred_at) < {}",
    "at_or_before": "date_trunc('second', occurred_at) <= {}",
    "type": "type = {}",
}


async def list_events(
    uow: UnitOfWork, partner_id: UUID, chosen: EventFilter, window: Window = WHOLE
) -> Found[LabEvent]:
    """A partner's events, newest first."""
    where = [
        "tenant_id = $1", "data ->> 'partner_id' = $2", "entity_type IN ('kit', 'lab_report')", "type = ANY($3)"
    ]  # fmt: skip
    args: list[Any] = [uow.tenant_id, str(partner_id), list(PARTNER_EVENTS)]
    for name, bound in BOUNDS.items():
        value = getattr(chosen, name)
        if value is not None:
            args.append(value)
            where.append(bound.replace("{}", f"${len(args)}"))
    columns = "sequence, type, data, occurred_at"
    return await fetch_found(
        uow.conn, LabEvent, columns, "kernel.events", where, args, "sequence DESC", window
    )


async def find_event(uow: UnitOfWork, sequence: int) -> LabEvent | None:
    """An event of the tenant by its number."""
    record = await uow.conn.fetchrow(
        "SELECT sequence, type, data, occurred_at FROM kernel.events WHERE tenant_id = $1 AND sequence = $2",
        uow.tenant_id,
        sequence,
    )
    return None if record is None else LabEvent(**record)
