"""The front door of webhooks: subscriptions, their logs and figures, and the test of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.caller import Caller
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.crypto.signing import generate_webhook_secret
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import MASK, Event, changes_between, event_types
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.outbound import (
    AddressRefusedError,
    HostNotFoundError,
    InvalidTargetError,
    OutboundClient,
    OutboundTimeoutError,
    PlainHttpRefusedError,
)
from cohesin.kernel.uow import Origin, UnitOfWork, Units
from cohesin.platform.webhooks import events as declared_events
from cohesin.platform.webhooks import queries, rules
from cohesin.platform.webhooks.delivery import (
    drop_retry,
    headers_context,
    opened_headers,
    payload_of,
    secret_context,
    send,
    wake,
)
from cohesin.platform.webhooks.entity import StoredSubscription
from cohesin.platform.webhooks.errors import TargetRefusedError
from cohesin.platform.webhooks.schemas import (
    AttemptOutcome,
    CreatedSubscription,
    CreateSubscriptionRequest,
    EventType,
    LogListQuery,
    Subscription,
    SubscriptionListQuery,
    SubscriptionLogs,
    SubscriptionStats,
    UpdateSubscriptionRequest,
)

TEST_EVENT: Final = "webhook.test"
STATS_SPAN: Final = timedelta(days=30)
assert declared_events


def list_event_types() -> list[EventType]:
    """Every event type that the server records."""
    return [EventType(key, key, description) for key, description in event_types().items()]


async def check_target(client: OutboundClient, url: str) -> None:
    """Refuse an address that no message would go to.

    A host without an address yet is let through: every sending checks again.

    Raises:
        TargetRefusedError: no usable URL, or an address in a private network where those are not allowed.
    """
    try:
        await client.check(url)
    except (HostNotFoundError, OutboundTimeoutError):
        return
    except (InvalidTargetError, AddressRefusedError, PlainHttpRefusedError) as error:
        raise TargetRefusedError(str(error)) from None


async def access_subscription(
    uow: UnitOfWork, subscription_id: UUID, *, lock: bool = False
) -> StoredSubscription:
    """The caller's tenant's subscription.

    Raises:
        NotFoundError: there is none of that id in the tenant.
    """
    found = await queries.find_subscription(uow.conn, uow.tenant_id, subscription_id, lock=lock)
    if found is None:
        raise NotFoundError
    return found


def present(sealer: Sealer, stored: StoredSubscription) -> Subscription:
    """A subscription as its tenant's administrators see it: never its secret."""
    return Subscription(
        id=stored.id,
        tenantId=stored.tenant_id,
        name=stored.name,
        description=stored.description,
        url=stored.url,
        events=stored.events,
        enabled=stored.enabled,
        headers=opened_headers(sealer, stored),
        created_at=stored.created_at,
        updated_at=stored.updated_at,
    )


async def list_subscriptions(
    uow: UnitOfWork, sealer: Sealer, query: SubscriptionListQuery
) -> Page[Subscription]:
    """The tenant's subscriptions, newest first."""
    page = await queries.SUBSCRIPTIONS.fetch(uow.conn, query, queries.SEEN, uow.tenant_id)
    return Page([present(sealer, stored) for stored in page.data], page.pagination)


async def get_subscription(uow: UnitOfWork, sealer: Sealer, subscription_id: UUID) -> Subscription:
    """One subscription."""
    return present(sealer, await access_subscription(uow, subscription_id))


async def create_subscription(
    uow: UnitOfWork, sealer: Sealer, request: CreateSubscriptionRequest
) -> CreatedSubscription:
    """Make a subscription; its target was checked before. A secret that was generated is in this answer only.

    Raises:
        HeaderRefusedError, SecretRefusedError: what cannot be sent or signed with.
    """
    subscription_id, now = new_id(), uow.clock.now()
    headers = rules.checked_headers(request.headers)
    secret = generate_webhook_secret() if request.secret is None else rules.signing_secret(request.secret)
    stored = await queries.insert_subscription(
        uow.conn,
        StoredSubscription(
            tenant_id=uow.tenant_id,
            id=subscription_id,
            name=request.name,
            description=request.description,
            url=request.url,
            events=list(request.events),
            enabled=request.enabled,
            sealed_secret=sealer.seal(secret.encode(), secret_context(subscription_id)),
            sealed_headers=_sealed_headers(sealer, subscription_id, headers),
            failing_since=None,
            retry_job_id=None,
            created_at=now,
            updated_at=now,
        ),
        [rules.like_pattern(event) for event in request.events],
    )
    await uow.record(
        Event(type="webhook_subscription.created", entity_id=stored.id, data={"enabled": stored.enabled})
    )
    facts = msgspec.structs.asdict(present(sealer, stored))
    return CreatedSubscription(**facts, secret=secret if request.secret is None else msgspec.UNSET)


def _sealed_headers(sealer: Sealer, subscription_id: UUID, headers: dict[str, str] | None) -> bytes | None:
    if headers is None:
        return None
    return sealer.seal(msgspec.json.encode(headers), headers_context(subscription_id))


async def update_subscription(
    uow: UnitOfWork, sealer: Sealer, subscription_id: UUID, request: UpdateSubscriptionRequest
) -> Subscription:
    """Change what the request names. One that is enabled again, or changed while it fails, is tried at once.

    Raises:
        HeaderRefusedError, SecretRefusedError: what cannot be sent or signed with.
    """
    stored = await access_subscription(uow, subscription_id, lock=True)
    asked: dict[str, Any] = request.model_dump(exclude_unset=True)
    changes = {name: value for name, value in asked.items() if name not in ("secret", "headers")}
    if "headers" in asked:
        headers = rules.checked_headers(asked["headers"])
        changes["sealed_headers"] = _sealed_headers(sealer, subscription_id, headers)
    if "secret" in asked:
        secret = rules.signing_secret(asked["secret"])
        changes["sealed_secret"] = sealer.seal(secret.encode(), secret_context(subscription_id))
    if "events" in asked:
        changes["patterns"] = [rules.like_pattern(event) for event in asked["events"]]
    enabled_again = changes.get("enabled", False) and not stored.enabled
    if enabled_again:
        changes["failing_since"] = None
    changes["updated_at"] = uow.clock.now()
    changed = await queries.update_subscription(uow.conn, uow.tenant_id, subscription_id, changes)
    if changed.enabled and (enabled_again or changed.retry_job_id is not None):
        await wake(uow, changed)
    before, after = present(sealer, stored), present(sealer, changed)
    difference = changes_between(_without_values(before), _without_values(after))
    if "secret" in asked:
        difference["secret"] = {"before": MASK, "after": MASK}
    await uow.record(
        Event(
            type="webhook_subscription.updated",
            entity_id=subscription_id,
            data={"enabled": after.enabled},
            changes=difference,
        )
    )
    return after


def _without_values(subscription: Subscription) -> Subscription:
    """For the audit log: which headers there are, not what they say, as they often hold a credential."""
    if subscription.headers is None:
        return subscription
    return msgspec.structs.replace(subscription, headers=dict.fromkeys(subscription.headers, MASK))


async def delete_subscription(uow: UnitOfWork, subscription_id: UUID) -> None:
    """End a subscription with everything that waits for it; its secret is gone."""
    stored = await access_subscription(uow, subscription_id, lock=True)
    await drop_retry(uow, stored)
    await queries.delete_deliveries_of(uow.conn, uow.tenant_id, subscription_id)
    now = uow.clock.now()
    changes: dict[str, Any] = {
        "deleted_at": now,
        "updated_at": now,
        "enabled": False,
        "sealed_secret": b"",
        "sealed_headers": None,
    }
    await queries.update_subscription(uow.conn, uow.tenant_id, subscription_id, changes)
    await uow.record(Event(type="webhook_subscription.deleted", entity_id=subscription_id))


async def list_logs(uow: UnitOfWork, subscription_id: UUID, query: LogListQuery) -> list[SubscriptionLogs]:
    """The subscription's attempts, newest first."""
    await access_subscription(uow, subscription_id)
    where = ("l.tenant_id = $1", "l.subscription_id = $2")
    page = await queries.LOGS.fetch(uow.conn, query, where, uow.tenant_id, subscription_id)
    return page.data


async def get_stats(uow: UnitOfWork, subscription_id: UUID) -> SubscriptionStats:
    """The subscription's attempts of the last 30 days, counted."""
    await access_subscription(uow, subscription_id)
    return await queries.count_logs(uow.conn, uow.tenant_id, subscription_id, uow.clock.now() - STATS_SPAN)


async def test_subscription(
    units: Units,
    sealer: Sealer,
    client: OutboundClient,
    caller: Caller,
    origin: Origin,
    subscription_id: UUID,
) -> AttemptOutcome:
    """Send a message of the type `webhook.test` now, signed like every other, and tell what came of it."""
    async with units.open(caller, origin) as uow:
        stored = await access_subscription(uow, subscription_id)
    message_id = new_id()
    data = {"subscriptionId": str(stored.id)}
    payload = payload_of(TEST_EVENT, units.clock.now(), data)
    attempt = await send(client, sealer, stored, message_id=message_id, payload=payload)
    async with units.open(caller, origin) as uow:
        await queries.insert_log(
            uow.conn,
            message_id,
            stored,
            event_type=TEST_EVENT,
            attempts=1,
            attempt=attempt,
            now=uow.clock.now(),
        )
    return AttemptOutcome(
        success=attempt.succeeded,
        status_code=attempt.status_code,
        response_body=attempt.response_body,
        error=attempt.error,
        attempts=1,
        delivery_time=attempt.milliseconds,
    )
