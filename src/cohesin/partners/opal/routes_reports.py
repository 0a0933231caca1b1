"""Clinical reports: launch, attach, find, read, set the state, patient fields, quality values, documents."""

from __future__ import annotations

from typing import Any

from cohesin.clinical.reports import approval, review, service
from cohesin.clinical.reports.entity import ReportDetail, ReportFilters, VariantFilters
from cohesin.clinical.reports.errors import ApprovalLostError, StatusRefusedError
from cohesin.clinical.reports.rules import settable_status
from cohesin.kernel.errors import Fault, RuleRefusedError
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.partners.opal import schemas_reports as wire
from cohesin.partners.opal import schemas_variants as variants
from cohesin.partners.opal.keys import get_key
from cohesin.partners.opal.mapping import (
    RUN_STATES,
    ReportContext,
    actors_of,
    attach_request,
    extended_fields,
    launch_request,
    note_answer,
    report_answer,
    report_fields,
    variant_fields,
)
from cohesin.partners.opal.numbers import user_numbers, workspace_number
from cohesin.partners.opal.surface import READ, WRITE, OpalFace, opal

PDF = {"application/pdf": "binary"}


async def context_of(uow: UnitOfWork, details: list[ReportDetail], face: OpalFace) -> ReportContext:
    users = await user_numbers(uow, actors_of(details))
    return ReportContext(
        await workspace_number(uow), users, face, uow.clock.now().astimezone(face.zone).date()
    )


async def envelope(uow: UnitOfWork, detail: ReportDetail, face: OpalFace) -> wire.ReportEnvelope:
    return wire.ReportEnvelope(report_answer(detail, await context_of(uow, [detail], face)))


@opal.get("/reports", permission=READ)
async def list_reports(uow: UnitOfWork, query: wire.ReportQuery, face: OpalFace) -> wire.ReportList:
    """Find reports.

    Texts match by part in any letter case; genome conditions look at every member; all conditions have to hold.
    """
    states = (
        None if query.report_status is None else RUN_STATES.get(query.report_status, [query.report_status])
    )
    filters = ReportFilters(
        test_type=query.report_type,
        statuses=states,
        accession_id=query.accession_id or None,
        genome_number=query.genome_id,
        external_id=query.external_id or None,
        genome_name=query.genome_name or None,
        order_by=query.order_by,
        limit=query.limit,
        offset=query.offset,
    )
    found, total = await service.list_reports(uow, filters)
    context = await context_of(uow, found, face)
    return wire.ReportList([report_answer(detail, context) for detail in found], total)


@opal.post("/reports", permission=WRITE)
async def create_report(uow: UnitOfWork, body: wire.ReportCreate, face: OpalFace) -> wire.ReportEnvelope:
    """Launch a report.

    It waits for its genomes and their annotation and then starts by itself.
    """
    return await envelope(uow, await service.launch_report(uow, launch_request(body)), face)


@opal.get("/reports/{report_id}", permission=READ)
async def get_report(
    uow: UnitOfWork, report_id: int, query: wire.ExtendedQuery, face: OpalFace
) -> wire.ClinicalReport | wire.ClinicalReportExtended:
    """Get a report, extended by its variants and patient fields where asked."""
    detail = await service.get_report(uow, report_id)
    context = await context_of(uow, [detail], face)
    if not query.extended:
        return report_answer(detail, context)
    found, _ = await review.list_variants(uow, detail.report, VariantFilters())
    notes = await review.list_notes(uow, detail.report)
    users = await user_numbers(uow, (note.created_by for written in notes.values() for note in written))
    shown = [
        variants.ReportVariantExtended(
            **variant_fields(
                one, [note_answer(note, one.number, users, face) for note in notes.get(one.id, ())]
            ),
            **extended_fields(one),
        )
        for one in found
    ]
    return wire.ClinicalReportExtended(
        **report_fields(detail, context), variants=shown, patient_fields=_entries(detail.patient_fields)
    )


@opal.put("/reports/{report_id}", permission=WRITE)
async def update_report(
    uow: UnitOfWork, report_id: int, body: wire.ReportUpdate, face: OpalFace
) -> wire.ReportEnvelope:
    """Attach genomes to a waiting report.

    Null or absent keys keep what is there; a null filter removes the filter.
    """
    await service.access_report(uow, report_id)
    return await envelope(uow, await service.attach_genomes(uow, report_id, attach_request(body)), face)


@opal.patch("/reports/{report_id}/update_status", permission=WRITE)
async def update_report_status(
    call: Call, units: Units, store: ObjectStore, face: OpalFace, report_id: int, body: wire.StatusPatch
) -> wire.ReportEnvelope:
    """Set a report's status.

    Approval freezes the report and its documents. The present status may be set again and changes nothing.
    """
    wanted = settable_status(body.root[0].value)
    async with units.open(call.caller, call.origin) as uow:
        report = await service.access_report(uow, report_id)
        if wanted is None:
            raise RuleRefusedError(faults=[Fault("value", "is not a status that can be set")])
        if wanted != "APPROVED" or report.status == "APPROVED":
            await service.set_status(uow, report_id, wanted)
            return await envelope(uow, await service.get_report(uow, report_id), face)
        key = await get_key(uow, call.caller.id)
    # A key stands for one person: the one whose address it was made for.
    approver = approval.Approver(name=key["email"], role=f"By API key {key['login']}")
    try:
        await approval.approve(units, store, call.caller, call.origin, report_id, approver)
    except ApprovalLostError:
        # Who comes second finds the report approved, which may be set again; a report that changed was refused.
        async with units.open(call.caller, call.origin) as uow:
            if (await service.access_report(uow, report_id)).status != "APPROVED":
                raise StatusRefusedError from None
    async with units.open(call.caller, call.origin) as uow:
        return await envelope(uow, await service.get_report(uow, report_id), face)


def _entries(pairs: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value} for name, value in pairs]


@opal.get("/reports/{report_id}/patient_fields", permission=READ)
async def get_patient_fields(uow: UnitOfWork, report_id: int) -> list[dict[str, str | None]]:
    """List a report's patient fields in the order of first entry."""
    report = await service.access_report(uow, report_id)
    return _entries(await service.list_patient_fields(uow, report))


@opal.post("/reports/{report_id}/patient_fields", permission=WRITE)
async def set_patient_fields(
    uow: UnitOfWork, report_id: int, body: wire.PatientFields
) -> list[dict[str, str | None]]:
    """Enter patient fields.

    Null or empty text removes a field; fields that are not named stay.
    """
    if any(not name.strip() for name in body.root):
        raise RuleRefusedError(faults=[Fault("name", "of a field may not be blank")])
    return _entries(await service.set_patient_fields(uow, report_id, body.root))


@opal.get("/reports/{report_id}/qc_data", permission=READ)
async def get_qc_data(uow: UnitOfWork, report_id: int) -> list[dict[str, str | float]]:
    """List a report's quality values."""
    report = await service.access_report(uow, report_id)
    return _entries(await service.list_qc_values(uow, report))


@opal.post("/reports/{report_id}/qc_data", permission=WRITE)
async def add_qc_data(uow: UnitOfWork, report_id: int, body: wire.QcData) -> list[dict[str, str | float]]:
    """Enter quality values.

    Names are among the assay type's fields; a report without an assay type takes any.
    """
    return _entries(await service.add_qc_values(uow, report_id, body.root))


def pdf_answer(content: bytes, report_id: int) -> RawAnswer:
    """The name stands bare and last: clients cut behind `filename=`."""
    disposition = f"attachment; filename=report_{report_id}.pdf"
    return RawAnswer(
        content=content, media_type="application/pdf", headers={"Content-Disposition": disposition}
    )


@opal.get("/reports/{report_id}/pdf_report", permission=READ, media=PDF)
async def get_pdf_report(call: Call, units: Units, store: ObjectStore, report_id: int) -> RawAnswer:
    """Get an approved report's PDF, the same bytes for ever."""
    async with units.open(call.caller, call.origin) as uow:
        document = await approval.get_final_document(uow, report_id)
    return pdf_answer(await approval.read_final_pdf(store, document), report_id)


@opal.get("/reports/{report_id}/pdf_preview", permission=READ, media=PDF)
async def get_pdf_preview(call: Call, units: Units, report_id: int) -> RawAnswer:
    """Get a draft PDF of a report under review."""
    async with units.open(call.caller, call.origin) as uow:
        parts = await approval.preview_parts(uow, report_id)
    return pdf_answer(await approval.render_preview(parts), report_id)
