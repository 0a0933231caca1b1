"""The wire of kits."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from pydantic import StringConstraints

from cohesin.kernel.http.models import ABSENT, ListQuery, RequestModel
from cohesin.kernel.http.wire import Instant

KitStatus = Literal["shipped", "received", "in_process", "data_available", "unusable", "lost"]
Barcode = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class LabKit(msgspec.Struct, frozen=True, kw_only=True):
    """A collection kit. `status` is null until its first stage."""

    id: UUID
    number: int
    partner_id: UUID | None
    barcode: str
    sku: str | None
    shipment_id: UUID | None
    shipment_number: int | None
    status: KitStatus | None
    reason: str | None
    location_id: UUID | None
    genome_id: UUID | None
    created_at: Instant
    updated_at: Instant


class KitListQuery(ListQuery):
    status: KitStatus | None = None
    barcode: str | None = None
    partner_id: UUID | None = None
    location_id: UUID | None = None
    sort: str | None = None
    order: Literal["asc", "desc"] | None = None


class CreateKitRequest(RequestModel):
    barcode: Barcode
    partner_id: UUID | None = None
    location_id: UUID | None = None


class UpdateKitRequest(RequestModel):
    location_id: UUID | None = ABSENT


class KitNoticeRequest(RequestModel):
    """Why a kit failed or is lost; codes or words without anything about the person."""

    reason: Reason | None = None
