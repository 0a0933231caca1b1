"""Reviewing a report's variants: list, read with all evidence, classify, report, note, import states."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from cohesin.clinical.reports import variant_queries
from cohesin.clinical.reports.entity import (
    Change,
    ClassName,
    Note,
    Report,
    ReportVariant,
    StructuralVariant,
    ToReport,
    VariantFilters,
    VariantStatus,
)
from cohesin.clinical.reports.errors import StatusRefusedError
from cohesin.clinical.reports.rules import REVIEWABLE
from cohesin.clinical.reports.service import access_report, touch
from cohesin.kernel.errors import Fault, NotFoundError, RuleRefusedError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork

CHANGEABLE: Final = ("status", "to_report", "classification", "interpretation")


class VariantChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to set on a variant; None leaves a value alone. `clear_classification` takes a class away."""

    status: VariantStatus | None = None
    to_report: ToReport | None = None
    classification: ClassName | None = None
    clear_classification: bool = False
    interpretation: str | None = None


class ImportOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an import of states did. `matched` are the variants that the file names, as they are now."""

    updated: int
    unchanged: int
    not_found: list[str]
    matched: list[ReportVariant]


async def list_variants(
    uow: UnitOfWork, report: Report, filters: VariantFilters, *, evidence: bool = False
) -> tuple[list[ReportVariant], int]:
    """A report's variants and how many match; none before it is ready to review."""
    if report.status not in REVIEWABLE:
        return [], 0
    return await variant_queries.list_variants(uow.conn, uow.tenant_id, report.id, filters, evidence=evidence)


async def list_structural(
    uow: UnitOfWork, report: Report, filters: VariantFilters
) -> list[StructuralVariant]:
    """A report's structural variants; none before it is ready to review."""
    if report.status not in REVIEWABLE:
        return []
    return await variant_queries.list_structural(uow.conn, uow.tenant_id, report.id, filters)


async def get_variant(uow: UnitOfWork, report: Report, number: int) -> ReportVariant:
    """One variant with all its evidence.

    Raises:
        NotFoundError: the report has no variant of that number.
    """
    found = await variant_queries.find_variant(uow.conn, uow.tenant_id, report.id, number)
    if found is None or report.status not in REVIEWABLE:
        raise NotFoundError("There is no such variant in this report.")
    return found


async def list_notes(uow: UnitOfWork, report: Report) -> dict[UUID, list[Note]]:
    """Notes by the variant's id, newest last."""
    return await variant_queries.notes_of(uow.conn, uow.tenant_id, report.id)


async def list_changes(uow: UnitOfWork, report: Report) -> dict[UUID, list[Change]]:
    """History by the variant's id, oldest first."""
    return await variant_queries.changes_of(uow.conn, uow.tenant_id, report.id)


async def change_variant(
    uow: UnitOfWork, number: int, variant_number: int, change: VariantChange
) -> ReportVariant:
    """Set a variant's state, place in the report, class and words, and keep the history.

    Raises:
        NotFoundError: there is no such report or variant.
        ReportApprovedError: the report takes no change any more.
    """
    report = await access_report(uow, number)
    before = await get_variant(uow, report, variant_number)
    await touch(uow, report)
    before = await get_variant(uow, report, variant_number)
    after = msgspec.structs.replace(
        before,
        status=change.status or before.status,
        to_report=change.to_report or before.to_report,
        classification=None
        if change.clear_classification
        else change.classification or before.classification,
        interpretation=before.interpretation if change.interpretation is None else change.interpretation,
    )
    await _store(uow, report, [(before, after)])
    return after


async def _store(uow: UnitOfWork, report: Report, pairs: list[tuple[ReportVariant, ReportVariant]]) -> None:
    rows: list[tuple[UUID, str, str | None, str | None]] = []
    for before, after in pairs:
        changed = [name for name in CHANGEABLE if getattr(before, name) != getattr(after, name)]
        if not changed:
            continue
        await variant_queries.update_variant(uow.conn, uow.tenant_id, before, after)
        rows += [(before.id, name, getattr(before, name), getattr(after, name)) for name in changed]
    if rows:
        await variant_queries.insert_changes(uow.conn, uow.tenant_id, rows, uow.caller.id, uow.clock.now())
        data = {"number": report.number, "fields": sorted({row[1] for row in rows}), "count": len(rows)}
        await uow.record(Event(type="clinical_report.variants_changed", entity_id=report.id, data=data))


async def classify_variant(
    uow: UnitOfWork, number: int, variant_number: int, classification: ClassName | None, interpretation: str
) -> ReportVariant:
    """A person's class of a variant and the words for the report; None takes the class away."""
    change = VariantChange(
        classification=classification,
        clear_classification=classification is None,
        interpretation=interpretation,
    )
    return await change_variant(uow, number, variant_number, change)


async def set_to_report(
    uow: UnitOfWork, number: int, variant_number: int, to_report: ToReport
) -> ReportVariant:
    return await change_variant(uow, number, variant_number, VariantChange(to_report=to_report))


async def set_variant_status(
    uow: UnitOfWork, number: int, variant_number: int, status: VariantStatus
) -> ReportVariant:
    return await change_variant(uow, number, variant_number, VariantChange(status=status))


async def add_note(uow: UnitOfWork, number: int, variant_number: int, note: str) -> Note:
    """A note for colleagues: never changed, never in a PDF.

    Raises:
        NotFoundError: there is no such report or variant.
        ReportApprovedError: the report takes no note any more.
        RuleRefusedError: blank text.
    """
    report = await access_report(uow, number)
    variant = await get_variant(uow, report, variant_number)
    if not note.strip():
        raise RuleRefusedError(faults=[Fault("note", "may not be blank")])
    await touch(uow, report)
    written = await variant_queries.insert_note(
        uow.conn, uow.tenant_id, new_id(), variant.id, note, uow.caller.id, uow.clock.now()
    )
    assert written is not None
    data = {"number": number, "variantNumber": variant_number}
    await uow.record(Event(type="clinical_report.note_added", entity_id=report.id, data=data))
    return written


async def import_states(
    uow: UnitOfWork, number: int, states: dict[tuple[str, int, str, str], VariantStatus]
) -> ImportOutcome:
    """Set the states that a file gives for alleles: (contig, position, REF, ALT) in canonical names.

    Raises:
        NotFoundError: there is no such report.
        ReportApprovedError: the report takes no change any more.
        StatusRefusedError: it is not ready to review.
    """
    report = await access_report(uow, number)
    if report.status in ("WAITING FOR SAMPLE", "WAITING", "PROCESSING", "FAILED"):
        raise StatusRefusedError("The report has no variants yet.")
    await touch(uow, report)
    everything, _ = await variant_queries.list_variants(uow.conn, uow.tenant_id, report.id, VariantFilters())
    known = {(one.contig, one.position, one.ref, one.alt): one for one in everything}
    pairs = [
        (known[key], msgspec.structs.replace(known[key], status=status))
        for key, status in states.items()
        if key in known
    ]
    await _store(uow, report, pairs)
    updated = sum(before.status != after.status for before, after in pairs)
    return ImportOutcome(
        updated=updated,
        unchanged=len(pairs) - updated,
        not_found=[
            f"{contig}:{position}:{ref}:{alt}"
            for contig, position, ref, alt in states
            if (contig, position, ref, alt) not in known
        ],
        matched=sorted((after for _, after in pairs), key=lambda one: one.number),
    )
