"""The wire of the panel catalogue."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from pydantic import Field, StringConstraints

from cohesin.kernel.http.models import ListQuery, RequestModel
from cohesin.kernel.http.wire import Instant

PanelKind = Literal["trait", "raw", "multi_trait"]
Rsid = Annotated[str, StringConstraints(pattern=r"^rs\d+$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Sku = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class PanelPart(msgspec.Struct, frozen=True):
    """A trait panel within a bundle."""

    number: int
    sku: str


class LabPanel(msgspec.Struct, frozen=True, kw_only=True):
    """What can be ordered: a panel of traits, of single markers, or a bundle of trait panels."""

    id: UUID
    number: int
    kind: PanelKind
    sku: str
    name: str
    description: str
    is_license_required: bool
    phenotype_groups: list[str]
    snps: list[str]
    parts: list[PanelPart]
    created_at: Instant
    updated_at: Instant


class PanelListQuery(ListQuery):
    kind: PanelKind | None = None
    search: str | None = None


class CreatePanelRequest(RequestModel):
    """`snps` for a trait or raw panel, `parts` (skus of trait panels) for a bundle."""

    kind: PanelKind
    sku: Sku
    name: Text
    description: Annotated[str, StringConstraints(max_length=1000)] = ""
    is_license_required: bool = False
    phenotype_groups: list[Text] = Field(default_factory=list)
    snps: list[Rsid] = Field(default_factory=list)
    parts: list[Sku] = Field(default_factory=list)
