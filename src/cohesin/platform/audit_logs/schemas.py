"""The wire of the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from cohesin.kernel.http.models import InstantInput, ListQuery
from cohesin.kernel.http.wire import Instant


class AuditLog(msgspec.Struct, frozen=True, kw_only=True):
    """One change. `details` holds `changes` (`{field: {before, after}}`, secrets masked), `data`, `actor`, `requestId`.

    `user_id` is the person who made the change; null where a key, a task or the server itself did.
    """

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    user_id: UUID | None
    action: str
    resource_type: str
    resource_id: UUID | None
    details: dict[str, Any] | None
    ip_address: str | None
    user_agent: str | None
    created_at: Instant


class AuditLogQuery(ListQuery):
    """`from` and `to` are inclusive."""

    user_id: UUID | None = None
    action: str | None = None
    resource_type: str | None = None
    resource_id: UUID | None = None
    since: InstantInput | None = Field(default=None, alias="from")
    until: InstantInput | None = Field(default=None, alias="to")
