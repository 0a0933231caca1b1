"""Genomes as the database has them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

GenomeStatus = Literal["QUEUED", "ANNOTATING", "ANNOTATED", "FAILED"]
GenomeSex = Literal["male", "female", "unspecified"]


class Genome(msgspec.Struct, frozen=True, kw_only=True):
    """One uploaded file. `number` is what partners call it; `report_count` counts reports that use it in any role."""

    id: UUID
    number: int
    project_id: UUID
    project_number: int
    label: str
    sex: GenomeSex
    external_id: str | None
    assembly: str
    status: GenomeStatus
    failure_reason: str | None
    size: int
    sample_count: int
    original_key: str
    variants_key: str | None
    annotation_key: str | None
    notify_email: str | None
    created_by: UUID | None
    created_at: datetime
    report_count: int

    @property
    def is_multi_sample(self) -> bool:
        return self.sample_count > 1


class UploadFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender says of a file. `checksum` is hexadecimal: MD5, SHA-1 or SHA-256 by its length."""

    label: str
    sex: GenomeSex
    assembly: str
    external_id: str | None = None
    file_format: str | None = None
    checksum: str | None = None
    bam_file: str | None = None
    notify_email: str | None = None


class GenomeEdit(msgspec.Struct, frozen=True, kw_only=True):
    """Changes; None leaves a value alone."""

    label: str | None = None
    external_id: str | None = None
    project_number: int | None = None


class AnnotatedFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Local paths of what was made. `annotation` is None for a file of several samples, which starts no report."""

    variants: str
    annotation: str | None
    record_count: int
    variant_count: int
