"""What the pages show, ready to be laid out: templates decide nothing and look nothing up.

Times are UTC. Positions are 1-based, contigs without `chr`. Frequencies are 0-1. None means "not assessed".
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

CLASSES: Final = (
    ("P", "Pathogenic"),
    ("LP", "Likely pathogenic"),
    ("VUS", "Uncertain significance"),
    ("LB", "Likely benign"),
    ("B", "Benign"),
)
DESTINATIONS: Final = (
    ("PRIMARY_FINDING", "Primary finding"),
    ("SECONDARY_FINDING", "Secondary finding"),
    ("DO_NOT_REPORT", "Do not report"),
)


class Badge(msgspec.Struct, frozen=True):
    """A state in words and a tone: `idle`, `work`, `wait`, `good` or `bad`. The words alone tell the state."""

    label: str
    tone: str = "idle"


class Choice(msgspec.Struct, frozen=True):
    """One entry of a filter."""

    value: str
    label: str


class TextFilter(msgspec.Struct, frozen=True):
    """A filter by words."""

    name: str
    label: str
    value: str


class Filters(msgspec.Struct, frozen=True):
    """The filters of a list as they stand. `path` answers them."""

    path: str
    texts: tuple[TextFilter, ...]
    state: str
    states: tuple[Choice, ...]


class Paging(msgspec.Struct, frozen=True):
    """Rows `first` to `last` of `total`; `previous` and `next` are addresses where there are more."""

    first: int
    last: int
    total: int
    previous: str | None = None
    next: str | None = None


class Cell(msgspec.Struct, frozen=True):
    """One cell of a list: text, or a state, or a moment; `link` leads on."""

    text: str = ""
    badge: Badge | None = None
    moment: datetime | None = None
    link: str | None = None
    mono: bool = False


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    """A list: orders, kits or reports."""

    title: str
    lead: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    filters: Filters
    paging: Paging
    empty: str
    filtered: bool = False


class Member(msgspec.Struct, frozen=True):
    """A person of the case. `sign` is the pedigree symbol: square, circle or diamond, filled when affected."""

    label: str
    relation: str
    sex: str
    affected: bool | None


class PatientField(msgspec.Struct, frozen=True):
    name: str
    value: str


class Step(msgspec.Struct, frozen=True):
    """A state that the report may be set to."""

    value: str
    label: str


class ReportHead(msgspec.Struct, frozen=True, kw_only=True):
    """The strip over the review page. `revision` is what the page was made from; a change after it is a conflict."""

    id: str
    title: str
    status: Badge
    test_type: str
    accession: str | None
    kit_barcode: str | None
    panel: str | None
    assembly: str
    revision: int
    version: int
    created_at: datetime
    members: tuple[Member, ...]
    steps: tuple[Step, ...] = ()
    is_open: bool = True
    is_approved: bool = False
    can_approve: bool = False
    approval: str | None = None
    has_preview: bool = False


class VariantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the variants table."""

    id: str
    rank: int
    gene: str | None
    name: str
    location: str
    contig_order: int
    position: int
    consequence: str
    impact: str
    zygosity: str
    frequency: float | None
    clinvar: str | None
    inheritance: tuple[str, ...]
    proposed: str
    classification: str | None
    status: str
    to_report: str
    score: float

    @property
    def shown_class(self) -> str:
        return self.classification or self.proposed


class MemberCall(msgspec.Struct, frozen=True, kw_only=True):
    """What one person carries. Depths are read counts; `share` is the part of reads with the variant."""

    member: Member
    zygosity: str
    genotype: str | None = None
    depth: int | None = None
    alt_depth: int | None = None
    quality: float | None = None

    @property
    def share(self) -> float | None:
        if not self.depth or self.alt_depth is None:
            return None
        return self.alt_depth / self.depth


class VerdictView(msgspec.Struct, frozen=True):
    """A mode of inheritance and what the family says of it: `pass`, `fail` or `not_evaluated`."""

    name: str
    state: str
    reason: str


class ScorePart(msgspec.Struct, frozen=True):
    """A component of the rank: `value` 0-1 times `weight`."""

    name: str
    value: float
    weight: float
    explanation: str
    assessed: bool


class CriterionView(msgspec.Struct, frozen=True):
    """One ACMG/AMP criterion with its evidence; `state` is `met`, `not_met` or `not_evaluated`."""

    code: str
    strength: str
    state: str
    evidence: str

    @property
    def is_benign(self) -> bool:
        return self.code.startswith("B")


class FrequencyView(msgspec.Struct, frozen=True):
    """A source that was asked; None: it holds no such allele."""

    source: str
    frequency: float | None
    detail: str = ""


class ClinVarView(msgspec.Struct, frozen=True):
    significance: str
    stars: int
    variation_id: str
    conditions: tuple[str, ...]


class NoteView(msgspec.Struct, frozen=True):
    author: str
    text: str
    written_at: datetime


class ChangeView(msgspec.Struct, frozen=True):
    """One line of a variant's history."""

    author: str
    text: str
    changed_at: datetime


class VariantDetail(msgspec.Struct, frozen=True, kw_only=True):
    """The panel beside the table. `locus` is where the genome browser goes."""

    row: VariantRow
    locus: str
    hgvs_c: str | None
    hgvs_p: str | None
    hgvs_g: str | None
    transcript: str | None
    rsid: str | None
    alleles: str
    calls: tuple[MemberCall, ...]
    frequencies: tuple[FrequencyView, ...]
    clinvar: ClinVarView | None
    verdicts: tuple[VerdictView, ...]
    parts: tuple[ScorePart, ...]
    criteria: tuple[CriterionView, ...]
    interpretation: str
    notes: tuple[NoteView, ...]
    changes: tuple[ChangeView, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def met(self) -> tuple[CriterionView, ...]:
        return tuple(one for one in self.criteria if one.state == "met")

    @property
    def not_met(self) -> tuple[CriterionView, ...]:
        return tuple(one for one in self.criteria if one.state == "not_met")

    @property
    def not_evaluated(self) -> tuple[CriterionView, ...]:
        return tuple(one for one in self.criteria if one.state == "not_evaluated")


class Progress(msgspec.Struct, frozen=True):
    """Work under way: `percent` 0-100 and what is being done."""

    percent: int
    step: str
    running: bool = True
    failure: str | None = None


class ReviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """One report under review. Without variants yet, `progress` stands in their place."""

    head: ReportHead
    rows: tuple[VariantRow, ...]
    patient: tuple[PatientField, ...]
    progress: Progress | None = None
    releases: tuple[str, ...] = ()

    @property
    def findings(self) -> tuple[VariantRow, ...]:
        return tuple(row for row in self.rows if row.to_report != "DO_NOT_REPORT")

    @property
    def reviewed(self) -> int:
        return sum(row.status != "UNREVIEWED" for row in self.rows)
