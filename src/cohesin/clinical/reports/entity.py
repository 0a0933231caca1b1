"""Clinical reports as the database has them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec

from cohesin.clinical.reports.rules import Status, TestType

Slot = Literal[
    "proband", "mother", "father", "sibling", "duo_relation", "family_1", "family_2", "family_3", "family_4"
]
Sex = Literal["m", "f", "u"]
Relationship = Literal["self", "mother", "father", "sibling", "other"]
VariantStatus = Literal["UNREVIEWED", "REVIEWED", "PENDING", "CONFIRMED", "FAILED_CONFIRMATION"]
ToReport = Literal["PRIMARY_FINDING", "SECONDARY_FINDING", "DO_NOT_REPORT"]
ClassName = Literal["P", "LP", "VUS", "LB", "B"]
VARIANT_STATUSES: tuple[VariantStatus, ...] = (
    "UNREVIEWED",
    "REVIEWED",
    "PENDING",
    "CONFIRMED",
    "FAILED_CONFIRMATION",
)
TO_REPORT: tuple[ToReport, ...] = ("PRIMARY_FINDING", "SECONDARY_FINDING", "DO_NOT_REPORT")


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One person of a report; `genome_number` and `genome_label` are of the genome, where there is one."""

    report_id: UUID
    slot: Slot
    genome_id: UUID | None
    genome_number: int | None
    genome_label: str | None
    genome_status: str | None
    external_id: str | None
    sex: Sex | None
    affected: bool | None
    relationship: Relationship | None
    label: str | None


class MemberInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a launch or an attachment says of one person; None says nothing."""

    genome_number: int | None = None
    sex: Sex | None = None
    affected: bool | None = None
    relationship: Relationship | None = None
    label: str | None = None

    @property
    def is_empty(self) -> bool:
        return all(value is None for value in msgspec.structs.astuple(self))


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A clinical report without its members, fields and variants."""

    id: UUID
    number: int
    test_type: TestType
    status: Status
    failure_reason: str | None
    version: int
    revision: int
    accession_id: str | None
    project_number: int | None
    panel_id: UUID | None
    panel_number: int | None
    panel_name: str | None
    assay_type_id: UUID | None
    assay_type_number: int | None
    disease_id: str | None
    filter_id: int | None
    include_cosmic: bool
    score_indels: bool
    background: str | None
    duo_relation: str | None
    hpo_terms: list[str] | None
    comment: str
    run_facts: dict[str, Any]
    created_by: UUID | None
    created_at: datetime
    submitted_at: datetime | None
    processed_at: datetime | None
    sent_for_approval_by: UUID | None
    sent_for_approval_at: datetime | None
    approved_by: UUID | None
    approved_at: datetime | None
    variant_count: int
    reviewed_variant_count: int


class ReportDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A report with its people and patient fields."""

    report: Report
    members: list[Member]
    patient_fields: list[tuple[str, str]]

    def member(self, slot: Slot) -> Member | None:
        return next((member for member in self.members if member.slot == slot), None)


class LaunchRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to launch. Numbers are the tenant's own ids as partners and people see them."""

    test_type: TestType
    members: dict[Slot, MemberInput]
    panel_number: int | None = None
    accession_id: str | None = None
    assay_type_number: int | None = None
    project_number: int | None = None
    disease_id: str | None = None
    filter_id: int | None = None
    include_cosmic: bool = False
    score_indels: bool = False
    background: str | None = None
    duo_relation: str | None = None
    hpo_terms: list[str] | None = None


class AttachRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to add to a waiting report; None leaves a value alone, `change_filter` says whether `filter_id` counts."""

    members: dict[Slot, MemberInput]
    change_filter: bool = False
    filter_id: int | None = None
    project_number: int | None = None
    hpo_terms: list[str] | None = None
    duo_relation: str | None = None
    background: str | None = None
    score_indels: bool | None = None


class ReportFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions of a list; all have to hold. The last three look at every member."""

    test_type: str | None = None
    statuses: list[str] | None = None
    accession_id: str | None = None
    genome_number: int | None = None
    external_id: str | None = None
    genome_name: str | None = None
    order_by: Literal["run_date", "report_type", "report_status"] | None = None
    limit: int | None = None
    offset: int = 0


class Note(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    variant_id: UUID
    note: str
    created_by: UUID | None
    created_at: datetime


class Change(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: UUID
    field: str
    old_value: str | None
    new_value: str | None
    changed_by: UUID | None
    changed_at: datetime


class ReportVariant(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate variant of a report. Positions are 1-based; `evidence` is what the run found, as it was then."""

    id: UUID
    number: int
    report_id: UUID
    contig: str
    position: int
    end_position: int
    ref: str
    alt: str
    gene: str | None
    rsid: str | None
    zygosity: str
    quality: float | None
    filter: str | None
    consequence: str | None
    impact: str | None
    transcript: str | None
    hgvs_c: str | None
    hgvs_p: str | None
    hgvs_g: str | None
    frequency: float | None
    inheritance: str | None
    rank: int
    score: float
    proposed_class: ClassName
    evidence: dict[str, Any]
    status: VariantStatus
    to_report: ToReport
    classification: ClassName | None
    interpretation: str


class StructuralVariant(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: int
    contig: str
    position: int
    end_position: int
    sv_type: str
    length: int | None
    genes: list[str]
    zygosity: str
    ref: str
    alt: str
    status: VariantStatus
    to_report: ToReport


class VariantFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Conditions of a variant list.

    `start` and `end` are 1-based and keep what overlaps them; `class_name` is a class given by a person.
    """

    statuses: tuple[VariantStatus, ...] = ()
    to_report: tuple[ToReport, ...] = ()
    contig: str | None = None
    start: int | None = None
    end: int | None = None
    alt: str | None = None
    gene: str | None = None
    class_name: ClassName | None = None
    sort: Literal["number", "rank", "place"] = "number"
    limit: int | None = None
    offset: int = 0


class FrozenDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The final form of a report version."""

    report_id: UUID
    version: int
    snapshot: dict[str, Any]
    pdf_key: str
    pdf_sha256: str
    pdf_size: int
    fhir_key: str
    fhir_sha256: str
    created_at: datetime
