"""Between the core's words and the wire's, both ways; nothing here reads or writes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.clinical.genomes.entity import Genome as GenomeFact
from cohesin.clinical.reports.entity import (
    AttachRequest,
    Change,
    LaunchRequest,
    MemberInput,
    Note,
    ReportDetail,
    Slot,
)
from cohesin.clinical.reports.entity import (
    Member as MemberFact,
)
from cohesin.clinical.reports.entity import (
    ReportVariant as VariantFact,
)
from cohesin.clinical.reports.entity import (
    StructuralVariant as StructuralFact,
)
from cohesin.clinical.reports.rules import REVIEWABLE, read_date
from cohesin.kernel.errors import Fault, RuleRefusedError
from cohesin.partners.opal import schemas_files as files
from cohesin.partners.opal import schemas_reports as wire
from cohesin.partners.opal import schemas_variants as variants
from cohesin.partners.opal.scalars import chromosome_of
from cohesin.partners.opal.surface import OpalFace

Numbers = Mapping[UUID | None, int]
PIPELINE: Final = "cohesin-1"
ZYGOSITIES: Final = {"heterozygous": "HET", "homozygous": "HOM", "hemizygous": "HEMI"}
CLASSES: Final = {
    "P": "PATHOGENIC",
    "LP": "LIKELY_PATHOGENIC",
    "VUS": "UNCERTAIN_SIGNIFICANCE",
    "LB": "LIKELY_BENIGN",
    "B": "BENIGN",
}
FAMILY: Final = ("family_1", "family_2", "family_3", "family_4")
#: Which of a report's states the words for a run stand for.
RUN_STATES: Final[dict[str, list[str]]] = {
    "SUBMITTED": ["WAITING"],
    "RUNNING": ["PROCESSING"],
    "COMPLETE": sorted(REVIEWABLE),
}
_PATIENT: Final = {
    "First Name": "first_name",
    "Last Name": "last_name",
    "Patient Sex": "sex",
    "Patient Ethnicity": "ethnicity",
    "Indication for Testing": "indication_for_testing",
    "Specimen Type": "specimen_type",
    "Ordering Physician": "ordering_physician",
}


def genome_answer(fact: GenomeFact, users: Numbers, face: OpalFace) -> files.Genome:
    return files.Genome(
        id=fact.number,
        name=fact.label,
        upload_date=face.time(fact.created_at),
        genome_status=fact.status,
        report_count=fact.report_count,
        uploaded_by=users[fact.created_by],
        is_upgraded=False,
        project_id=fact.project_number,
        external_id=fact.external_id,
    )


def member_inputs(body: wire.ReportWrite) -> dict[Slot, MemberInput]:
    """The people a body names.

    Raises:
        RuleRefusedError: two names of the patient's genome that differ, or a run of another kind that is not there.
    """
    named = {body.genome_id, body.proband_genome_id, body.proband.genome_id if body.proband else None} - {
        None
    }
    if len(named) > 1:
        raise RuleRefusedError(faults=[Fault("proband_genome_id", "differs from genome_id")])
    if body.vaast_report_id is not None:
        raise RuleRefusedError(faults=[Fault("vaast_report_id", "is not a finished run")])
    sex = body.proband_sex or (body.proband.sex if body.proband else None)
    affected = body.duo_affected
    if isinstance(body, wire.ReportUpdate) and affected is None:
        affected = body.duo_relation_affected
    people: dict[Slot, MemberInput] = {
        "proband": MemberInput(genome_number=next(iter(named), None), sex=sex),
        "mother": MemberInput(genome_number=body.mother_genome_id),
        "father": MemberInput(genome_number=body.father_genome_id),
        "sibling": MemberInput(
            genome_number=body.sibling_genome_id, sex=body.sibling_sex, affected=body.sibling_affected
        ),
        "duo_relation": MemberInput(genome_number=body.duo_relation_genome_id, affected=affected),
    }
    for slot in FAMILY:
        member: wire.FamilyMember | None = getattr(body, slot)
        if member is not None:
            people[slot] = MemberInput(
                genome_number=member.genome_id,
                sex=member.sex,
                affected=member.affected,
                relationship=member.relationship,
                label=member.label,
            )
    return {slot: person for slot, person in people.items() if not person.is_empty}


def launch_request(body: wire.ReportCreate) -> LaunchRequest:
    return LaunchRequest(
        test_type=body.report_type,
        members=member_inputs(body),
        panel_number=body.panel_id,
        accession_id=body.accession_id,
        assay_type_number=body.assay_type_id,
        project_number=body.project_id,
        disease_id=body.disease_id,
        filter_id=body.filter_id,
        include_cosmic=bool(body.include_cosmic),
        score_indels=bool(body.score_indels),
        background=body.background,
        duo_relation=body.duo_relation,
        hpo_terms=body.hpo_terms,
    )


def attach_request(body: wire.ReportUpdate) -> AttachRequest:
    return AttachRequest(
        members=member_inputs(body),
        change_filter="filter_id" in body.model_fields_set,
        filter_id=body.filter_id,
        project_number=body.project_id,
        hpo_terms=body.hpo_terms,
        duo_relation=body.duo_relation,
        background=body.background,
        score_indels=body.score_indels,
    )


def members_answer(members: list[MemberFact]) -> list[wire.Member]:
    """Everyone of a report by slot: relatives named by their tie take the family slots in order."""
    free = iter([slot for slot in FAMILY if slot not in {member.slot for member in members}])
    found = []
    for member in members:
        role = member.slot if member.slot == "proband" or member.slot in FAMILY else next(free, None)
        if role is None:
            continue
        found.append(
            wire.Member(
                role=role,  # type: ignore[arg-type]
                genome_id=member.genome_number,
                sex=member.sex,
                affected=member.affected,
                relationship="self" if member.slot == "proband" else member.relationship,
                label=member.label,
            )
        )
    return found


def patient_dict(fields: list[tuple[str, str]], today: date) -> wire.PatientDict:
    """The patient facts among the free fields. A date that cannot be read is left out here and kept as text there."""
    known: dict[str, Any] = {_PATIENT[name]: value for name, value in fields if name in _PATIENT}
    born = read_date(dict(fields).get("Patient DOB", ""), today)
    if born is not None:
        known |= {"dob_day": born.day, "dob_month": born.month, "dob_year": born.year}
    return wire.PatientDict(**known)


def _day(fields: dict[str, str], name: str, today: date) -> str | None:
    found = read_date(fields.get(name, ""), today)
    return None if found is None else f"{found.isoformat()}T00:00:00"


class ReportContext(msgspec.Struct, frozen=True):
    """What every report of an answer needs: the workspace, everyone's numbers, the face, the day."""

    workspace: int
    users: Numbers
    face: OpalFace
    today: date


def actors_of(details: list[ReportDetail]) -> set[UUID | None]:
    """Everyone whose number the reports show."""
    return {actor for one in details for actor in (one.report.created_by, one.report.sent_for_approval_by)}


def report_answer(detail: ReportDetail, context: ReportContext) -> wire.ClinicalReport:
    return wire.ClinicalReport(**report_fields(detail, context))


def report_fields(detail: ReportDetail, context: ReportContext) -> dict[str, Any]:
    report, face = detail.report, context.face
    fields = dict(detail.patient_fields)
    sibling, relative = _by_tie(detail, "sibling"), detail.member("duo_relation")
    return {
        "id": report.number,
        "type": "clinical_report",
        "workspace_id": context.workspace,
        "project_id": report.project_number,
        "created_by": context.users[report.created_by],
        "created_on": face.time(report.created_at),
        "test_type": report.test_type,
        "status": report.status,
        "accession_id": report.accession_id,
        "version": report.version,
        "panel_id": report.panel_number,
        "filter_id": report.filter_id,
        "filter_name": "None",
        "assay_type_id": report.assay_type_number,
        "disease_id": report.disease_id,
        "include_cosmic": report.include_cosmic,
        **_genome_numbers(detail),
        "sibling_sex": sibling.sex if sibling else None,
        "sibling_affected": sibling.affected if sibling else None,
        "duo_relation": report.duo_relation,
        "duo_affected": relative.affected if relative else None,
        "members": members_answer(detail.members),
        "vaast_report_id": None,
        "hpo_terms": report.hpo_terms,
        "phevor_terms": None,
        "has_refcalls": None,
        "qc_status": None,
        "pipeline_version": PIPELINE,
        "sample_collected_date": _day(fields, "Date Specimen Collected", context.today),
        "sample_received_date": _day(fields, "Date Specimen Received", context.today),
        "submitted_by": context.users[report.created_by] if report.submitted_at else None,
        "submitted_on": face.time_or_none(report.submitted_at),
        "submitted_for_review_by": (
            context.users[report.sent_for_approval_by] if report.sent_for_approval_at else None
        ),
        "submitted_for_review_on": face.time_or_none(report.sent_for_approval_at),
        "report_approved_date": face.time_or_none(report.approved_at),
        "variant_count": report.variant_count,
        "reviewed_variant_count": report.reviewed_variant_count,
        "patient_dict": patient_dict(detail.patient_fields, context.today),
    }


def _by_tie(detail: ReportDetail, tie: str) -> MemberFact | None:
    """A relative by the slot of that name, else by the tie stated for a family slot."""
    by_slot = next((member for member in detail.members if member.slot == tie), None)
    return by_slot or next(
        (member for member in detail.members if member.slot in FAMILY and member.relationship == tie), None
    )


def _genome_numbers(detail: ReportDetail) -> dict[str, int | None]:
    """Each relative's genome, and its list of variants once the report was processed (one list a genome)."""
    done = detail.report.status in REVIEWABLE
    people = {
        "": detail.member("proband"),
        "mother_": _by_tie(detail, "mother"),
        "father_": _by_tie(detail, "father"),
        "sibling_": _by_tie(detail, "sibling"),
        "duo_relation_": detail.member("duo_relation"),
    }
    found: dict[str, int | None] = {}
    for prefix, member in people.items():
        number = member.genome_number if member else None
        found[f"{prefix}genome_id"] = number
        found[f"{prefix}variant_report_id"] = number if done else None
    return found


def note_answer(note: Note, variant_number: int, users: Numbers, face: OpalFace) -> variants.VariantNote:
    return variants.VariantNote(
        id=note.number,
        report_variant_id=variant_number,
        note=note.note,
        created_by=users[note.created_by],
        created_on=face.time(note.created_at),
    )


def variant_fields(fact: VariantFact, notes: list[variants.VariantNote]) -> dict[str, Any]:
    return {
        "id": fact.number,
        "chromosome": chromosome_of(fact.contig),
        "start_on_chrom": fact.position,
        "end_on_chrom": fact.end_position,
        "ref": fact.ref,
        "alt": fact.alt,
        "gene_symbol": fact.gene,
        "dbsnp_id": fact.rsid,
        "zygosity": ZYGOSITIES.get(fact.zygosity),
        "quality": fact.quality,
        "inheritance_mode": fact.inheritance.upper() if fact.inheritance else None,
        "status": fact.status,
        "to_report": fact.to_report,
        "internal_notes": notes,
    }


def extended_fields(fact: VariantFact) -> dict[str, Any]:
    return {
        "transcript": fact.transcript,
        "hgvs_c": fact.hgvs_c,
        "hgvs_p": fact.hgvs_p,
        "consequence": fact.consequence,
        "frequency": fact.frequency,
    }


def scoring_status(fact: VariantFact) -> variants.ScoringStatus:
    """Classified once a person gave a class, scoring while one works on it, scored when only the server did."""
    if fact.classification is not None:
        return "classified"
    return "scored" if fact.status == "UNREVIEWED" and not fact.interpretation else "scoring"


def audit_answer(change: Change, users: Numbers, face: OpalFace) -> variants.AuditEntry:
    return variants.AuditEntry(
        changed_on=face.time(change.changed_at),
        changed_by=users[change.changed_by],
        field=change.field,
        old=change.old_value,
        new=change.new_value,
    )


def selectable_answer(fact: VariantFact) -> variants.SelectableVariant:
    fields = variant_fields(fact, [])
    return variants.SelectableVariant(
        **{name: fields[name] for name in variants.SelectableVariant.__struct_fields__}
    )


def structural_answer(fact: StructuralFact) -> variants.StructuralVariant:
    return variants.StructuralVariant(
        id=fact.number,
        chromosome=chromosome_of(fact.contig),
        start_on_chrom=fact.position,
        end_on_chrom=fact.end_position,
        sv_type=fact.sv_type,  # type: ignore[arg-type]
        length=fact.length,
        gene_symbols=fact.genes,
        zygosity=ZYGOSITIES.get(fact.zygosity),  # type: ignore[arg-type]
        status=fact.status,
        to_report=fact.to_report,
    )
