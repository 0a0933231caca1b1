import asyncio
import contextlib
import logging
import os
import signal
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import asyncpg
import pytest

from cohesin.kernel.metrics import REGISTRY as REGISTRY_OF_METRICS
from cohesin.kernel.process import signal_on_parent_death
from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.tasks import (
    HEAVY_QUEUE,
    REGISTRY,
    InvalidTaskArgumentsError,
    Retry,
    TaskNameTakenError,
    cancel_job,
    delete_finished_jobs,
    enqueue,
    job_status,
    requeue_lost_jobs,
    task,
)
from cohesin.kernel.worker import run_worker

QUICK = timedelta(seconds=30)
STUCK_WORKER = Path(__file__).with_name("stuck_worker.py")


class LabError(Exception):
    code = "LAB_CLOSED"


@task(name="test.note", lock="note:{number}")
async def note(context, *, number):
    context.services.seen.append((context.job_id, number))
    context.services.arrived.set()


@task(name="test.fail", retry=Retry(attempts=3, wait=timedelta(0)))
async def fail(context, *, patient):
    raise LabError(f"no result for {patient}")


@task(name="test.fail_for_ever", retry=Retry(attempts=9, on=(OSError,)))
async def fail_for_ever(context):
    raise LabError


@task(name="test.wait")
async def wait_for_release(context):
    context.services.seen.append(context.job_id)
    context.services.arrived.set()
    await context.services.release.wait()
    context.services.seen.append("released")


@task(name="test.progress")
async def progress(context):
    await context.report_progress(0.5, "halfway")
    context.services.arrived.set()
    await context.services.release.wait()


def add(report, first, second):
    report(0.5, "adding")
    return first + second


@task(name="test.heavy")
async def heavy(context):
    context.services.seen.append(
        await context.processes.run_reporting(
            add, lambda fraction, stage: context.services.seen.append((fraction, stage)), 2, 3
        )
    )


@task(name="test.by_clock", cron="* * * * *")
async def by_clock(context):
    context.services.seen.append("tick")
    context.services.arrived.set()


@pytest.fixture
def dsn(cluster):
    """A fresh database of its own: what other tests enqueue is not for these workers."""
    name = f"tasks_{uuid.uuid4().hex}"
    yield cluster.create(name, migrated=True).app_dsn
    cluster.drop(name)


@pytest.fixture
async def pool(dsn):
    async with asyncpg.create_pool(dsn, min_size=1, max_size=4) as made:
        assert await made.fetchval("SELECT current_user") == "cohesin_app"
        yield made


@pytest.fixture
async def work(dsn, pool):
    """Start workers; all are stopped at the end of the test."""
    started = []

    async def start(*names, **options):
        services = SimpleNamespace(seen=[], arrived=asyncio.Event(), release=asyncio.Event(), errors=[])
        shutdown = asyncio.Event()

        async def keep(failure):
            services.errors.append(failure)

        tasks = {name: REGISTRY[name] for name in names}
        settings = {"poll_seconds": 0.05, "on_error": [keep], "tasks": tasks, **options}
        worker = asyncio.create_task(
            run_worker(dsn=dsn, pool=pool, services=services, shutdown=shutdown, **settings)
        )
        started.append((shutdown, worker, services))
        return services, shutdown, worker

    yield start
    for shutdown, worker, services in started:
        services.release.set()
        shutdown.set()
        await worker


async def until(pool, job_id, *states):
    async with asyncio.timeout(20):
        while (status := await job_status(pool, job_id)).state not in states:  # noqa: ASYNC110 - no signal for it
            await asyncio.sleep(0.02)
    return status


async def test_job_exists_only_when_its_transaction_commits(pool, work):
    services, _, _ = await work("test.note")
    async with pool.acquire() as conn:
        with contextlib.suppress(ZeroDivisionError):
            async with conn.transaction():
                lost = await enqueue(conn, note, {"number": 1})
                raise ZeroDivisionError
        async with conn.transaction():
            kept = await enqueue(conn, note, {"number": 2})
            assert await job_status(pool, kept) is None
            assert (await job_status(conn, kept)).state == "todo"
    status = await until(pool, kept, "succeeded")
    assert services.seen == [(kept, 2)]
    assert await job_status(pool, lost) is None
    assert (status.task_name, status.attempts, status.fraction, status.error) == ("test.note", 1, 1.0, None)


async def test_arguments_are_checked_when_enqueued(pool):
    async with pool.acquire() as conn, conn.transaction():
        for args in [
            {},
            {"numbr": 1},
            {"number": uuid.uuid4()},
            {"number": 1, "more": 2},
            {"number": float("nan")},
        ]:
            with pytest.raises(InvalidTaskArgumentsError):
                await enqueue(conn, note, args)
        await enqueue(conn, note, {"number": [1, {"a": None}]})


def test_names_are_taken_once():
    with pytest.raises(TaskNameTakenError):
        task(name="test.note")(note.function)


async def test_failed_task_is_tried_again_and_keeps_no_patient_data(pool, work, caplog):
    services, _, _ = await work("test.fail")
    with caplog.at_level(logging.DEBUG):
        job = await enqueue(pool_connection := await pool.acquire(), fail, {"patient": "p-17"})
        await pool.release(pool_connection)
        status = await until(pool, job, "failed")
    assert (status.attempts, status.error) == (3, "LabError:LAB_CLOSED")
    assert [failure.attempt for failure in services.errors] == [1, 2, 3]
    count = REGISTRY_OF_METRICS.get_sample_value
    assert count("cohesin_tasks_total", {"task": "test.fail", "outcome": "retried"}) == 2
    assert count("cohesin_tasks_total", {"task": "test.fail", "outcome": "failed"}) == 1
    assert "no result for" not in caplog.text
    assert (
        await pool.fetchval("SELECT count(*) FROM kernel.task_progress WHERE error LIKE '%no result%'") == 0
    )


async def test_errors_outside_the_list_are_not_tried_again(pool, work):
    await work("test.fail_for_ever")
    async with pool.acquire() as conn:
        job = await enqueue(conn, fail_for_ever, {})
    assert (await until(pool, job, "failed")).attempts == 1


async def test_waiting_job_is_not_added_twice(pool, work):
    async with pool.acquire() as conn, conn.transaction():
        first = await enqueue(conn, wait_for_release, {}, queueing_lock="q")
        assert await enqueue(conn, wait_for_release, {}, queueing_lock="q") == first
        assert await conn.fetchval("SELECT 1") == 1
    services, _, _ = await work("test.wait", concurrency=1)
    await services.arrived.wait()
    # One that runs does not count as waiting.
    async with pool.acquire() as conn:
        second = await enqueue(conn, wait_for_release, {}, queueing_lock="q")
        assert second != first
    # And going back into the queue beside the new one is possible.
    await pool.execute("UPDATE tasks.procrastinate_jobs SET status = 'todo' WHERE id = $1", first)


async def test_same_lock_runs_one_after_the_other(pool, work):
    async with pool.acquire() as conn:
        first = await enqueue(conn, wait_for_release, {}, lock="genome:1")
        second = await enqueue(conn, wait_for_release, {}, lock="genome:1")
        other = await enqueue(conn, wait_for_release, {}, lock="genome:2")
    services, _, _ = await work("test.wait", concurrency=3)
    await until(pool, other, "doing")
    await until(pool, first, "doing")
    assert (await job_status(pool, second)).state == "todo"
    services.release.set()
    await until(pool, second, "succeeded")


async def test_priority_and_time(pool, work):
    async with pool.acquire() as conn:
        late = await enqueue(conn, note, {"number": 1}, schedule_at=datetime.now(UTC) + timedelta(hours=1))
        low = await enqueue(conn, note, {"number": 2})
        high = await enqueue(conn, note, {"number": 3}, priority=5)
    services, _, _ = await work("test.note", concurrency=1)
    await until(pool, low, "succeeded")
    assert [job for job, _ in services.seen] == [high, low]
    assert (await job_status(pool, late)).state == "todo"


async def test_cancel_waiting_and_running(pool, work):
    async with pool.acquire() as conn:
        running = await enqueue(conn, wait_for_release, {})
        waiting = await enqueue(conn, note, {"number": 1}, schedule_at=datetime.now(UTC) + timedelta(hours=1))
    services, _, _ = await work("test.wait", "test.note")
    await services.arrived.wait()
    assert await cancel_job(pool, waiting)
    assert await cancel_job(pool, running)
    assert (await until(pool, running, "aborted")).state == "aborted"
    assert (await job_status(pool, waiting)).state == "cancelled"
    assert "released" not in services.seen
    assert not await cancel_job(pool, running)
    assert not await cancel_job(pool, 10**9)


async def test_progress_can_be_seen(pool, work):
    async with pool.acquire() as conn:
        job = await enqueue(conn, progress, {})
    services, _, _ = await work("test.progress")
    await services.arrived.wait()
    status = await job_status(pool, job)
    assert (status.state, status.fraction, status.stage) == ("doing", 0.5, "halfway")


async def test_heavy_work_runs_in_a_process(pool, work):
    runner = ProcessRunner()
    services, _, _ = await work("test.heavy", processes=runner)
    async with pool.acquire() as conn:
        job = await enqueue(conn, heavy, {})
    await until(pool, job, "succeeded")
    assert services.seen == [(0.5, "adding"), 5]
    runner.close()


async def test_stop_lets_the_running_job_end(pool, work):
    async with pool.acquire() as conn:
        first = await enqueue(conn, wait_for_release, {})
        second = await enqueue(conn, wait_for_release, {})
    services, shutdown, worker = await work("test.wait", concurrency=1)
    await services.arrived.wait()
    shutdown.set()
    await asyncio.sleep(0)
    services.release.set()
    await worker
    assert (await job_status(pool, first)).state == "succeeded"
    assert (await job_status(pool, second)).state == "todo"
    assert await pool.fetchval("SELECT count(*) FROM tasks.procrastinate_workers") == 0


async def test_job_that_does_not_end_goes_back_into_the_queue(pool, work):
    async with pool.acquire() as conn:
        job = await enqueue(conn, wait_for_release, {})
    services, shutdown, worker = await work("test.wait", graceful_seconds=0.05)
    await services.arrived.wait()
    shutdown.set()
    await worker
    assert (await job_status(pool, job)).state == "todo"
    services, _, _ = await work("test.wait")
    await services.arrived.wait()
    services.release.set()
    await until(pool, job, "succeeded")


async def test_task_by_the_clock_runs(pool, work):
    services, _, _ = await work("test.by_clock")
    async with asyncio.timeout(10):
        await services.arrived.wait()
    assert (
        await pool.fetchval("SELECT count(*) FROM tasks.procrastinate_jobs WHERE task_name = 'test.by_clock'")
        == 1
    )


async def test_job_of_a_killed_worker_is_taken_over(dsn, pool, work):
    async with pool.acquire() as conn:
        job = await enqueue(conn, note, {"number": 7})
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(STUCK_WORKER), dsn, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env,
        preexec_fn=signal_on_parent_death(signal.SIGKILL),
    )  # fmt: skip
    while await child.stdout.readline() != b"running\n":
        assert child.returncode is None
    child.kill()
    await child.wait()
    assert (await job_status(pool, job)).state == "doing"
    assert await requeue_lost_jobs(pool, silent_for=QUICK) == 0
    # Its last sign of life was long ago, as far as the database knows.
    await pool.execute("UPDATE tasks.procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    services, _, _ = await work("test.note")
    status = await until(pool, job, "succeeded")
    assert services.seen == [(job, 7)]
    assert status.attempts == 2


async def test_job_that_keeps_killing_workers_is_ended(pool):
    async with pool.acquire() as conn:
        job = await enqueue(conn, note, {"number": 7}, queueing_lock="q")
    for expected in ("todo", "todo", "failed"):
        await pool.execute("UPDATE tasks.procrastinate_jobs SET status = 'doing' WHERE id = $1", job)
        assert await requeue_lost_jobs(pool, silent_for=QUICK, max_losses=3) == 1
        status = await job_status(pool, job)
        assert (status.state, status.error) == (expected, "WorkerLost")
    assert await requeue_lost_jobs(pool, silent_for=QUICK) == 0


async def test_worker_survives_lost_connections(pool, work):
    services, _, _ = await work("test.note")
    async with pool.acquire() as conn:
        first = await enqueue(conn, note, {"number": 1})
        await until(pool, first, "succeeded")
        await conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = 'cohesin_app'"
        )
        second = await enqueue(conn, note, {"number": 2})
        async with asyncio.timeout(20):
            while (await job_status(conn, second)).state != "succeeded":  # noqa: ASYNC110 - no signal for it
                await asyncio.sleep(0.02)
    assert [number for _, number in services.seen] == [1, 2]


async def test_finished_jobs_are_forgotten(pool, work):
    await work("test.note")
    async with pool.acquire() as conn:
        job = await enqueue(conn, note, {"number": 1})
    await until(pool, job, "succeeded")
    assert await delete_finished_jobs(pool, older_than=timedelta(hours=1)) == 0
    assert await delete_finished_jobs(pool, older_than=timedelta(0)) == 1
    assert await job_status(pool, job) is None


@task(name="test.wait_heavy", queue=HEAVY_QUEUE)
async def wait_heavy(context):
    context.services.seen.append(context.job_id)
    context.services.arrived.set()
    await context.services.release.wait()


async def test_heavy_tasks_keep_their_own_places_and_never_a_light_one_waiting(pool, work):
    services, _, _ = await work("test.wait_heavy", "test.note", concurrency=1, heavy_concurrency=1)
    async with pool.acquire() as conn, conn.transaction():
        heavy = [await enqueue(conn, wait_heavy, {}) for _ in range(3)]
    async with asyncio.timeout(20):
        await services.arrived.wait()
    async with pool.acquire() as conn, conn.transaction():
        light = [await enqueue(conn, note, {"number": number}) for number in range(3)]
    for job_id in light:
        await until(pool, job_id, "succeeded")
    assert services.seen == [heavy[0], *((job_id, number) for number, job_id in enumerate(light))]
    states = [(await job_status(pool, job_id)).state for job_id in heavy]
    assert states == ["doing", "todo", "todo"]
    services.release.set()
    for job_id in heavy:
        await until(pool, job_id, "succeeded")
