"""A report's variants: list and export, set states, notes, scored, selectable and structural ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from cohesin.clinical.reports import review, service
from cohesin.clinical.reports.entity import (
    TO_REPORT,
    VARIANT_STATUSES,
    Change,
    Note,
    Report,
    ReportVariant,
    VariantFilters,
)
from cohesin.clinical.reports.review import VariantChange
from cohesin.clinical.reports.rules import PANEL_TYPES
from cohesin.clinical.reports.state_file import read_states
from cohesin.kernel.errors import Fault, RuleRefusedError
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.partners.opal import exports
from cohesin.partners.opal import schemas_variants as wire
from cohesin.partners.opal.mapping import (
    CLASSES,
    Numbers,
    audit_answer,
    extended_fields,
    note_answer,
    scoring_status,
    selectable_answer,
    structural_answer,
    variant_fields,
)
from cohesin.partners.opal.numbers import user_numbers
from cohesin.partners.opal.scalars import contig_of
from cohesin.partners.opal.surface import READ, WRITE, OpalFace, opal

EXPORTS = {"text/x-vcf": "", "text/csv": ""}
UPLOAD_LIMIT = 64 * 1024 * 1024


def _filters(query: wire.PlaceQuery, **more: Any) -> VariantFilters:
    return VariantFilters(
        statuses=query.status,
        contig=contig_of(query.chrom) if query.chrom else None,
        start=query.start_on_chrom,
        end=query.end_on_chrom,
        sort="place" if query.format == "VCF" else "number",
        **more,
    )


def _vcf(content: bytes, headers: dict[str, str] | None = None) -> RawAnswer:
    return RawAnswer(content=content, media_type="text/x-vcf", headers=headers or {})


def _csv(content: bytes) -> RawAnswer:
    return RawAnswer(content=content, media_type="text/csv")


def _assembly(report: Report) -> str:
    return str(report.run_facts.get("assembly", "GRCh37"))


async def _notes(
    uow: UnitOfWork, report: Report, more: Iterable[UUID | None] = ()
) -> tuple[dict[UUID, list[Note]], Numbers]:
    notes = await review.list_notes(uow, report)
    writers = [note.created_by for written in notes.values() for note in written]
    return notes, await user_numbers(uow, [*writers, *more])


def _shown(
    one: ReportVariant, notes: dict[UUID, list[Note]], users: Numbers, face: OpalFace
) -> dict[str, Any]:
    return variant_fields(one, [note_answer(note, one.number, users, face) for note in notes.get(one.id, ())])


@opal.get("/reports/{report_id}/variants", permission=READ, media=EXPORTS)
async def list_report_variants(
    uow: UnitOfWork, report_id: int, query: wire.VariantQuery, face: OpalFace
) -> wire.ReportVariantList | wire.ReportVariantExtendedList | RawAnswer:
    """List or export a report's variants.

    As JSON, VCF or CSV; the conditions hold for every format.
    """
    report = await service.access_report(uow, report_id)
    filters = _filters(
        query, to_report=query.to_report, alt=query.alt, limit=query.limit, offset=query.offset
    )
    found, total = await review.list_variants(uow, report, filters)
    if query.format == "VCF":
        return _vcf(exports.variants_vcf(found, _assembly(report)))
    if query.format == "CSV":
        return _csv(exports.variants_csv(found, extended=query.extended))
    notes, users = await _notes(uow, report)
    if query.extended:
        extended = [
            wire.ReportVariantExtended(**_shown(one, notes, users, face), **extended_fields(one))
            for one in found
        ]
        return wire.ReportVariantExtendedList(extended, total)
    return wire.ReportVariantList(
        [wire.ReportVariant(**_shown(one, notes, users, face)) for one in found], total
    )


@opal.put("/reports/{report_id}/variants", permission=WRITE, request_media="*/*")
async def import_variant_status(
    call: Call, units: Units, face: OpalFace, report_id: int, query: wire.ImportQuery
) -> wire.VariantImport:
    """Set states from a VCF's FILTER column.

    CONFIRMED confirms and FAIL fails a variant; other words set nothing.
    """
    async with units.open(call.caller, call.origin) as uow:
        await service.access_report(uow, report_id)
    states = read_states(await call.read_body(UPLOAD_LIMIT), query.format)
    async with units.open(call.caller, call.origin) as uow:
        done = await review.import_states(uow, report_id, states)
        notes, users = await _notes(uow, await service.access_report(uow, report_id))
        shown = [wire.ReportVariant(**_shown(one, notes, users, face)) for one in done.matched]
    return wire.VariantImport(
        updated=done.updated, unchanged=done.unchanged, not_found=done.not_found, objects=shown
    )


@opal.patch("/reports/{report_id}/variants/{variant_id}", permission=WRITE)
async def patch_report_variant(
    uow: UnitOfWork, report_id: int, variant_id: int, body: wire.VariantPatch, face: OpalFace
) -> wire.ReportVariant:
    """Set a variant's status and place in the report.

    All steps or none; an empty patch changes nothing.
    """
    report = await service.access_report(uow, report_id)
    found = await review.get_variant(uow, report, variant_id)
    values: dict[str, Any] = {}
    for step in body.root:
        name = step.path.removeprefix("/")
        allowed: tuple[str, ...] = VARIANT_STATUSES if name == "status" else TO_REPORT
        if step.value not in allowed:
            raise RuleRefusedError(faults=[Fault(name, "is not a known value")])
        values[name] = step.value
    if values:
        found = await review.change_variant(uow, report_id, variant_id, VariantChange(**values))
    notes, users = await _notes(uow, report)
    return wire.ReportVariant(**_shown(found, notes, users, face))


@opal.post("/reports/{report_id}/variants/{variant_id}/internal_notes", permission=WRITE)
async def add_variant_note(
    uow: UnitOfWork, report_id: int, variant_id: int, body: wire.VariantNoteCreate, face: OpalFace
) -> wire.VariantNote:
    """Add a note for colleagues to a variant."""
    note = await review.add_note(uow, report_id, variant_id, body.note)
    return note_answer(note, variant_id, await user_numbers(uow, [note.created_by]), face)


@opal.get("/reports/{report_id}/variants/scored", permission=READ)
async def list_scored_variants(
    uow: UnitOfWork, report_id: int, query: wire.ScoredQuery, face: OpalFace
) -> wire.ScoredVariantList:
    """List a report's variants with their scoring, and their history where asked."""
    report = await service.access_report(uow, report_id)
    found, _ = await review.list_variants(uow, report, VariantFilters())
    history: dict[UUID, list[Change]] = await review.list_changes(uow, report) if query.audit_log else {}
    notes, users = await _notes(
        uow, report, (one.changed_by for changes in history.values() for one in changes)
    )
    shown = []
    for one in found:
        status = scoring_status(one)
        if query.scoring_status not in (None, status):
            continue
        log = [audit_answer(change, users, face) for change in history.get(one.id, ())]
        shown.append(
            wire.ScoredVariant(
                **_shown(one, notes, users, face),
                scoring_status=status,
                classification=CLASSES[one.classification] if one.classification else None,  # type: ignore[arg-type]
                audit_log=log if query.audit_log else msgspec.UNSET,
            )
        )
    return wire.ScoredVariantList(shown, len(shown))


async def _selectable(uow: UnitOfWork, report_id: int) -> tuple[Report, list[ReportVariant]]:
    report = await service.access_report(uow, report_id)
    if report.test_type in PANEL_TYPES:
        raise RuleRefusedError("Panel reports have no selectable variants.")
    found, _ = await review.list_variants(uow, report, VariantFilters())
    return report, found


@opal.get("/reports/{report_id}/selectable_variants", permission=READ, media={"text/x-vcf": ""})
async def list_selectable_variants(
    uow: UnitOfWork, report_id: int, query: wire.SelectableQuery
) -> wire.SelectableVariantList | RawAnswer:
    """List the variants that may be chosen for a report that has no panel."""
    report, found = await _selectable(uow, report_id)
    end = None if query.limit is None else query.offset + query.limit
    if query.format == "VCF":
        everything, _ = await review.list_variants(uow, report, VariantFilters(sort="place"))
        name = f"report_{report_id}_variants.vcf"
        content = exports.variants_vcf(everything[query.offset : end], _assembly(report))
        return _vcf(content, {"Content-Disposition": f"attachment; filename={name}"})
    page = found[query.offset : end]
    return wire.SelectableVariantList([selectable_answer(one) for one in page], len(found))


@opal.post("/reports/{report_id}/selectable_variants", permission=READ)
async def find_selectable_variants(
    uow: UnitOfWork, report_id: int, body: wire.TargetVariants
) -> wire.SelectableVariantList:
    """Find selectable variants by place.

    A place without an end is one base; a place without a hit is absent; each variant is answered once.
    """
    _, found = await _selectable(uow, report_id)
    hits = [one for one in found if any(_is_hit(one, target) for target in body.root)]
    return wire.SelectableVariantList([selectable_answer(one) for one in hits], len(hits))


def _is_hit(one: ReportVariant, target: wire.TargetVariant) -> bool:
    if (
        one.contig != contig_of(target.chromosome)
        or one.position > target.end
        or one.end_position < target.start_on_chrom
    ):
        return False
    if target.gene_symbol and (one.gene or "").upper() != target.gene_symbol.strip().upper():
        return False
    wanted = (target.inheritance_mode or "").strip().upper().replace(" ", "_")
    return not wanted or wanted in (one.inheritance or "").upper()


@opal.get("/reports/{report_id}/structural_variants", permission=READ, media=EXPORTS)
async def list_structural_variants(
    uow: UnitOfWork, report_id: int, query: wire.PlaceQuery
) -> wire.StructuralVariantList | RawAnswer:
    """List or export a report's structural variants."""
    report = await service.access_report(uow, report_id)
    found = await review.list_structural(uow, report, _filters(query))
    if query.format == "VCF":
        return _vcf(exports.structural_vcf(found, _assembly(report)))
    if query.format == "CSV":
        return _csv(exports.structural_csv(found))
    return wire.StructuralVariantList([structural_answer(one) for one in found], len(found))
