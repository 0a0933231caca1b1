"""What is stored of webhooks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec


class StoredSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription as stored: its secret and headers sealed."""

    tenant_id: UUID
    id: UUID
    name: str
    description: str | None
    url: str
    events: list[str]
    enabled: bool
    sealed_secret: bytes
    sealed_headers: bytes | None
    failing_since: datetime | None
    retry_job_id: int | None
    created_at: datetime
    updated_at: datetime


class PendingDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest message that a subscription still has to get. `payload` is sent as it stands, at every attempt."""

    id: UUID
    event_type: str
    payload: str
    attempts: int
    first_attempt_at: datetime | None


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What one attempt brought. `error` is a word or an HTTP status, never a receiver's text."""

    succeeded: bool
    status_code: int | None
    response_body: str | None
    error: str | None
    milliseconds: float
