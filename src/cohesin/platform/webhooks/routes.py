"""Webhooks over HTTP."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.authz import TENANT_ADMIN
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.http.answers import Answer, DataOf, Page
from cohesin.kernel.http.call import Call
from cohesin.kernel.outbound import OutboundClient
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.platform.surface import platform
from cohesin.platform.webhooks import service, tasks
from cohesin.platform.webhooks.schemas import (
    AttemptOutcome,
    CreateSubscriptionRequest,
    EventType,
    LogListQuery,
    Subscription,
    SubscriptionListQuery,
    SubscriptionLogs,
    SubscriptionStats,
    UpdateSubscriptionRequest,
)

webhooks = platform.tagged("Webhooks")
BASE = "/api/v1/secure/webhooks"
ONE = f"{BASE}/subscriptions/{{id}}"
assert tasks


@webhooks.get(f"{BASE}/event-types", permission=TENANT_ADMIN)
async def list_webhook_event_types() -> DataOf[list[EventType]]:
    """Every event type that a subscription can name."""
    return DataOf(service.list_event_types())


@webhooks.get(f"{BASE}/subscriptions", permission=TENANT_ADMIN)
async def list_webhook_subscriptions(
    uow: UnitOfWork, sealer: Sealer, query: SubscriptionListQuery
) -> Page[Subscription]:
    """The tenant's subscriptions, newest first. `event` finds those that take an event type."""
    return await service.list_subscriptions(uow, sealer, query)


@webhooks.post(f"{BASE}/subscriptions", permission=TENANT_ADMIN, answers=DataOf[Subscription])
async def create_webhook_subscription(
    units: Units, call: Call, sealer: Sealer, client: OutboundClient, body: CreateSubscriptionRequest
) -> Answer:
    """Send the tenant's events to an address.

    Without a `secret` one is generated; it is in this answer, as `secret` beside the other fields, and never shown
    again. `events` takes types (`user.created`), patterns (`user.*`), and `*` for all.
    """
    await service.check_target(client, body.url)
    async with units.open(call.caller, call.origin) as uow:
        return Answer(body=DataOf(await service.create_subscription(uow, sealer, body)))


@webhooks.get(ONE, permission=TENANT_ADMIN)
async def get_webhook_subscription(uow: UnitOfWork, sealer: Sealer, id: UUID) -> DataOf[Subscription]:
    """One subscription."""
    return DataOf(await service.get_subscription(uow, sealer, id))


@webhooks.patch(ONE, permission=TENANT_ADMIN)
async def update_webhook_subscription(
    units: Units,
    call: Call,
    sealer: Sealer,
    client: OutboundClient,
    id: UUID,
    body: UpdateSubscriptionRequest,
) -> DataOf[Subscription]:
    """Change a subscription; what is absent stays."""
    if body.url is not None:
        await service.check_target(client, body.url)
    async with units.open(call.caller, call.origin) as uow:
        return DataOf(await service.update_subscription(uow, sealer, id, body))


@webhooks.delete(ONE, permission=TENANT_ADMIN)
async def delete_webhook_subscription(uow: UnitOfWork, id: UUID) -> None:
    """End a subscription; what still waits for it is not sent."""
    await service.delete_subscription(uow, id)


@webhooks.get(f"{ONE}/logs", permission=TENANT_ADMIN)
async def list_webhook_logs(uow: UnitOfWork, id: UUID, query: LogListQuery) -> DataOf[list[SubscriptionLogs]]:
    """Every attempt to deliver, newest first."""
    return DataOf(await service.list_logs(uow, id, query))


@webhooks.get(f"{ONE}/stats", permission=TENANT_ADMIN)
async def get_webhook_stats(uow: UnitOfWork, id: UUID) -> DataOf[SubscriptionStats]:
    """Attempts of the last 30 days: how many, the share of successes in percent, the mean time in milliseconds."""
    return DataOf(await service.get_stats(uow, id))


@webhooks.post(f"{ONE}/test", permission=TENANT_ADMIN, status=200)
async def test_webhook_subscription(
    units: Units, call: Call, sealer: Sealer, client: OutboundClient, id: UUID
) -> DataOf[AttemptOutcome]:
    """Send a message of the type `webhook.test` now and tell what came of it. A failure is a 200 that says so."""
    outcome = await service.test_subscription(units, sealer, client, call.caller, call.origin, id)
    return DataOf(outcome)
