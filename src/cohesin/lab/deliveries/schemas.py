"""The wire of webhook deliveries to partners."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from cohesin.kernel.http.models import ListQuery
from cohesin.kernel.http.wire import Instant

DeliveryStatus = Literal["waiting", "delivered", "given_up"]


class LabDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """One event on its way to one partner's webhook."""

    id: UUID
    partner_id: UUID
    event_sequence: int
    event_type: str
    status: DeliveryStatus
    attempts: int
    response_status: int | None
    error: str | None
    next_attempt_at: Instant | None
    created_at: Instant
    updated_at: Instant


class DeliveryListQuery(ListQuery):
    status: DeliveryStatus | None = None
