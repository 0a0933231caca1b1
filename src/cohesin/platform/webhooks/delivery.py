"""From an event to the subscriber's server: queueing in the event's transaction, sending in order, trying again.

One job at a time works for a subscription (the task's lock) and sends the oldest message first; what fails is tried
again before anything younger is sent. Order is that of the event log.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.caller import system_caller
from cohesin.kernel.crypto.seal import SealContext, Sealer
from cohesin.kernel.crypto.signing import standard_webhook_headers
from cohesin.kernel.events import Event, RecordedEvent, subscribe
from cohesin.kernel.http.answers import encoder
from cohesin.kernel.ids import new_id
from cohesin.kernel.outbound import OutboundClient, OutboundError
from cohesin.kernel.tasks import Retry, TaskContext, enqueue, task
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.platform.webhooks import queries, rules
from cohesin.platform.webhooks.entity import Attempt, PendingDelivery, StoredSubscription

LOCK_PREFIX: Final = "webhook:"
# A job lets others have their turn after so many messages.
BATCH: Final = 50
KEPT_BODY_CHARACTERS: Final = 1000


def secret_context(subscription_id: UUID) -> SealContext:
    """Where the sealed secret stands."""
    return SealContext("platform.webhook_subscriptions", "sealed_secret", str(subscription_id))


def headers_context(subscription_id: UUID) -> SealContext:
    """Where the sealed headers stand."""
    return SealContext("platform.webhook_subscriptions", "sealed_headers", str(subscription_id))


def opened_headers(sealer: Sealer, stored: StoredSubscription) -> dict[str, str] | None:
    """The subscriber's own headers."""
    if stored.sealed_headers is None:
        return None
    return msgspec.json.decode(
        sealer.open(stored.sealed_headers, headers_context(stored.id)), type=dict[str, str]
    )


def payload_of(event_type: str, occurred_at: datetime, data: Mapping[str, Any]) -> str:
    """The body `{type, timestamp, data}` of a message."""
    return encoder.encode({"type": event_type, "timestamp": occurred_at, "data": dict(data)}).decode()


@subscribe
async def queue_deliveries(uow: UnitOfWork, event: RecordedEvent) -> None:
    """Add the event to the queue of every subscription that wants it, in the event's own transaction."""
    if event.tenant_id is None:
        return
    wanted = await queries.matching_subscriptions(uow.conn, event.tenant_id, event.type)
    if not wanted:
        return
    identity = {} if event.entity_id is None else {"id": str(event.entity_id)}
    payload = payload_of(event.type, event.occurred_at, {**identity, **event.data})
    for subscription in wanted:
        await queries.insert_delivery(
            uow.conn,
            subscription,
            new_id(),
            event_sequence=event.sequence,
            event_type=event.type,
            payload=payload,
            now=uow.clock.now(),
        )
        # While a subscription waits to be tried again, the job of that try will find this message as well. The row
        # is shared so that the job cannot end the waiting, and miss it, before this commits.
        waits = subscription.retry_job_id is not None
        if not waits or await queries.share_retry(uow.conn, subscription.tenant_id, subscription.id) is None:
            await enqueue_delivery(uow, subscription.tenant_id, subscription.id)


async def enqueue_delivery(
    uow: UnitOfWork, tenant_id: UUID, subscription_id: UUID, *, wait: timedelta | None = None
) -> int:
    """Add a job that sends what waits, and return its id."""
    # The queue compares with the database's clock, so the server's own is used here and not the unit's.
    at = None if wait is None else datetime.now(UTC) + wait
    arguments = {"tenant_id": str(tenant_id), "subscription_id": str(subscription_id)}
    return await enqueue(uow.conn, deliver, arguments, schedule_at=at)


async def wake(uow: UnitOfWork, stored: StoredSubscription) -> None:
    """Send what waits now rather than at the next try; the caller holds the subscription's lock."""
    await drop_retry(uow, stored)
    await enqueue_delivery(uow, stored.tenant_id, stored.id)


async def drop_retry(uow: UnitOfWork, stored: StoredSubscription) -> None:
    """Forget the next try, unless it runs already."""
    if stored.retry_job_id is None:
        return
    await uow.conn.execute("SELECT tasks.procrastinate_cancel_job_v1($1, false, false)", stored.retry_job_id)
    await queries.update_subscription(uow.conn, stored.tenant_id, stored.id, {"retry_job_id": None})


async def send(
    client: OutboundClient, sealer: Sealer, stored: StoredSubscription, *, message_id: UUID, payload: str
) -> Attempt:
    """Post one signed message. Anything but a 2xx answer is a failure, redirects included."""
    body = payload.encode()
    signature = standard_webhook_headers(
        sealer.open(stored.sealed_secret, secret_context(stored.id)).decode(),
        message_id=str(message_id),
        timestamp=datetime.now(UTC),
        body=body,
    )
    own = opened_headers(sealer, stored) or {}
    started = time.perf_counter()
    try:
        answer = await client.post(stored.url, body, {**own, "Content-Type": "application/json", **signature})
    except OutboundError as error:
        return Attempt(
            succeeded=False,
            status_code=None,
            response_body=None,
            error=error.code,
            milliseconds=_milliseconds_since(started),
        )
    succeeded = 200 <= answer.status < 300
    # PostgreSQL keeps no NUL in a text.
    text = answer.body.decode("utf-8", "replace").replace("\x00", "\ufffd")
    return Attempt(
        succeeded=succeeded,
        status_code=answer.status,
        response_body=text[:KEPT_BODY_CHARACTERS],
        error=None if succeeded else f"HTTP {answer.status}",
        milliseconds=_milliseconds_since(started),
    )


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 2)


@task(
    name="webhooks.deliver",
    lock=LOCK_PREFIX + "{subscription_id}",
    retry=Retry(attempts=8),
    category="messaging",
)
async def deliver(context: TaskContext, *, tenant_id: str, subscription_id: str) -> None:
    """Send the waiting messages of one webhook subscription, oldest first, until one fails."""
    units: Units = context.services.units
    sealer, client = context.services.get(Sealer), context.services.get(OutboundClient)
    caller = system_caller(UUID(tenant_id))
    for _ in range(BATCH):
        async with units.open(caller) as uow:
            found = await _next(uow, UUID(subscription_id), context.job_id)
        if found is None:
            return
        stored, pending = found
        attempt = await send(client, sealer, stored, message_id=pending.id, payload=pending.payload)
        async with units.open(caller) as uow:
            if not await record_attempt(uow, stored.id, pending, attempt):
                return
    async with units.open(caller) as uow:
        await enqueue_delivery(uow, UUID(tenant_id), UUID(subscription_id))


async def _next(
    uow: UnitOfWork, subscription_id: UUID, job_id: int
) -> tuple[StoredSubscription, PendingDelivery] | None:
    """What this job has to send: nothing while another job is the one that tries next."""
    stored = await queries.find_subscription(uow.conn, uow.tenant_id, subscription_id)
    if stored is None or not stored.enabled or stored.retry_job_id not in (None, job_id):
        return None
    pending = await queries.oldest_delivery(uow.conn, uow.tenant_id, subscription_id)
    if pending is None and stored.retry_job_id is not None:
        # Waits for those who count on this try, then sees what they left.
        changes: dict[str, Any] = {"retry_job_id": None, "failing_since": None}
        stored = await queries.update_subscription(uow.conn, uow.tenant_id, subscription_id, changes)
        pending = await queries.oldest_delivery(uow.conn, uow.tenant_id, subscription_id)
    return None if pending is None else (stored, pending)


async def record_attempt(
    uow: UnitOfWork, subscription_id: UUID, pending: PendingDelivery, attempt: Attempt
) -> bool:
    """Write down an attempt and what follows from it; tells whether the next message may be sent now."""
    stored = await queries.find_subscription(uow.conn, uow.tenant_id, subscription_id, lock=True)
    if stored is None:
        return False
    await queries.insert_log(
        uow.conn,
        new_id(),
        stored,
        event_type=pending.event_type,
        attempts=pending.attempts + 1,
        attempt=attempt,
        now=uow.clock.now(),
    )
    if not attempt.succeeded:
        await _after_failure(uow, stored, pending)
        return False
    await queries.delete_delivery(uow.conn, uow.tenant_id, pending.id)
    if stored.failing_since is not None or stored.retry_job_id is not None:
        changes: dict[str, Any] = {"failing_since": None, "retry_job_id": None}
        await queries.update_subscription(uow.conn, uow.tenant_id, stored.id, changes)
    return True


async def _after_failure(uow: UnitOfWork, stored: StoredSubscription, pending: PendingDelivery) -> None:
    """Plan the next try; give the message up after three days, the subscription after five."""
    now = uow.clock.now()
    failing_since = stored.failing_since or now
    attempts = pending.attempts + 1
    if rules.is_given_up(pending.first_attempt_at or now, now):
        await queries.delete_delivery(uow.conn, uow.tenant_id, pending.id)
        attempts = 1
    else:
        await queries.count_failure(uow.conn, uow.tenant_id, pending.id, now)
    if rules.is_to_be_disabled(failing_since, now):
        changes: dict[str, Any] = {"enabled": False, "retry_job_id": None, "updated_at": now}
        await queries.update_subscription(uow.conn, uow.tenant_id, stored.id, changes)
        switched = {"enabled": {"before": True, "after": False}}
        event = "webhook_subscription.disabled"
        await uow.record(Event(type=event, entity_id=stored.id, data={"enabled": False}, changes=switched))
        return
    # Subscribers that failed together should not all be tried again together.
    spread = 0.9 + secrets.randbelow(201) / 1000
    job_id = await enqueue_delivery(uow, uow.tenant_id, stored.id, wait=rules.retry_wait(attempts) * spread)
    changes = {"failing_since": failing_since, "retry_job_id": job_id}
    await queries.update_subscription(uow.conn, uow.tenant_id, stored.id, changes)
