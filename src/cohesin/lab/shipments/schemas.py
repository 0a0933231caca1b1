"""The wire of shipments."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from pydantic import StringConstraints

from cohesin.kernel.http.models import ListQuery, RequestModel
from cohesin.kernel.http.wire import Instant
from cohesin.lab.kits.schemas import Barcode

ShipmentStatus = Literal["pending", "shipped", "canceled"]


class Shipment(msgspec.Struct, frozen=True, kw_only=True):
    """Kits on their way to one customer."""

    id: UUID
    number: int
    partner_id: UUID
    customer_id: UUID
    customer_number: int
    recipient_address: dict[str, Any]
    recipient_phone: str
    recipient_name: str
    sku: str
    quantity: int
    is_replacement: bool
    notes: str | None
    tracking_no: str | None
    status: ShipmentStatus
    created_at: Instant
    updated_at: Instant


class ShipmentListQuery(ListQuery):
    status: ShipmentStatus | None = None
    partner_id: UUID | None = None
    customer_id: UUID | None = None


class UpdateShipmentRequest(RequestModel):
    tracking_no: Annotated[str, StringConstraints(min_length=1, max_length=100)] | None


class AddKitRequest(RequestModel):
    barcode: Barcode
