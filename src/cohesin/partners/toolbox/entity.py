"""An account of the Toolbox face."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A login of one ordering partner."""

    id: UUID
    number: int
    partner_id: UUID
    username: str
    email: str
    active: bool
    created_at: datetime
    updated_at: datetime
