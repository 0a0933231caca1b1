"""Which customer holds which kit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """`verification_date` is when the customer confirmed to hold the kit."""

    id: UUID
    number: int
    customer_id: UUID
    customer_number: int
    kit_id: UUID
    kit_number: int
    verification_date: datetime | None
    created_at: datetime
    updated_at: datetime
