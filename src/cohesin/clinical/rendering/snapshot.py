"""The frozen facts of one clinical report: everything its PDF, FHIR and JSON forms are made from.

A snapshot is taken once, when a report is drafted or approved, and never looked up again: what is not in it
is not in the report. `None` means "not assessed", never "absent" and never "benign".
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from cohesin_genomics.model import Assembly, DataRelease, Sex, Zygosity


class ReportStatus(StrEnum):
    DRAFT = "draft"
    FINAL = "final"
    AMENDED = "amended"


class Section(StrEnum):
    """Where a finding stands: primary findings answer the indication, the others do not."""

    PRIMARY = "PRIMARY"
    SECONDARY = "SECONDARY"
    INCIDENTAL = "INCIDENTAL"
    CARRIER = "CARRIER"
    OTHER = "OTHER"


class Classification(StrEnum):
    """The five classes of the ACMG/AMP guideline (Richards et al. 2015)."""

    PATHOGENIC = "P"
    LIKELY_PATHOGENIC = "LP"
    UNCERTAIN = "VUS"
    LIKELY_BENIGN = "LB"
    BENIGN = "B"

    @property
    def label(self) -> str:
        return _CLASS_LABELS[self]


_CLASS_LABELS = {
    Classification.PATHOGENIC: "Pathogenic",
    Classification.LIKELY_PATHOGENIC: "Likely pathogenic",
    Classification.UNCERTAIN: "Uncertain significance",
    Classification.LIKELY_BENIGN: "Likely benign",
    Classification.BENIGN: "Benign",
}


class CriterionState(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    NOT_EVALUATED = "not_evaluated"


class AffectedStatus(StrEnum):
    AFFECTED = "affected"
    UNAFFECTED = "unaffected"
    UNKNOWN = "unknown"


class Fact(msgspec.Struct, frozen=True):
    """A named value, shown in the order given."""

    name: str
    value: str


class OntologyTerm(msgspec.Struct, frozen=True):
    """A term of the Human Phenotype Ontology, such as `HP:0001250`, `Seizure`."""

    id: str
    label: str


class Laboratory(msgspec.Struct, frozen=True):
    """The laboratory that answers for the report."""

    name: str
    address_lines: tuple[str, ...] = ()
    phone: str | None = None
    licence: str | None = None


class Approval(msgspec.Struct, frozen=True):
    """Who approved the report, in which role, and when (with its time zone)."""

    name: str
    role: str
    approved_at: datetime


class FamilyMember(msgspec.Struct, frozen=True):
    """One person whose genome took part in the analysis."""

    relation: str
    sex: Sex
    affected: AffectedStatus
    genome_label: str


class TestDescription(msgspec.Struct, frozen=True):
    """What was ordered: the panel (or another scope when `genes` is empty) and the people analysed."""

    __test__ = False  # the name is the laboratory's word, not a test case for pytest

    panel_name: str
    genes: tuple[str, ...] = ()
    family: tuple[FamilyMember, ...] = ()
    description: str = ""


class Criterion(msgspec.Struct, frozen=True):
    """One ACMG/AMP criterion: its code (`PM2`), applied strength, state, and the reason in words."""

    code: str
    strength: str
    state: CriterionState
    evidence: str


class ClinVarAssertion(msgspec.Struct, frozen=True):
    """What ClinVar says. `stars` is the review status as 0-4 stars."""

    variation_id: str
    significance: str
    stars: int


class Frequency(msgspec.Struct, frozen=True):
    """A population lookup that was made. `allele_frequency` 0-1; None: the source holds no such allele."""

    source: str
    allele_frequency: float | None


class Finding(msgspec.Struct, frozen=True):
    """One reported variant as the clinician left it.

    `position` is 1-based and `contig` has no `chr` prefix. `depth` counts reads. `classification` is None
    while nobody has classified the variant; `clinvar` and `frequency` are None where no lookup was made.
    """

    section: Section
    gene: str
    assembly: Assembly
    contig: str
    position: int
    ref: str
    alt: str
    zygosity: Zygosity
    consequence: str
    classification: Classification | None
    transcript: str | None = None
    hgvs_c: str | None = None
    hgvs_p: str | None = None
    hgvs_g: str | None = None
    depth: int | None = None
    alt_depth: int | None = None
    inheritance: str | None = None
    conditions: tuple[str, ...] = ()
    clinvar: ClinVarAssertion | None = None
    frequency: Frequency | None = None
    interpretation: str = ""
    criteria: tuple[Criterion, ...] = ()


class ReportSnapshot(msgspec.Struct, frozen=True):
    """One version of one clinical report. Times carry their time zone and are shown in it."""

    report_id: str
    version: int
    title: str
    report_type: str
    status: ReportStatus
    accession_number: str
    laboratory: Laboratory
    created_at: datetime
    patient: tuple[Fact, ...]
    test: TestDescription
    assembly: Assembly
    library_version: str
    approval: Approval | None = None
    amendment_reason: str | None = None
    phenotypes: tuple[OntologyTerm, ...] = ()
    findings: tuple[Finding, ...] = ()
    comment: str = ""
    quality: tuple[Fact, ...] = ()
    releases: tuple[DataRelease, ...] = ()
    method: str = ""
    not_assessed: tuple[str, ...] = ()
    genes_not_covered: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    parameters: tuple[Fact, ...] = ()

    def patient_value(self, name: str) -> str | None:
        """The patient fact called `name`, in any letter case, or None."""
        wanted = name.casefold()
        return next((fact.value for fact in self.patient if fact.name.casefold() == wanted), None)
