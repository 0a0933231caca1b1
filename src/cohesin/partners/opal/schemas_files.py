"""The wire of projects, genomes, panels, assay types, condition genes and jobs, named as the contract names them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

import msgspec
from msgspec import Meta
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from cohesin.kernel.http.models import QueryModel
from cohesin.partners.opal.scalars import NumberOrText

OpalTime = Annotated[str, Meta(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$")]
ShareRole = Literal["CONTRIBUTOR", "VIEWER", "NONE"]
GenomeStatus = Literal["QUEUED", "ANNOTATING", "ANNOTATED", "FAILED"]


class OpalBody(BaseModel):
    """A body of this face: unknown keys are ignored, text is kept as sent."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Deleted(msgspec.Struct, frozen=True):
    id: int
    deleted: Literal[True]


class ProjectCreate(OpalBody):
    takes_form: ClassVar[bool] = True
    project_name: Annotated[str, StringConstraints(min_length=1)]
    description: str = ""
    share_role: ShareRole = "NONE"


class Project(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    project_name: str
    description: str
    share_role: ShareRole


class ProjectList(msgspec.Struct, frozen=True):
    objects: list[Project]
    total: int


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _blank_is_none(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


#: Text of which blank and null are the same.
BlankIsNull = Annotated[str | None, BeforeValidator(_blank_is_none)]


class UploadQuery(QueryModel):
    genome_label: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    genome_sex: Literal["male", "female", "unspecified"]
    assembly_version: Literal["hg19"]
    external_id: str | None = None
    format: Annotated[Literal["vcf", "vcf.gz", "vcf.bz2", "vcf.z"] | None, BeforeValidator(_lower)] = None
    checksum: Annotated[
        Annotated[str, StringConstraints(pattern=r"^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$")]
        | None,
        BeforeValidator(_blank_is_none),
    ] = None
    bam_file: str | None = None
    filename: str | None = None


class GenomeUploaded(msgspec.Struct, frozen=True, kw_only=True):
    genome_id: int
    genome_label: str
    external_id: str | None
    size: str


class Genome(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    upload_date: OpalTime
    genome_status: GenomeStatus
    report_count: int
    uploaded_by: int
    is_upgraded: bool
    project_id: int
    external_id: str | None


class GenomeList(msgspec.Struct, frozen=True):
    objects: list[Genome]
    total: int


class GenomeEdit(OpalBody):
    name: str | None = None
    external_id: str | None = None
    project_id: NumberOrText = None


class PanelQuery(QueryModel):
    name: str | None = None
    description: str | None = None
    test_code: str | None = None


class PanelWrite(OpalBody):
    name: str | None = None
    description: str | None = None
    methodology: str | None = None
    limitations: str | None = None
    fda_disclosure: str | None = None
    test_code: str | None = None


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    description: str
    methodology: str | None
    limitations: str | None
    fda_disclosure: str | None
    test_code: str | None


class PanelList(msgspec.Struct, frozen=True):
    objects: list[Panel]
    total: int


class Region(msgspec.Struct, frozen=True):
    symbol: str


class RegionsAdd(OpalBody):
    gene_symbols: Annotated[
        str | list[str], Field(json_schema_extra={"type": ["string", "array"], "items": {"type": "string"}})
    ]

    def symbols(self) -> list[str]:
        """The symbols asked for, each once whatever its letter case."""
        listed = self.gene_symbols.split(",") if isinstance(self.gene_symbols, str) else self.gene_symbols
        cut = (symbol.strip() for symbol in listed)
        return list({symbol.upper(): symbol for symbol in cut if symbol}.values())


class RegionsAdded(msgspec.Struct, frozen=True, kw_only=True):
    ambiguous: dict[str, list[str]]
    not_found: list[str]
    already_added: list[str]
    added: list[str]


class AssayType(msgspec.Struct, frozen=True, kw_only=True):
    wso_id: int
    workspace_id: int
    description: str
    quality_control_fields: list[str]


class AssayTypeList(msgspec.Struct, frozen=True):
    objects: list[AssayType]
    total: int


class ConditionGeneQuery(QueryModel):
    cui: str | None = None
    gene_symbol: str | None = None


class ConditionGeneWrite(OpalBody):
    CUI: BlankIsNull
    gene_symbol: Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
    condition: Annotated[str, StringConstraints(min_length=1)]
    inheritance: BlankIsNull = None
    prevalence: BlankIsNull = None
    penetrance: BlankIsNull = None
    notes: BlankIsNull = None
    age_of_onset: BlankIsNull = None
    pmids: BlankIsNull = None


class ConditionGene(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    CUI: str | None
    gene_symbol: str
    condition: str
    inheritance: str | None
    prevalence: str | None
    penetrance: str | None
    notes: str | None
    age_of_onset: str | None
    pmids: str | None


class ConditionGeneList(msgspec.Struct, frozen=True):
    objects: list[ConditionGene]
    total: int


class JobQuery(QueryModel):
    uuid: UUID | None = None


class JobCreate(OpalBody):
    accession_id: Annotated[str, StringConstraints(min_length=1)]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    uuid: UUID
    accession_id: str
    created_on: OpalTime
    created_by: int


class JobList(msgspec.Struct, frozen=True):
    objects: list[Job]
    total: int
