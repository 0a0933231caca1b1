"""Reports that wait for genomes: they start, or fail, in the transaction of the genome's own change."""

from __future__ import annotations

from uuid import UUID

from cohesin.clinical.reports import run_queries
from cohesin.clinical.reports.tasks import process_report
from cohesin.kernel.events import Event, RecordedEvent, subscribe
from cohesin.kernel.tasks import enqueue
from cohesin.kernel.uow import UnitOfWork


@subscribe
async def follow_genomes(uow: UnitOfWork, event: RecordedEvent) -> None:
    """Start reports whose last genome is annotated; fail those whose genome failed."""
    if event.entity_id is None or event.type not in ("genome.annotated", "genome.failed"):
        return
    for report_id in await run_queries.lock_waiting(uow.conn, uow.tenant_id, event.entity_id):
        if event.type == "genome.annotated":
            await start_if_ready(uow, report_id)
        else:
            await fail_report(uow, report_id, f"genome {event.data['number']} could not be annotated")


async def start_if_ready(uow: UnitOfWork, report_id: UUID) -> None:
    """Queue the report's run when it waits for nothing any more."""
    if await run_queries.is_ready(uow.conn, uow.tenant_id, report_id):
        await enqueue(
            uow.conn, process_report, {"tenant_id": str(uow.tenant_id), "report_id": str(report_id)}
        )


async def fail_report(uow: UnitOfWork, report_id: UUID, reason: str) -> None:
    if await run_queries.fail_report(uow.conn, uow.tenant_id, report_id, reason):
        await uow.record(Event(type="clinical_report.failed", entity_id=report_id, data={"reason": reason}))
