"""The wire of panel orders."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cohesin.kernel.http.models import ListQuery
from cohesin.kernel.http.wire import Instant


class LabOrderItem(msgspec.Struct, frozen=True):
    """One ordered panel, its sku as it was sent."""

    number: int
    panel_sku: str


class LabOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Panels ordered for one customer, in the order in which they were named."""

    id: UUID
    number: int
    partner_id: UUID
    customer_id: UUID
    customer_number: int
    items: list[LabOrderItem]
    created_at: Instant


class OrderListQuery(ListQuery):
    partner_id: UUID | None = None
    customer_id: UUID | None = None
