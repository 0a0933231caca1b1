"""Every statement about webhooks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.listing import Listing
from cohesin.platform.webhooks.entity import Attempt, PendingDelivery, StoredSubscription
from cohesin.platform.webhooks.schemas import SubscriptionLogs, SubscriptionStats

COLUMNS: Final = """s.tenant_id, s.id, s.name, s.description, s.url, s.events, s.enabled, s.sealed_secret,
    s.sealed_headers, s.failing_since, s.retry_job_id, s.created_at, s.updated_at"""

SUBSCRIPTIONS: Final = Listing(
    StoredSubscription,
    select=COLUMNS,
    source="platform.webhook_subscriptions s",
    filters={
        "enabled": "s.enabled = {}",
        # As it was written, or as an event type that one of the patterns takes in.
        "event": "({} = ANY (s.events) OR EXISTS (SELECT 1 FROM unnest(s.patterns) p"
        " WHERE replace(lower({}), ':', '.') LIKE p))",
    },
    default_order="s.created_at DESC",
    tie="s.id DESC",
)
SEEN: Final = ("s.tenant_id = $1", "s.deleted_at IS NULL")

LOGS: Final = Listing(
    SubscriptionLogs,
    select="""l.id, l.subscription_id, l.event_type AS event, l.url, l.status, l.status_code, l.response_body, l.error,
        l.attempts, l.delivery_time_ms, l.created_at""",
    source="platform.webhook_logs l",
    filters={"status": "l.status = {}", "event": "l.event_type = replace(lower({}), ':', '.')"},
    default_order="l.created_at DESC",
    tie="l.id DESC",
)


async def find_subscription(
    conn: Connection, tenant_id: UUID, subscription_id: UUID, *, lock: bool = False
) -> StoredSubscription | None:
    """A subscription that is not deleted; `lock` keeps others from changing it, not from adding deliveries."""
    suffix = " FOR NO KEY UPDATE" if lock else ""
    sql = f"""SELECT {COLUMNS} FROM platform.webhook_subscriptions s
               WHERE s.tenant_id = $1 AND s.id = $2 AND s.deleted_at IS NULL{suffix}"""
    return await find_one(conn, StoredSubscription, sql, tenant_id, subscription_id)


async def insert_subscription(
    conn: Connection, stored: StoredSubscription, patterns: list[str]
) -> StoredSubscription:
    sql = f"""
        WITH s AS (
          INSERT INTO platform.webhook_subscriptions (tenant_id, id, name, description, url, events, patterns, enabled,
            sealed_secret, sealed_headers, created_at, updated_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING *)
        SELECT {COLUMNS} FROM s"""
    return await fetch_one(
        conn,
        StoredSubscription,
        sql,
        stored.tenant_id,
        stored.id,
        stored.name,
        stored.description,
        stored.url,
        stored.events,
        patterns,
        stored.enabled,
        stored.sealed_secret,
        stored.sealed_headers,
        stored.created_at,
    )


async def update_subscription(
    conn: Connection, tenant_id: UUID, subscription_id: UUID, changes: dict[str, Any]
) -> StoredSubscription:
    """Set the named columns; names come from the service only."""
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(changes, start=3))
    sql = f"""
        WITH s AS (UPDATE platform.webhook_subscriptions SET {sets} WHERE tenant_id = $1 AND id = $2 RETURNING *)
        SELECT {COLUMNS} FROM s"""
    return await fetch_one(conn, StoredSubscription, sql, tenant_id, subscription_id, *changes.values())


async def matching_subscriptions(
    conn: Connection, tenant_id: UUID, event_type: str
) -> list[StoredSubscription]:
    """The enabled subscriptions of a tenant that take an event type, in a fixed order (against deadlocks)."""
    sql = f"""SELECT {COLUMNS} FROM platform.webhook_subscriptions s
               WHERE s.tenant_id = $1 AND s.enabled AND s.deleted_at IS NULL
                 AND EXISTS (SELECT 1 FROM unnest(s.patterns) p WHERE $2 LIKE p)
               ORDER BY s.id"""
    return await fetch_all(conn, StoredSubscription, sql, tenant_id, event_type)


async def share_retry(conn: Connection, tenant_id: UUID, subscription_id: UUID) -> int | None:
    """The job that tries next, which can neither begin another wait nor end this one before this commits."""
    found: int | None = await conn.fetchval(
        "SELECT retry_job_id FROM platform.webhook_subscriptions WHERE tenant_id = $1 AND id = $2 FOR SHARE",
        tenant_id,
        subscription_id,
    )
    return found


async def insert_delivery(
    conn: Connection,
    subscription: StoredSubscription,
    delivery_id: UUID,
    *,
    event_sequence: int,
    event_type: str,
    payload: str,
    now: datetime,
) -> None:
    await conn.execute(
        """INSERT INTO platform.webhook_deliveries (tenant_id, id, subscription_id, event_sequence, event_type, payload,
             created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        subscription.tenant_id,
        delivery_id,
        subscription.id,
        event_sequence,
        event_type,
        payload,
        now,
    )


async def oldest_delivery(conn: Connection, tenant_id: UUID, subscription_id: UUID) -> PendingDelivery | None:
    return await find_one(
        conn,
        PendingDelivery,
        """SELECT id, event_type, payload, attempts, first_attempt_at FROM platform.webhook_deliveries
            WHERE tenant_id = $1 AND subscription_id = $2 ORDER BY event_sequence LIMIT 1""",
        tenant_id,
        subscription_id,
    )


async def delete_delivery(conn: Connection, tenant_id: UUID, delivery_id: UUID) -> None:
    await conn.execute(
        "DELETE FROM platform.webhook_deliveries WHERE tenant_id = $1 AND id = $2", tenant_id, delivery_id
    )


async def delete_deliveries_of(conn: Connection, tenant_id: UUID, subscription_id: UUID) -> None:
    await conn.execute(
        "DELETE FROM platform.webhook_deliveries WHERE tenant_id = $1 AND subscription_id = $2",
        tenant_id,
        subscription_id,
    )


async def count_failure(conn: Connection, tenant_id: UUID, delivery_id: UUID, now: datetime) -> None:
    await conn.execute(
        """UPDATE platform.webhook_deliveries
              SET attempts = attempts + 1, first_attempt_at = coalesce(first_attempt_at, $3)
            WHERE tenant_id = $1 AND id = $2""",
        tenant_id,
        delivery_id,
        now,
    )


async def insert_log(
    conn: Connection,
    log_id: UUID,
    subscription: StoredSubscription,
    *,
    event_type: str,
    attempts: int,
    attempt: Attempt,
    now: datetime,
) -> None:
    await conn.execute(
        """INSERT INTO platform.webhook_logs (tenant_id, id, subscription_id, event_type, url, status, status_code,
             response_body, error, attempts, delivery_time_ms, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)""",
        subscription.tenant_id,
        log_id,
        subscription.id,
        event_type,
        subscription.url,
        "success" if attempt.succeeded else "failed",
        attempt.status_code,
        attempt.response_body,
        attempt.error,
        attempts,
        attempt.milliseconds,
        now,
    )


async def count_logs(
    conn: Connection, tenant_id: UUID, subscription_id: UUID, since: datetime
) -> SubscriptionStats:
    """Attempts since an instant, with the share of successes in percent and the mean time in milliseconds."""
    return await fetch_one(
        conn,
        SubscriptionStats,
        """SELECT count(*) AS total, count(*) FILTER (WHERE status = 'success') AS success,
                  count(*) FILTER (WHERE status = 'failed') AS failed,
                  coalesce(round(100.0 * count(*) FILTER (WHERE status = 'success') / nullif(count(*), 0), 2), 0)::float8
                    AS success_rate,
                  coalesce(round(avg(delivery_time_ms)::numeric, 2), 0)::float8 AS avg_delivery_time
             FROM platform.webhook_logs WHERE tenant_id = $1 AND subscription_id = $2 AND created_at >= $3""",
        tenant_id,
        subscription_id,
        since,
    )


async def delete_logs(conn: Connection, older_than: timedelta) -> int:
    """Forget old attempts of every tenant; returns how many. For the crossing role."""
    found = await conn.fetchval(
        """WITH gone AS (DELETE FROM platform.webhook_logs WHERE created_at < now() - $1::interval RETURNING 1)
           SELECT count(*) FROM gone""",
        older_than,
    )
    return int(found)


async def stranded_subscriptions(conn: Connection, lock_prefix: str) -> list[tuple[UUID, UUID]]:
    """Tenant and id of subscriptions with waiting deliveries and no job to send them. For the crossing role."""
    rows = await conn.fetch(
        """SELECT s.tenant_id, s.id FROM platform.webhook_subscriptions s
            WHERE s.enabled AND s.deleted_at IS NULL
              AND EXISTS (SELECT 1 FROM platform.webhook_deliveries d
                           WHERE d.tenant_id = s.tenant_id AND d.subscription_id = s.id)
              AND NOT EXISTS (SELECT 1 FROM tasks.procrastinate_jobs j
                               WHERE j.lock = $1 || s.id::text AND j.status IN ('todo', 'doing'))""",
        lock_prefix,
    )
    return [(row["tenant_id"], row["id"]) for row in rows]


async def waiting_subscriptions(conn: Connection, tenant_id: UUID) -> list[UUID]:
    """The tenant's enabled subscriptions with deliveries that wait."""
    rows = await conn.fetch(
        """SELECT s.id FROM platform.webhook_subscriptions s
            WHERE s.tenant_id = $1 AND s.enabled AND s.deleted_at IS NULL
              AND EXISTS (SELECT 1 FROM platform.webhook_deliveries d
                           WHERE d.tenant_id = s.tenant_id AND d.subscription_id = s.id)
            ORDER BY s.id""",
        tenant_id,
    )
    return [row["id"] for row in rows]
