"""Looking at waiting reports again, whenever something they wait for may have come.

Runs in the transaction of the change, so that no cause of it is missed; what it finds ready is made by a task.
"""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from cohesin.kernel.events import RecordedEvent, subscribe
from cohesin.kernel.tasks import enqueue
from cohesin.kernel.uow import UnitOfWork
from cohesin.lab.events import record_lab_event
from cohesin.lab.reports import queries
from cohesin.lab.reports.making import make_report
from cohesin.lab.reports.rules import Standing, find_obstacle
from cohesin.lab.reports.schemas import LabReport
from cohesin.lab.reports.service import snapshot_of

CAUSES: Final = {
    "no_consent": ("lab_report.blocked_no_consent", "The customer's consent is missing."),
    "not_registered": ("lab_report.blocked_not_registered", "The kit's registration is not verified."),
}
KIT_EVENTS: Final = frozenset({"kit.data_ready", "kit.data_replaced"})
CUSTOMER_EVENTS: Final = frozenset(
    {"lab_customer.updated", "kit_registration.created", "kit_registration.updated", "panel_order.created"}
)


@subscribe
async def review_after(uow: UnitOfWork, event: RecordedEvent) -> None:
    """Review the reports of the customer whom the event is about."""
    if event.type in KIT_EVENTS and event.entity_id is not None:
        holder = await queries.find_holder(uow.conn, uow.tenant_id, event.entity_id)
        if holder is not None:
            await review_customer(uow, holder)
    elif event.type in CUSTOMER_EVENTS:
        await review_customer(uow, UUID(event.data["customer_id"]))


async def review_customer(uow: UnitOfWork, customer_id: UUID) -> None:
    """Tell each waiting report's obstacle once, or have the report made. Called under `lock_lab`."""
    pending = await queries.list_pending(uow.conn, uow.tenant_id, customer_id)
    if not pending:
        return
    kit = await queries.find_kit_with_data(uow.conn, uow.tenant_id, customer_id)
    consent = await queries.has_consent(uow.conn, uow.tenant_id, customer_id)
    for report in pending:
        await _review(uow, report, kit, consent_given=consent)


async def _review(uow: UnitOfWork, report: LabReport, kit: Any, *, consent_given: bool) -> None:
    standing = Standing(
        consent_given=consent_given,
        own_data=report.own_data,
        kit_has_data=kit is not None,
        kit_verified=kit is not None and kit["verified"],
    )
    obstacle = find_obstacle(standing)
    if obstacle == "no_data":
        return
    if not report.own_data and report.kit_id != kit["id"]:
        moment = await queries.next_moment(uow.conn, uow.tenant_id, uow.clock.now())
        await queries.link_kit(uow.conn, uow.tenant_id, report.id, kit["id"], kit["location_id"], moment)
        report = await queries.get_report(uow.conn, uow.tenant_id, report.id)
    if obstacle is None:
        args = {"tenant_id": str(uow.tenant_id), "report_id": str(report.id)}
        await enqueue(uow.conn, make_report, args, queueing_lock=f"lab-report:{report.id}")
    elif await queries.tell_cause(uow.conn, uow.tenant_id, report.id, obstacle):
        event_type, reason = CAUSES[obstacle]
        snapshot = {"report": snapshot_of(report, reason)}
        await record_lab_event(uow, event_type, report.id, report.partner_id, snapshot)
