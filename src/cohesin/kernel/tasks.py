"""Tasks: declared once, enqueued in the transaction of the change that wants them, run by `kernel.worker`.

The queue is Procrastinate's, in the schema `tasks` of the same database.
"""

import inspect
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias

import asyncpg

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.processes import ProcessRunner

if TYPE_CHECKING:
    AsyncpgPool: TypeAlias = asyncpg.Pool[asyncpg.Record]

DEFAULT_QUEUE: Final = "default"
HEAVY_QUEUE: Final = "heavy"
"""For work that takes many seconds of a processor: it has its own places in the worker, so that a genome never keeps a
webhook or a mail waiting."""

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class TaskNameTakenError(Exception):
    """Two tasks are declared under one name."""


class InvalidTaskArgumentsError(TypeError):
    """The arguments do not fit the task's function, or are not JSON."""


@dataclass(frozen=True, slots=True)
class Retry:
    """When a failed task is tried again: after `wait`, `wait * factor`, `wait * factor²` … `longest`, ± 10 %.

    `attempts` counts the first one. Errors outside `on` are not tried again.
    """

    attempts: int = 5
    wait: timedelta = timedelta(seconds=2)
    factor: float = 3.0
    longest: timedelta = timedelta(hours=6)
    on: tuple[type[Exception], ...] = (Exception,)

    def delay_after(self, attempt: int) -> timedelta | None:
        """Return the wait after attempt number `attempt` (from 1), or None after the last; no spread."""
        if attempt >= self.attempts:
            return None
        seconds = self.wait.total_seconds() * self.factor ** min(attempt - 1, 64)
        return min(timedelta(seconds=min(seconds, self.longest.total_seconds())), self.longest)


NO_RETRY: Final = Retry(attempts=1)


@dataclass(frozen=True, slots=True)
class TaskContext:
    """What a running task is given beside its arguments.

    `services` is what the worker was started with: pool, storage, clock, whatever the application wires.
    """

    job_id: int
    attempt: int
    services: Any = field(repr=False)
    pool: "AsyncpgPool" = field(repr=False)
    processes: ProcessRunner = field(repr=False)

    async def report_progress(self, fraction: float, stage: str) -> None:
        """Record how far this job is, for those who wait for it."""
        await report_progress(self.pool, self.job_id, fraction, stage)


Category: TypeAlias = Literal["cleanup", "maintenance", "messaging", "metrics", "media", "custom"]
TENANT_ARGUMENT: Final = "tenant_id"

TaskFunction: TypeAlias = Callable[..., Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Task:
    """A declared task. Calling it runs the function itself, without a queue."""

    name: str
    function: TaskFunction = field(repr=False)
    queue: str = DEFAULT_QUEUE
    retry: Retry = NO_RETRY
    lock: str | None = None
    cron: str | None = None
    category: Category = "custom"
    on_demand: bool = False

    @property
    def description(self) -> str:
        """What the task does: the first line of its function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def is_system(self) -> bool:
        """Whether its jobs belong to no tenant: a tenant's job names it in the argument `tenant_id`."""
        return TENANT_ARGUMENT not in inspect.signature(self.function).parameters

    async def __call__(self, context: TaskContext, **args: Json) -> None:
        await self.function(context, **args)

    def check(self, args: Mapping[str, Json]) -> str:
        """Return the arguments as JSON.

        Raises:
            InvalidTaskArgumentsError: not this function's arguments, or not JSON. An id is passed as its
            text.
        """
        try:
            inspect.signature(self.function).bind(None, **args)
            return json.dumps(args, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise InvalidTaskArgumentsError(f"arguments of task {self.name}: {error}") from None


REGISTRY: Final[dict[str, Task]] = {}


def task(
    *,
    name: str,
    queue: str = DEFAULT_QUEUE,
    retry: Retry = NO_RETRY,
    lock: str | None = None,
    cron: str | None = None,
    category: Category = "custom",
    on_demand: bool = False,
) -> Callable[[TaskFunction], Task]:
    """Declare an async function `(context, *, …)` as a task.

    It takes ids and other small JSON values, never patient data: arguments stand in the queue's table and in
    logs. It opens its own unit of work and is idempotent: a worker that dies leaves it to be run again.

    Args:
        name: `slice.verb_noun`, the same for ever; waiting jobs know it.
        queue: heavy work has its own, `HEAVY_QUEUE`.
        retry: when to try again after an error.
        lock: jobs with the same lock never run at the same time, in order of enqueueing; `{argument}` is
            filled in, as in `genome:{genome_id}`.
        cron: five fields (UTC), for tasks without arguments that run by the clock. A run missed by more than
            ten minutes is left out, and two never overlap.
        category: what kind of work it is, for people who look at jobs.
        on_demand: a tenant's administrator may start it by hand; system administrators may start any.

    Raises:
        TaskNameTakenError: at import, for a second task of that name.
    """

    def declare(function: TaskFunction) -> Task:
        if name in REGISTRY:
            raise TaskNameTakenError(f"a task named {name} is declared already")
        declared = Task(name, function, queue, retry, lock, cron, category, on_demand)
        REGISTRY[name] = declared
        return declared

    return declare


_DEFER: Final = """
    SELECT (tasks.procrastinate_defer_jobs_v1(ARRAY[
        ROW($1, $2, $3, $4, $5, $6::text::jsonb, $7)::tasks.procrastinate_job_to_defer_v1
    ]))[1]
"""
_WAITING: Final = "SELECT id FROM tasks.procrastinate_jobs WHERE queueing_lock = $1 AND status = 'todo'"


@asynccontextmanager
async def _savepoint(conn: Connection) -> AsyncIterator[None]:
    """Keep a refused row from ending the caller's transaction.

    Not the driver's own: that does not know a transaction which a unit of work began.
    """
    if not conn.is_in_transaction():
        yield
        return
    await conn.execute("SAVEPOINT enqueueing")
    try:
        yield
    except BaseException:
        await conn.execute("ROLLBACK TO SAVEPOINT enqueueing")
        raise
    await conn.execute("RELEASE SAVEPOINT enqueueing")


async def enqueue(
    conn: Connection,
    task: Task,
    args: Mapping[str, Json],
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    schedule_at: datetime | None = None,
    priority: int = 0,
) -> int:
    """Add a job in the transaction of `conn` and return its id; it exists if and when that commits.

    Args:
        conn: the connection of the caller's unit of work.
        task: what to run.
        args: its keyword arguments.
        lock: instead of the task's own.
        queueing_lock: at most one job with it waits at a time. Where one does, its id is returned and nothing
            is added: the waiting job will see the change that this one was for.
        schedule_at: not before this time (aware).
        priority: higher runs first.

    Raises:
        InvalidTaskArgumentsError: see `Task.check`.
    """
    encoded = task.check(args)
    own_lock = task.lock.format(**args) if lock is None and task.lock is not None else lock
    values = (task.queue, task.name, priority, own_lock, queueing_lock, encoded, schedule_at)
    if queueing_lock is None:
        return int(await conn.fetchval(_DEFER, *values))
    while True:
        try:
            async with _savepoint(conn):
                return int(await conn.fetchval(_DEFER, *values))
        except asyncpg.UniqueViolationError:
            waiting = await conn.fetchval(_WAITING, queueing_lock)
            # It may have started since it was in the way; then this job has to wait after all.
            if waiting is not None:
                return int(waiting)


class Executor(Protocol):
    """A pool or a connection."""

    async def execute(self, query: str, /, *args: Any) -> str:
        """Run one statement."""
        ...

    async def fetchrow(self, query: str, /, *args: Any) -> asyncpg.Record | None:
        """Return the first row."""
        ...

    async def fetchval(self, query: str, /, *args: Any) -> Any:
        """Return the first value of the first row."""
        ...


async def report_progress(conn: Executor, job_id: int, fraction: float, stage: str) -> None:
    """Record how far a job is: a fraction, cut to 0 to 1, and a stage's name without patient data."""
    await conn.execute(
        """
        INSERT INTO kernel.task_progress (job_id, fraction, stage) VALUES ($1, $2, $3)
        ON CONFLICT (job_id) DO UPDATE
            SET fraction = excluded.fraction, stage = excluded.stage, updated_at = now()
        """,
        job_id,
        min(max(fraction, 0.0), 1.0),
        stage,
    )


async def record_error(conn: Executor, job_id: int, error: str) -> None:
    """Keep what the last attempt of a job failed with: class and code, as `describe_error` writes them."""
    await conn.execute(
        """
        INSERT INTO kernel.task_progress (job_id, error) VALUES ($1, $2)
        ON CONFLICT (job_id) DO UPDATE SET error = excluded.error, updated_at = now()
        """,
        job_id,
        error,
    )


def describe_error(error: BaseException) -> str:
    """Return an error's class and its `code`, if any: unlike its text they hold no patient data."""
    code = getattr(error, "code", None)
    name = type(error).__name__
    return f"{name}:{code}" if isinstance(code, str | int) else name


@dataclass(frozen=True, slots=True)
class JobStatus:
    """How a job stands.

    `state` is todo, doing, succeeded, failed, cancelled or aborted; `attempts` counts the ended ones; `error`
    is what the last attempt failed with, None once one succeeded.
    """

    id: int
    task_name: str
    state: str
    attempts: int
    scheduled_at: datetime | None
    fraction: float
    stage: str
    error: str | None


async def job_status(conn: Executor, job_id: int) -> JobStatus | None:
    """Return how a job stands, or None when it never was or is forgotten."""
    row = await conn.fetchrow(
        """
        SELECT job.task_name, job.status::text AS state, job.attempts, job.scheduled_at,
               coalesce(progress.fraction, 0) AS fraction, coalesce(progress.stage, '') AS stage,
               progress.error
          FROM tasks.procrastinate_jobs job
          LEFT JOIN kernel.task_progress progress ON progress.job_id = job.id
         WHERE job.id = $1
        """,
        job_id,
    )
    if row is None:
        return None
    done = row["state"] == "succeeded"
    return JobStatus(
        id=job_id,
        task_name=row["task_name"],
        state=row["state"],
        attempts=row["attempts"],
        scheduled_at=row["scheduled_at"],
        fraction=1.0 if done else row["fraction"],
        stage=row["stage"],
        error=None if done else row["error"],
    )


async def is_switched_on(conn: Executor, task_name: str) -> bool:
    """Tell whether a task may run by the clock and be started by hand; one that was never switched is on."""
    found = await conn.fetchval("SELECT enabled FROM kernel.task_switches WHERE task_name = $1", task_name)
    return found is None or bool(found)


async def cancel_job(conn: Executor, job_id: int) -> bool:
    """Cancel a waiting job, or ask the worker to abort a running one; False when there is neither."""
    cancelled = await conn.fetchval("SELECT tasks.procrastinate_cancel_job_v1($1, true, false)", job_id)
    return cancelled is not None


async def requeue_lost_jobs(conn: Executor, *, silent_for: timedelta, max_losses: int = 3) -> int:
    """Put the jobs of workers that died back into the queue, and return how many were found.

    A worker is dead when it has not given a sign for `silent_for`. A job that lost its worker `max_losses`
    times is ended as failed: it may be what kills them. One statement, so that two workers doing this at once
    cannot requeue a job that already runs again.
    """
    found = await conn.fetchval(
        """
        WITH lost AS (
            SELECT job.id, coalesce(progress.losses, 0) + 1 AS losses
              FROM tasks.procrastinate_jobs job
              LEFT JOIN tasks.procrastinate_workers worker ON worker.id = job.worker_id
              LEFT JOIN kernel.task_progress progress ON progress.job_id = job.id
             WHERE job.status = 'doing'
               AND (worker.id IS NULL OR worker.last_heartbeat < now() - $1::interval)
               FOR UPDATE OF job SKIP LOCKED
        ), moved AS (
            UPDATE tasks.procrastinate_jobs job
               SET status = CASE WHEN job.abort_requested THEN 'aborted'
                                 WHEN lost.losses >= $2 THEN 'failed'
                                 ELSE 'todo' END::tasks.procrastinate_job_status,
                   attempts = job.attempts + 1, abort_requested = false, worker_id = NULL
              FROM lost WHERE job.id = lost.id
            RETURNING job.id, lost.losses
        ), noted AS (
            INSERT INTO kernel.task_progress (job_id, error, losses)
            SELECT id, 'WorkerLost', losses FROM moved
            ON CONFLICT (job_id) DO UPDATE
                SET error = excluded.error, losses = excluded.losses, updated_at = now()
        )
        SELECT count(*) FROM moved
        """,
        silent_for,
        max_losses,
    )
    return int(found)


async def delete_finished_jobs(conn: Executor, *, older_than: timedelta) -> int:
    """Forget the jobs that ended longer ago than this, with their progress; returns how many."""
    found = await conn.fetchval(
        """
        WITH gone AS (
            DELETE FROM tasks.procrastinate_jobs job
             WHERE job.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
               AND (SELECT max(event.at) FROM tasks.procrastinate_events event WHERE event.job_id = job.id)
                   < now() - $1::interval
            RETURNING job.id
        )
        SELECT count(*) FROM gone
        """,
        older_than,
    )
    return int(found)
