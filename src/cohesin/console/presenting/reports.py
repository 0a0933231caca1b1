"""One report: its head, its case, its progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from cohesin.clinical.reports.entity import Member, ReportDetail, ReportVariant
from cohesin.clinical.reports.rules import REVIEW, REVIEWABLE
from cohesin.console.permissions import APPROVE
from cohesin.console.presenting.variants import row_of
from cohesin.console.presenting.words import REPORT_STATES, TEST_TYPES, moment, words
from cohesin.console.views import Member as Person
from cohesin.console.views import PatientField, Progress, ReportHead, ReviewPage, Step
from cohesin.kernel.caller import Caller

_SEXES: Final = {"m": "male", "f": "female"}
_STEPS: Final = ("READY TO REVIEW", "READY FOR INTERPRETATION", "WAITING FOR APPROVAL")
#: How far a genome in this state has come, 0-1.
_GENOME_DONE: Final = {"QUEUED": 0.0, "ANNOTATING": 0.5, "ANNOTATED": 1.0}
_FIELDS: Final = (
    "First Name", "Last Name", "Patient DOB", "Patient Sex", "Patient Ethnicity", "Indication for Testing",
    "Specimen Type", "Date Specimen Collected", "Date Specimen Received", "Ordering Physician",
)  # fmt: skip


def person_of(member: Member) -> Person:
    """A person as the pedigree shows them."""
    relation = "proband" if member.slot == "proband" else member.relationship or member.slot
    affected = True if member.slot == "proband" else member.affected
    if affected is None and member.slot in ("mother", "father"):
        affected = False
    sex = _SEXES.get(member.sex or "") or {"mother": "female", "father": "male"}.get(relation, "unknown")
    return Person(member.label or member.genome_label or "", words(relation), sex, affected)


def people_of(detail: ReportDetail) -> dict[str, Person]:
    """Everyone with a genome, by slot."""
    return {member.slot: person_of(member) for member in detail.members if member.genome_id is not None}


def head_of(detail: ReportDetail, caller: Caller, names: Mapping[UUID, str]) -> ReportHead:
    """The strip over the page, with what its reader may do."""
    report, proband = detail.report, detail.member("proband")
    may_write = caller.may("clinical:write")
    is_open = report.status in REVIEW and may_write
    steps = tuple(Step(one, REPORT_STATES[one].label) for one in _STEPS if is_open and one != report.status)
    approval = None
    if report.approved_at is not None:
        name = names.get(report.approved_by, "someone else") if report.approved_by else "someone else"
        approval = f"Approved by {name} on {moment(report.approved_at)}"
    return ReportHead(
        id=str(report.number),
        title=f"Report {report.number}",
        status=REPORT_STATES[report.status],
        test_type=TEST_TYPES.get(report.test_type, report.test_type),
        accession=report.accession_id,
        kit_barcode=proband.external_id if proband else None,
        panel=report.panel_name,
        assembly=report.run_facts.get("assembly", "GRCh37"),
        revision=report.revision,
        version=report.version,
        created_at=report.created_at,
        members=tuple(people_of(detail).values()),
        steps=steps,
        is_open=is_open,
        is_approved=report.status == "APPROVED",
        can_approve=report.status == "WAITING FOR APPROVAL" and caller.may(APPROVE),
        approval=approval,
        has_preview=report.status in REVIEW,
    )


def review_of(
    detail: ReportDetail, variants: list[ReportVariant], caller: Caller, names: Mapping[UUID, str]
) -> ReviewPage:
    """The whole page. Fields that are usual come even when they are empty, so that they can be filled."""
    known = dict(detail.patient_fields)
    usual = [PatientField(name, known.get(name, "")) for name in _FIELDS]
    others = [PatientField(name, value) for name, value in detail.patient_fields if name not in _FIELDS]
    releases = tuple(f"{one['name']} {one['release']}" for one in detail.report.run_facts.get("releases", ()))
    return ReviewPage(
        head=head_of(detail, caller, names),
        rows=tuple(row_of(one) for one in variants),
        patient=(*usual, *others),
        progress=progress_of(detail),
        releases=releases,
    )


def progress_of(detail: ReportDetail) -> Progress | None:
    """How far a report is that has no variants to show yet; each genome and the run itself count one step."""
    report = detail.report
    if report.status in REVIEWABLE:
        return None
    if report.status == "FAILED":
        reason = report.failure_reason or "the server could not process it"
        return Progress(0, "Failed", running=False, failure=reason[:1].upper() + reason[1:] + ".")
    genomes = [_GENOME_DONE.get(one.genome_status or "", 0.0) for one in detail.members if one.genome_id]
    done = sum(genomes) + (0.5 if report.status == "PROCESSING" else 0.0)
    percent = round(100 * done / (len(genomes) + 1))
    if report.status == "WAITING FOR SAMPLE":
        return Progress(percent, "Waiting for the genomes")
    if report.status == "PROCESSING":
        return Progress(percent, "Finding and ranking variants")
    annotated = sum(one == 1.0 for one in genomes)
    return Progress(percent, f"Annotating genomes: {annotated} of {len(genomes)} done")
