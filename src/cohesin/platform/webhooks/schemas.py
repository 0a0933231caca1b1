"""The wire of webhooks."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema

from cohesin.kernel.http.models import ABSENT, ListQuery, RequestModel
from cohesin.kernel.http.wire import Instant, Number, Uri

DeliveryStatus = Literal["success", "failed"]


def _http_url(value: str) -> str:
    if not value.lower().startswith(("http://", "https://")):
        raise ValueError("must be an http or https URL")
    return value


TargetUrl = Annotated[
    str,
    StringConstraints(max_length=2048),
    AfterValidator(_http_url),
    WithJsonSchema({"type": "string", "format": "uri"}),
]
SubscriptionName = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Description = Annotated[str, StringConstraints(max_length=500)]
#: `user.created`, `user.*`, `user:*` or `*`.
EventPattern = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_*.:-]+$")]


class EventType(msgspec.Struct, frozen=True):
    """One event type that subscriptions may name."""

    key: str
    value: str
    description: str


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """Where a tenant's events go, and which."""

    id: UUID
    tenantId: UUID  # noqa: N815 - the contract's name
    name: str
    description: str | None
    url: Uri
    events: list[str]
    enabled: bool
    headers: dict[str, str] | None
    created_at: Instant
    updated_at: Instant


class CreatedSubscription(Subscription, frozen=True, kw_only=True):
    """A new subscription; a generated secret is shown this once."""

    secret: str | msgspec.UnsetType = msgspec.UNSET


class SubscriptionLogs(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to deliver."""

    id: UUID
    subscription_id: UUID | None
    event: str
    url: str
    status: DeliveryStatus
    status_code: Number | None
    response_body: str | None
    error: str | None
    attempts: Number
    delivery_time_ms: Number
    created_at: Instant


class SubscriptionStats(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Attempts of the last 30 days; the rate in percent, the time in milliseconds."""

    total: Number
    success: Number
    failed: Number
    success_rate: Number
    avg_delivery_time: Number


class AttemptOutcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What came of a test; the time in milliseconds."""

    success: bool
    status_code: Number | None
    response_body: str | None
    error: str | None
    attempts: Number
    delivery_time: Number


class SubscriptionListQuery(ListQuery):
    enabled: bool | None = None
    event: str | None = None


class LogListQuery(ListQuery):
    status: DeliveryStatus | None = None
    event: str | None = None


class CreateSubscriptionRequest(RequestModel):
    name: SubscriptionName
    description: Description | None = None
    url: TargetUrl
    events: Annotated[list[EventPattern], Field(min_length=1)]
    enabled: bool = True
    secret: str = ABSENT
    headers: dict[str, str] | None = None


class UpdateSubscriptionRequest(RequestModel):
    name: SubscriptionName = ABSENT
    description: Description | None = None
    url: TargetUrl = ABSENT
    events: Annotated[list[EventPattern], Field(min_length=1)] = ABSENT
    enabled: bool = ABSENT
    secret: str = ABSENT
    headers: dict[str, str] | None = None
