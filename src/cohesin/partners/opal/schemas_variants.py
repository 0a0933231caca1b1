"""The wire of a report's variants, named as the contract names it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from pydantic import BeforeValidator, ConfigDict, RootModel, StringConstraints

from cohesin.kernel.http.models import QueryModel
from cohesin.partners.opal.scalars import Limit, Number, Offset, Position, Truthy
from cohesin.partners.opal.schemas_files import OpalBody, OpalTime

VariantStatus = Literal["UNREVIEWED", "REVIEWED", "PENDING", "CONFIRMED", "FAILED_CONFIRMATION"]
ToReport = Literal["PRIMARY_FINDING", "SECONDARY_FINDING", "DO_NOT_REPORT"]
ScoringStatus = Literal["scored", "scoring", "classified"]
Zygosity = Literal["HET", "HOM", "HEMI"]
ClassWord = Literal["PATHOGENIC", "LIKELY_PATHOGENIC", "UNCERTAIN_SIGNIFICANCE", "LIKELY_BENIGN", "BENIGN"]


class VariantNote(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    report_variant_id: int
    note: str
    created_by: int
    created_on: OpalTime


class ReportVariant(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    chromosome: str
    start_on_chrom: int
    end_on_chrom: int
    ref: str
    alt: str
    gene_symbol: str | None
    dbsnp_id: str | None
    zygosity: Zygosity | None
    quality: float | None
    inheritance_mode: str | None
    status: VariantStatus
    to_report: ToReport
    internal_notes: list[VariantNote]


class ReportVariantExtended(ReportVariant, frozen=True, kw_only=True):
    transcript: str | None
    hgvs_c: str | None
    hgvs_p: str | None
    consequence: str | None
    frequency: float | None


class ReportVariantList(msgspec.Struct, frozen=True):
    objects: list[ReportVariant]
    total: int


class ReportVariantExtendedList(msgspec.Struct, frozen=True):
    objects: list[ReportVariantExtended]
    total: int


class VariantImport(msgspec.Struct, frozen=True, kw_only=True):
    updated: int
    unchanged: int
    not_found: list[str]
    objects: list[ReportVariant]


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    changed_on: OpalTime
    changed_by: int
    field: str
    old: str | None
    new: str | None


class ScoredVariant(ReportVariant, frozen=True, kw_only=True):
    scoring_status: ScoringStatus
    classification: ClassWord | None
    audit_log: list[AuditEntry] | msgspec.UnsetType = msgspec.UNSET


class ScoredVariantList(msgspec.Struct, frozen=True):
    objects: list[ScoredVariant]
    total: int


class SelectableVariant(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    chromosome: str
    start_on_chrom: int
    end_on_chrom: int
    ref: str
    alt: str
    gene_symbol: str | None
    inheritance_mode: str | None


class SelectableVariantList(msgspec.Struct, frozen=True):
    objects: list[SelectableVariant]
    total: int


class StructuralVariant(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    chromosome: str
    start_on_chrom: int
    end_on_chrom: int
    sv_type: Literal["DEL", "DUP", "INV", "INS", "BND", "CNV"]
    length: int | None
    gene_symbols: list[str]
    zygosity: Zygosity | None
    status: VariantStatus
    to_report: ToReport


class StructuralVariantList(msgspec.Struct, frozen=True):
    objects: list[StructuralVariant]
    total: int


def _upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


Chromosome = Annotated[str, StringConstraints(pattern=r"^(chr)?([1-9]|1[0-9]|2[0-2]|X|Y|M)$")]
Format = Annotated[Literal["JSON", "VCF", "CSV"], BeforeValidator(_upper)]


class PlaceQuery(QueryModel):
    """What both kinds of variants are filtered by."""

    status: tuple[VariantStatus, ...] = ()
    extended: Truthy = False
    chrom: Chromosome | None = None
    start_on_chrom: Position | None = None
    end_on_chrom: Position | None = None
    format: Format = "JSON"


class VariantQuery(PlaceQuery):
    to_report: tuple[ToReport, ...] = ()
    alt: Literal["A", "C", "G", "T"] | None = None
    limit: Limit | None = None
    offset: Offset = 0


class ImportQuery(QueryModel):
    format: Annotated[
        Literal["vcf", "vcf.gz", "vcf.bz2"] | None,
        BeforeValidator(lambda value: value.lower() if isinstance(value, str) else value),
    ] = None


class ScoredQuery(QueryModel):
    scoring_status: ScoringStatus | None = None
    audit_log: Truthy = False


class SelectableQuery(QueryModel):
    limit: Limit | None = None
    offset: Offset = 0
    format: Annotated[Literal["JSON", "VCF"], BeforeValidator(_upper)] = "JSON"


class VariantStep(OpalBody):
    op: Literal["replace"]
    path: Literal["/status", "/to_report"]
    value: str


class VariantPatch(RootModel[list[VariantStep]]):
    model_config = ConfigDict(strict=True)
    malformed_is_bad_request: ClassVar[bool] = True


class VariantNoteCreate(OpalBody):
    note: Annotated[str, StringConstraints(min_length=1)]


class TargetVariant(OpalBody):
    chromosome: str
    start_on_chrom: Number
    end_on_chrom: Number = 0
    gene_symbol: str | None = None
    inheritance_mode: str | None = None

    @property
    def end(self) -> int:
        """The last base; a place without an end is one base."""
        return self.end_on_chrom if "end_on_chrom" in self.model_fields_set else self.start_on_chrom


class TargetVariants(RootModel[list[TargetVariant]]):
    model_config = ConfigDict(strict=True)
