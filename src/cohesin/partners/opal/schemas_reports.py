"""The wire of clinical reports, named as the contract names it."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import msgspec
from pydantic import BeforeValidator, ConfigDict, Field, RootModel, StringConstraints

from cohesin.kernel.http.models import QueryModel
from cohesin.partners.opal.scalars import (
    AnyNumber,
    HpoInput,
    Limit,
    NumberOrText,
    Offset,
    SexWord,
    TextOrNumber,
    Truthy,
    YesNo,
)
from cohesin.partners.opal.schemas_files import OpalBody, OpalTime
from cohesin.partners.opal.schemas_variants import ReportVariantExtended

TestType = Literal["panel", "panel_trio", "somatic_panel", "exome", "Solo", "Duo", "Trio", "Quad", "Quintet"]
ReportStatus = Literal[
    "WAITING FOR SAMPLE", "WAITING", "PROCESSING", "READY TO REVIEW", "READY FOR INTERPRETATION",
    "WAITING FOR APPROVAL", "APPROVED", "FAILED", "CUSTOM_1", "CUSTOM_2", "CUSTOM_3", "CUSTOM_4",
]  # fmt: skip
SexLetter = Literal["m", "f", "u"]


class FamilyProband(OpalBody):
    genome_id: NumberOrText = None
    sex: SexWord = None


class FamilyMember(OpalBody):
    genome_id: NumberOrText = None
    sex: SexWord = None
    affected: YesNo = None
    relationship: Literal["mother", "father", "sibling", "other"] | None = None
    label: str | None = None


class ReportWrite(OpalBody):
    """What a launch and an attachment share."""

    genome_id: NumberOrText = None
    proband_genome_id: NumberOrText = None
    proband_sex: SexWord = None
    mother_genome_id: NumberOrText = None
    father_genome_id: NumberOrText = None
    sibling_genome_id: NumberOrText = None
    sibling_sex: SexWord = None
    sibling_affected: YesNo = None
    duo_relation_genome_id: NumberOrText = None
    duo_relation: str | None = None
    duo_affected: YesNo = None
    vaast_report_id: NumberOrText = None
    proband: FamilyProband | None = None
    family_1: FamilyMember | None = None
    family_2: FamilyMember | None = None
    family_3: FamilyMember | None = None
    family_4: FamilyMember | None = None
    background: Literal["FULL"] | None = None
    score_indels: YesNo = None
    project_id: NumberOrText = None
    hpo_terms: HpoInput = None
    filter_id: NumberOrText = None


class ReportCreate(ReportWrite):
    report_type: TestType
    panel_id: NumberOrText = None
    accession_id: str | None = None
    assay_type_id: NumberOrText = None
    disease_id: TextOrNumber = None
    include_cosmic: YesNo = None


class ReportUpdate(ReportWrite):
    duo_relation_affected: YesNo = None


class Member(msgspec.Struct, frozen=True, kw_only=True):
    role: Literal["proband", "family_1", "family_2", "family_3", "family_4"]
    genome_id: int | None
    sex: SexLetter | None
    affected: bool | None
    relationship: Literal["self", "mother", "father", "sibling", "other"] | None
    label: str | None


class PatientDict(msgspec.Struct, frozen=True, kw_only=True):
    first_name: str | None = None
    last_name: str | None = None
    dob_day: int | None = None
    dob_month: int | None = None
    dob_year: int | None = None
    sex: str | None = None
    indication_for_testing: str | None = None
    ordering_physician: str | None = None
    specimen_type: str | None = None
    ethnicity: str | None = None


class ClinicalReport(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    type: Literal["clinical_report"]
    workspace_id: int
    project_id: int | None
    created_by: int
    created_on: OpalTime
    test_type: TestType
    status: ReportStatus
    accession_id: str | None
    version: int
    panel_id: int | None
    filter_id: int | None
    filter_name: str
    assay_type_id: int | None
    disease_id: str | None
    include_cosmic: bool
    genome_id: int | None
    mother_genome_id: int | None
    father_genome_id: int | None
    sibling_genome_id: int | None
    sibling_sex: SexLetter | None
    sibling_affected: bool | None
    duo_relation: str | None
    duo_relation_genome_id: int | None
    duo_affected: bool | None
    members: list[Member]
    variant_report_id: int | None
    mother_variant_report_id: int | None
    father_variant_report_id: int | None
    sibling_variant_report_id: int | None
    duo_relation_variant_report_id: int | None
    vaast_report_id: int | None
    hpo_terms: list[str] | None
    phevor_terms: str | None
    has_refcalls: bool | None
    qc_status: str | None
    pipeline_version: str
    sample_collected_date: OpalTime | None
    sample_received_date: OpalTime | None
    submitted_by: int | None
    submitted_on: OpalTime | None
    submitted_for_review_by: int | None
    submitted_for_review_on: OpalTime | None
    report_approved_date: OpalTime | None
    variant_count: int
    reviewed_variant_count: int
    patient_dict: PatientDict


class ClinicalReportExtended(ClinicalReport, frozen=True, kw_only=True):
    variants: list[ReportVariantExtended]
    patient_fields: list[dict[str, str | None]]


class ReportEnvelope(msgspec.Struct, frozen=True):
    clinical_report: ClinicalReport


class ReportList(msgspec.Struct, frozen=True):
    objects: list[ClinicalReport]
    total: int


class ReportQuery(QueryModel):
    report_type: (
        Literal[
            "Variant Report", "VAAST Trio Report", "panel", "panel_trio", "somatic_panel", "exome", "Solo", "Duo", "Trio",
            "Quad", "Quintet",
        ]
        | None
    ) = None  # fmt: skip
    report_status: (
        Annotated[
            Literal[
                "WAITING", "SUBMITTED", "RUNNING", "COMPLETE", "FAILED", "WAITING FOR SAMPLE", "PROCESSING",
                "READY TO REVIEW", "READY FOR INTERPRETATION", "WAITING FOR APPROVAL", "APPROVED", "CUSTOM_1",
                "CUSTOM_2", "CUSTOM_3", "CUSTOM_4",
            ],
            BeforeValidator(lambda value: value.upper() if isinstance(value, str) else value),
        ]
        | None
    ) = None  # fmt: skip
    order_by: Literal["run_date", "report_type", "report_status"] | None = None
    limit: Limit | None = None
    offset: Offset = 0
    external_id: str | None = None
    accession_id: str | None = None
    genome_id: AnyNumber | None = None
    genome_name: str | None = None


class ExtendedQuery(QueryModel):
    extended: Truthy = False


class StatusStep(OpalBody):
    op: Literal["replace"]
    path: Literal["/status"]
    value: str


class StatusPatch(RootModel[Annotated[list[StatusStep], Field(min_length=1, max_length=1)]]):
    model_config = ConfigDict(strict=True)
    malformed_is_bad_request: ClassVar[bool] = True


FieldName = Annotated[str, StringConstraints(min_length=1, max_length=500)]
WholeNumber = Annotated[int, Field(ge=-(2**63), lt=2**63)]


def _field_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


class PatientFields(RootModel[dict[FieldName, Annotated[str | None, BeforeValidator(_field_text)]]]):
    """Field name to text; numbers and yes/no become text."""

    model_config = ConfigDict(
        strict=True,
        json_schema_extra={"additionalProperties": {"type": ["string", "number", "boolean", "null"]}},
    )
    takes_form: ClassVar[bool] = True


class QcData(RootModel[Annotated[dict[FieldName, str | WholeNumber | float], Field(min_length=1)]]):
    model_config = ConfigDict(strict=True)
