"""Every statement about jobs: the queue's own rows and log, read as runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one
from cohesin.kernel.listing import Listing
from cohesin.platform.jobs.schemas import Run

RUNS_SOURCE: Final = """(
    SELECT j.id, j.task_name AS job_name, j.args->>'tenant_id' AS tenant_id, t.correlation_id, e.started_at,
           CASE j.status WHEN 'succeeded' THEN 'completed' WHEN 'failed' THEN 'failed' WHEN 'todo' THEN 'running'
                         WHEN 'doing' THEN 'running' ELSE 'cancelled' END AS status,
           CASE WHEN j.status NOT IN ('todo', 'doing') THEN e.ended_at END AS completed_at,
           CASE WHEN j.status <> 'succeeded' THEN p.error END AS error_message
      FROM tasks.procrastinate_jobs j
      LEFT JOIN LATERAL (
        SELECT min(at) FILTER (WHERE type = 'started') AS started_at,
               max(at) FILTER (WHERE type IN ('succeeded', 'failed', 'cancelled', 'aborted')) AS ended_at
          FROM tasks.procrastinate_events WHERE job_id = j.id) e ON true
      LEFT JOIN kernel.task_progress p ON p.job_id = j.id
      LEFT JOIN kernel.task_triggers t ON t.job_id = j.id
     WHERE e.started_at IS NOT NULL OR j.status NOT IN ('todo', 'doing')) r"""

RUNS: Final = Listing(
    Run,
    select="""r.id, r.job_name, r.status, r.started_at, r.completed_at,
        extract(epoch FROM r.completed_at - r.started_at)::float8 * 1000 AS duration_ms, r.error_message, r.tenant_id,
        r.correlation_id""",
    source=RUNS_SOURCE,
    filters={
        "status": "r.status = {}",
        "jobName": "r.job_name = {}",
        "correlationId": "r.correlation_id = {}",
        "since": "coalesce(r.started_at, r.completed_at) >= {}",
        "until": "coalesce(r.started_at, r.completed_at) <= {}",
    },
    default_order="coalesce(r.started_at, r.completed_at) DESC",
    tie="r.id DESC",
)


class RunCounts(msgspec.Struct, frozen=True, kw_only=True):
    runs: int
    successes: int
    failures: int
    average_ms: float | None
    last_run: datetime | None


class RunningJob(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    job_name: str
    started_at: datetime
    correlation_id: str | None
    args: dict[str, Any]


class QueuedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job of the queue, whatever its state."""

    task_name: str
    state: str
    tenant_id: str | None


async def count_runs(conn: Connection, name: str, tenant_id: str | None) -> RunCounts:
    """A job's ended runs counted; of one tenant, or of all where None."""
    return await fetch_one(
        conn,
        RunCounts,
        f"""SELECT count(*) FILTER (WHERE r.status <> 'running') AS runs,
                   count(*) FILTER (WHERE r.status = 'completed') AS successes,
                   count(*) FILTER (WHERE r.status = 'failed') AS failures,
                   (avg(extract(epoch FROM r.completed_at - r.started_at)) * 1000)::float8 AS average_ms,
                   max(r.started_at) AS last_run
              FROM {RUNS_SOURCE} WHERE r.job_name = $1 AND ($2::text IS NULL OR r.tenant_id = $2)""",
        name,
        tenant_id,
    )


async def last_starts(conn: Connection, tenant_id: str | None) -> dict[str, datetime]:
    """When each job last started; of one tenant, or of all where None."""
    rows = await conn.fetch(
        f"""SELECT r.job_name, max(r.started_at) AS at FROM {RUNS_SOURCE}
             WHERE r.started_at IS NOT NULL AND ($1::text IS NULL OR r.tenant_id = $1) GROUP BY 1""",
        tenant_id,
    )
    return {row["job_name"]: row["at"] for row in rows}


async def list_running(conn: Connection, tenant_id: str, *, with_system: bool) -> list[RunningJob]:
    """What runs now for a tenant, and for the system where asked, oldest first."""
    return await fetch_all(
        conn,
        RunningJob,
        """SELECT j.id, j.task_name AS job_name, t.correlation_id, j.args,
                  (SELECT max(at) FROM tasks.procrastinate_events e WHERE e.job_id = j.id AND e.type = 'started')
                    AS started_at
             FROM tasks.procrastinate_jobs j LEFT JOIN kernel.task_triggers t ON t.job_id = j.id
            WHERE j.status = 'doing'
              AND (j.args->>'tenant_id' = $1 OR ($2 AND j.args->>'tenant_id' IS NULL))
            ORDER BY j.id""",
        tenant_id,
        with_system,
    )


async def find_job(conn: Connection, job_id: int) -> QueuedJob | None:
    """A job of the queue; nobody else changes its state before this commits."""
    row = await conn.fetchrow(
        """SELECT task_name, status::text AS state, args->>'tenant_id' AS tenant_id
             FROM tasks.procrastinate_jobs WHERE id = $1 FOR UPDATE""",
        job_id,
    )
    return None if row is None else QueuedJob(**row)


async def switched_off(conn: Connection) -> set[str]:
    rows = await conn.fetch("SELECT task_name FROM kernel.task_switches WHERE NOT enabled")
    return {row["task_name"] for row in rows}


async def set_switch(conn: Connection, name: str, now: datetime, *, enabled: bool) -> None:
    await conn.execute(
        """INSERT INTO kernel.task_switches (task_name, enabled, changed_at) VALUES ($1, $2, $3)
           ON CONFLICT (task_name) DO UPDATE SET enabled = EXCLUDED.enabled, changed_at = EXCLUDED.changed_at""",
        name,
        enabled,
        now,
    )


async def insert_trigger(
    conn: Connection, job_id: int, correlation_id: str, triggered_by: UUID | None
) -> None:
    await conn.execute(
        "INSERT INTO kernel.task_triggers (job_id, correlation_id, triggered_by) VALUES ($1, $2, $3)",
        job_id,
        correlation_id,
        triggered_by,
    )


async def delete_expired_keys(conn: Connection) -> int:
    """Forget the answers of idempotency keys that no longer count; returns how many."""
    return await _deleted(conn, "kernel.idempotency_keys WHERE created_at < now() - interval '24 hours'")


async def delete_old_windows(conn: Connection) -> int:
    """Forget rate limits that nobody met for a day; returns how many."""
    fixed = await _deleted(conn, "kernel.rate_windows WHERE opened_at < now() - interval '1 day'")
    # The counter's lock keeps a call that comes now from finding half of its ring gone.
    await conn.execute(
        """WITH idle AS (
             SELECT s.bucket FROM kernel.rate_sliding s
              WHERE NOT EXISTS (SELECT 1 FROM kernel.rate_sliding_calls c
                                 WHERE c.bucket = s.bucket AND c.at > now() - interval '1 day')
                FOR UPDATE SKIP LOCKED),
           rings AS (DELETE FROM kernel.rate_sliding_calls c USING idle WHERE c.bucket = idle.bucket)
           DELETE FROM kernel.rate_sliding s USING idle WHERE s.bucket = idle.bucket"""
    )
    return fixed


async def _deleted(conn: Connection, what: str) -> int:
    found = await conn.fetchval(f"WITH gone AS (DELETE FROM {what} RETURNING 1) SELECT count(*) FROM gone")
    return int(found)
