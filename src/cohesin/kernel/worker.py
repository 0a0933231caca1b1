"""The worker: runs the declared tasks until it is told to stop."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import asyncpg
import procrastinate
import psycopg
import structlog
from procrastinate.exceptions import ConnectorException, JobAborted
from procrastinate.job_context import AbortReason, JobContext
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from cohesin.kernel.metrics import record_task
from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.tasks import (
    DEFAULT_QUEUE,
    HEAVY_QUEUE,
    REGISTRY,
    Retry,
    Task,
    TaskContext,
    describe_error,
    is_switched_on,
    record_error,
    requeue_lost_jobs,
)

if TYPE_CHECKING:
    from cohesin.kernel.tasks import AsyncpgPool

_log: Final = structlog.get_logger(__name__)
_spread: Final = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """An attempt that failed. `error` may be logged; the text of `exception` may hold patient data."""

    job_id: int
    task_name: str
    attempt: int
    error: str
    exception: Exception = field(repr=False)


ErrorHook = Callable[[TaskFailure], Awaitable[None]]


class TaskFailedError(Exception):
    """Stands for a task's error towards the queue, which writes errors into its log."""

    def __init__(self, error: str, cause_type: type[Exception]) -> None:
        super().__init__(error)
        self.cause_type = cause_type


class TaskInterruptedError(Exception):
    """The worker stopped while the task ran; it will run again."""


class _Strategy(BaseRetryStrategy):
    def __init__(self, retry: Retry) -> None:
        self._retry = retry

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, TaskInterruptedError):
            return RetryDecision(retry_at=datetime.now(UTC))
        if not isinstance(exception, TaskFailedError) or not issubclass(exception.cause_type, self._retry.on):
            return None
        delay = self._retry.delay_after(job.attempts + 1)
        if delay is None:
            return None
        # Jobs that failed together should not all come back together.
        return RetryDecision(retry_at=datetime.now(UTC) + delay * _spread.uniform(0.9, 1.1))


@dataclass(frozen=True, slots=True)
class _Runtime:
    services: Any
    pool: "AsyncpgPool"
    processes: ProcessRunner
    on_error: Sequence[ErrorHook]


async def _handle_failure(runtime: _Runtime, failure: TaskFailure) -> None:
    _log.warning(
        "task failed",
        task=failure.task_name,
        job_id=failure.job_id,
        attempt=failure.attempt,
        error=failure.error,
    )
    try:
        await record_error(runtime.pool, failure.job_id, failure.error)
        for hook in runtime.on_error:
            await hook(failure)
    except Exception as error:  # noqa: BLE001 - the task's own failure must reach the queue in any case
        _log.error("task failure not recorded", job_id=failure.job_id, error=describe_error(error))


def _runner(task: Task, runtime: _Runtime) -> Callable[..., Awaitable[None]]:
    """Return the function that the queue calls for a task."""

    async def run(job_context: JobContext, **args: Any) -> None:
        job_id = job_context.job.id
        if job_id is None:
            raise TypeError("the queue gave a job without id")
        if task.cron is not None:
            # The queue adds the planned time to every job by the clock.
            args.pop("timestamp", None)
            if not await is_switched_on(runtime.pool, task.name):
                raise JobAborted
        attempt = job_context.job.attempts + 1
        context = TaskContext(
            job_id=job_id,
            attempt=attempt,
            services=runtime.services,
            pool=runtime.pool,
            processes=runtime.processes,
        )
        started = time.perf_counter()
        try:
            await task(context, **args)
        except asyncio.CancelledError:
            reason = job_context.abort_reason()
            if reason is AbortReason.USER_REQUEST:
                raise JobAborted from None
            if reason is AbortReason.SHUTDOWN:
                raise TaskInterruptedError from None
            raise
        except Exception as error:  # noqa: BLE001 - a task may fail with anything
            again = isinstance(error, task.retry.on) and task.retry.delay_after(attempt) is not None
            record_task(task.name, "retried" if again else "failed", time.perf_counter() - started)
            text = describe_error(error)
            await _handle_failure(runtime, TaskFailure(job_id, task.name, attempt, text, error))
            # Without the original as its cause: its text would go into the queue's log.
            raise TaskFailedError(text, type(error)) from None
        record_task(task.name, "succeeded", time.perf_counter() - started)

    return run


def _build_app(dsn: str, tasks: Iterable[Task], runtime: _Runtime, *, connections: int) -> procrastinate.App:
    connector = procrastinate.PsycopgConnector(
        conninfo=dsn,
        kwargs={"options": "-c search_path=tasks"},
        min_size=1,
        max_size=connections,
    )
    app = procrastinate.App(connector=connector)
    for task in tasks:
        # A task by the clock waits once and runs once at a time.
        by_clock = f"cron:{task.name}" if task.cron is not None else None
        registered = app.task(
            name=task.name,
            queue=task.queue,
            retry=_Strategy(task.retry),
            pass_context=True,
            lock=by_clock,
            queueing_lock=by_clock,
        )(_runner(task, runtime))
        if task.cron is not None:
            app.periodic(cron=task.cron)(registered)
    return app


async def _requeue_for_ever(pool: "AsyncpgPool", silent_for: timedelta) -> None:
    while True:
        found = await requeue_lost_jobs(pool, silent_for=silent_for)
        if found:
            _log.warning("jobs of lost workers requeued", jobs=found)
        await asyncio.sleep(silent_for.total_seconds() / 3)


def _lanes(tasks: Iterable[Task], light: int, heavy: int) -> list[tuple[list[str], int]]:
    """Groups of queues with the number of tasks each may run at a time."""
    queues = {task.queue for task in tasks}
    lanes = [(sorted(queues - {HEAVY_QUEUE} | {DEFAULT_QUEUE}), light)]
    return [*lanes, ([HEAVY_QUEUE], heavy)] if HEAVY_QUEUE in queues else lanes


async def _work_until(
    shutdown: asyncio.Event,
    app: procrastinate.App,
    pool: "AsyncpgPool",
    lanes: Iterable[tuple[list[str], int]],
    options: Mapping[str, Any],
) -> None:
    """Run one worker a lane until the event is set or a part ends; raises what that part raised."""
    silent_for = timedelta(seconds=options["stalled_worker_timeout"])
    async with app.open_async():
        parts = [
            *(
                asyncio.create_task(
                    app.run_worker_async(queues=queues, concurrency=places, **options),
                    name=f"work on {queues}",
                )
                for queues, places in lanes
            ),
            asyncio.create_task(_requeue_for_ever(pool, silent_for), name="requeue lost jobs"),
            asyncio.create_task(shutdown.wait(), name="wait for shutdown"),
        ]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # Cancelling the worker is how it is asked to finish its jobs.
            for part in parts:
                part.cancel()
            results = await asyncio.gather(*parts, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


async def run_worker(
    *,
    dsn: str,
    pool: "AsyncpgPool",
    services: Any,
    shutdown: asyncio.Event,
    concurrency: int = 2,
    heavy_concurrency: int = 1,
    processes: ProcessRunner | None = None,
    on_error: Sequence[ErrorHook] = (),
    tasks: Mapping[str, Task] = REGISTRY,
    poll_seconds: float = 1.0,
    silent_for: timedelta = timedelta(seconds=30),
    graceful_seconds: float = 30.0,
) -> None:
    """Run tasks until `shutdown` is set, then let running ones finish and return.

    New jobs are noticed at once by notification; scheduled and retried ones within `poll_seconds`. Jobs that
    still run `graceful_seconds` after the stop are interrupted and go back into the queue. Jobs of workers
    that gave no sign for `silent_for` are taken over, at the start and from then on. A lost database
    connection is tried again until it is there.

    Args:
        dsn: PostgreSQL URI of the application role, for the queue's own connections (one for each task that
            may run, and two for each of the two lanes).
        pool: asyncpg pool of the same role, for progress and errors.
        services: handed to every task as `context.services`.
        shutdown: set it to stop.
        concurrency: tasks at a time beside those of `HEAVY_QUEUE`; all share one event loop, CPU work belongs
            into `context.processes`.
        heavy_concurrency: tasks of `HEAVY_QUEUE` at a time.
        processes: for CPU work; without it a process for each heavy task and one for the others.
        on_error: awaited after every failed attempt.
        tasks: what can be run, by name.
        poll_seconds: how often due jobs are looked for without a notification.
        silent_for: after which silence a worker counts as dead.
        graceful_seconds: how long running tasks may take to end after the stop.
    """
    own_processes = ProcessRunner(size=heavy_concurrency + 1) if processes is None else processes
    runtime = _Runtime(services, pool, own_processes, on_error)
    options = {
        "install_signal_handlers": False,
        "fetch_job_polling_interval": poll_seconds,
        "abort_job_polling_interval": poll_seconds,
        "shutdown_graceful_timeout": graceful_seconds,
        "update_heartbeat_interval": silent_for.total_seconds() / 3,
        "stalled_worker_timeout": silent_for.total_seconds(),
    }
    lanes = _lanes(tasks.values(), concurrency, heavy_concurrency)
    connections = sum(places + 2 for _, places in lanes)
    wait = 1.0
    try:
        while not shutdown.is_set():
            app = _build_app(dsn, tasks.values(), runtime, connections=connections)
            try:
                await _work_until(shutdown, app, pool, lanes, options)
                wait = 1.0
            except (ConnectorException, psycopg.Error, asyncpg.PostgresError, OSError) as error:
                _log.error("worker stopped, starting again", error=describe_error(error), seconds=wait)
            await _either(shutdown, wait)
            wait = min(wait * 2, 30.0)
    finally:
        if processes is None:
            own_processes.close()


async def _either(event: asyncio.Event, seconds: float) -> None:
    """Wait for the event, at most so long."""
    waiting = asyncio.create_task(event.wait())
    await asyncio.wait([waiting], timeout=seconds)
    waiting.cancel()
