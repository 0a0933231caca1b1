"""Approving a report: its snapshot, PDF and FHIR form are made and stored first, then one statement decides."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cohesin.clinical.genomes.delivery import hold_laboratory
from cohesin.clinical.panels.service import find_panel_by_id
from cohesin.clinical.rendering.fhir import render_fhir
from cohesin.clinical.rendering.pdf import render_pdf
from cohesin.clinical.rendering.snapshot import Approval, ReportSnapshot, ReportStatus
from cohesin.clinical.reports import approval_queries, queries, variant_queries
from cohesin.clinical.reports.delivery import tell_report_final
from cohesin.clinical.reports.entity import FrozenDocument, Report, ReportDetail, VariantFilters
from cohesin.clinical.reports.errors import (
    ApprovalLostError,
    NoPreviewError,
    ReportNotApprovedError,
    StatusRefusedError,
)
from cohesin.clinical.reports.rules import REVIEW, may_set
from cohesin.clinical.reports.service import access_report, get_report
from cohesin.clinical.reports.snapshots import SnapshotParts, build_snapshot
from cohesin.kernel.caller import Caller
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.storage import ObjectStore, StoredObject
from cohesin.kernel.uow import Origin, UnitOfWork, Units
from cohesin.platform.tenants.service import access_tenant

TRIES: Final = 3


class Approver(msgspec.Struct, frozen=True, kw_only=True):
    """Who approves, as the report will name them."""

    name: str
    role: str


class _Frozen(msgspec.Struct, frozen=True, kw_only=True):
    snapshot: ReportSnapshot
    pdf: StoredObject
    fhir: StoredObject


async def approve(
    units: Units,
    store: ObjectStore,
    caller: Caller,
    origin: Origin,
    number: int,
    approver: Approver,
    *,
    revision: int | None = None,
) -> ReportDetail:
    """Approve a report that waits for it, and freeze what was read. Of two approvals at once one wins.

    `revision` is that of the report as the approver read it; without it, whatever is there is approved.

    Raises:
        NotFoundError: there is no such report.
        StatusRefusedError: it does not wait for approval.
        ApprovalLostError: it was approved or kept changing meanwhile.
    """
    for _ in range(TRIES):
        now = units.clock.now()
        async with units.open(caller, origin) as uow:
            detail = await get_report(uow, number)
            if not may_set(detail.report.status, "APPROVED") or detail.report.status == "APPROVED":
                raise ApprovalLostError if detail.report.status == "APPROVED" else StatusRefusedError
            if revision is not None and detail.report.revision != revision:
                raise ApprovalLostError
            parts = await gather_parts(uow, detail)
        frozen = await _freeze(store, caller, parts, approver, now)
        async with units.open(caller, origin) as uow:
            if await _decide(uow, detail.report, frozen, now):
                return await get_report(uow, number)
        await _discard(store, frozen)
    raise ApprovalLostError


async def gather_parts(uow: UnitOfWork, detail: ReportDetail) -> SnapshotParts:
    """Everything a snapshot of the report is made of, read in one transaction."""
    report = detail.report
    filters = VariantFilters(to_report=("PRIMARY_FINDING", "SECONDARY_FINDING"), sort="rank")
    variants, _ = await variant_queries.list_variants(
        uow.conn, uow.tenant_id, report.id, filters, evidence=True
    )
    tenant = await access_tenant(uow, uow.tenant_id)
    return SnapshotParts(
        detail=detail,
        variants=variants,
        quality=await queries.list_qc_values(uow.conn, uow.tenant_id, report.id),
        panel=await find_panel_by_id(uow, report.panel_id) if report.panel_id else None,
        laboratory=tenant.name,
    )


async def _freeze(
    store: ObjectStore, caller: Caller, parts: SnapshotParts, approver: Approver, now: datetime
) -> _Frozen:
    report = parts.detail.report
    version = report.version + 1
    snapshot = build_snapshot(
        parts,
        status=ReportStatus.FINAL,
        version=version,
        approval=Approval(approver.name, approver.role, now),
        created_at=report.created_at,
    )
    pdf = await asyncio.to_thread(render_pdf, snapshot, draft=False)
    fhir = msgspec.json.encode(render_fhir(snapshot))
    # Of two who approve at once each writes under a name of their own; the loser removes theirs.
    folder = f"clinical-reports/{caller.tenant_id}/{report.id}/{version}-{new_id()}"
    return _Frozen(
        snapshot=snapshot,
        pdf=await store.put_bytes(f"{folder}/report.pdf", pdf),
        fhir=await store.put_bytes(f"{folder}/report.fhir.json", fhir),
    )


async def _decide(uow: UnitOfWork, report: Report, frozen: _Frozen, now: datetime) -> bool:
    """Approve if the report is still exactly what the documents say."""
    await hold_laboratory(uow)
    if not await approval_queries.approve(uow.conn, uow.tenant_id, report, uow.caller.id, now):
        return False
    await approval_queries.insert_document(
        uow.conn, uow.tenant_id, new_id(), report.id, frozen.snapshot, frozen.pdf, frozen.fhir, now
    )
    data = {"number": report.number, "version": frozen.snapshot.version, "status": "APPROVED"}
    await uow.record(Event(type="clinical_report.approved", entity_id=report.id, data=data))
    external_id = await approval_queries.proband_external_id(uow.conn, uow.tenant_id, report.id)
    await tell_report_final(uow, report, external_id, frozen.pdf)
    return True


async def _discard(store: ObjectStore, frozen: _Frozen) -> None:
    for stored in (frozen.pdf, frozen.fhir):
        await store.delete(stored.key)


async def get_final_document(uow: UnitOfWork, number: int) -> FrozenDocument:
    """The frozen form of an approved report.

    Raises:
        NotFoundError: there is no such report.
        ReportNotApprovedError: it is not approved.
    """
    report = await access_report(uow, number)
    found = await approval_queries.find_document(uow.conn, uow.tenant_id, report.id)
    if found is None or report.status != "APPROVED":
        raise ReportNotApprovedError
    return found


async def read_final_pdf(store: ObjectStore, document: FrozenDocument) -> bytes:
    """The final PDF's bytes; they are checked against what was frozen.

    Raises:
        FrozenDocumentDamagedError: the stored file is another one.
    """
    pdf = await store.get_bytes(document.pdf_key)
    if hashlib.sha256(pdf).hexdigest() != document.pdf_sha256:
        raise FrozenDocumentDamagedError
    return pdf


class FrozenDocumentDamagedError(Exception):
    """The object store does not hold the bytes that were approved."""

    code = "FROZEN_DOCUMENT_DAMAGED"


async def preview_parts(uow: UnitOfWork, number: int) -> SnapshotParts:
    """What a draft is made of.

    Raises:
        NotFoundError: there is no such report.
        NoPreviewError: the report is not under review.
    """
    detail = await get_report(uow, number)
    if detail.report.status not in REVIEW:
        raise NoPreviewError
    return await gather_parts(uow, detail)


async def render_preview(parts: SnapshotParts) -> bytes:
    """A PDF with DRAFT on every page."""
    report = parts.detail.report
    snapshot = build_snapshot(
        parts, status=ReportStatus.DRAFT, version=report.version, approval=None, created_at=report.created_at
    )
    return await asyncio.to_thread(render_pdf, snapshot, draft=True)


async def find_document_of(uow: UnitOfWork, report_id: UUID) -> FrozenDocument | None:
    """The newest frozen form of a report, by its id."""
    return await approval_queries.find_document(uow.conn, uow.tenant_id, report_id)
