"""An account of the Toolbox face."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cohesin.kernel.http.wire import Instant


class ToolboxAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A login of one ordering partner."""

    id: UUID
    number: int
    partner_id: UUID
    username: str
    email: str
    active: bool
    created_at: Instant
    updated_at: Instant
