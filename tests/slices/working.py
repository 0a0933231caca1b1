"""Running the queue's tasks within a test, without a worker: what is due runs now, in order."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.tasks import REGISTRY, TaskContext
from cohesin.kernel.worker import run_worker
from tests.served import World


def context(world: World, job_id: int = 0) -> TaskContext:
    return TaskContext(
        job_id=job_id,
        attempt=1,
        services=world.services,
        pool=world.services.units.pool,
        processes=ProcessRunner(),
    )


async def run_due(world: World, task_name: str, **args: Any) -> int:
    """Run the due jobs of a task whose arguments hold `args`, by the queue's own order; answers how many."""
    pool = world.services.units.pool
    ran = 0
    while True:
        row = await pool.fetchrow(
            """UPDATE tasks.procrastinate_jobs SET status = 'doing' WHERE id = (
                 SELECT id FROM tasks.procrastinate_jobs j WHERE status = 'todo' AND task_name = $1 AND args @> $2
                    AND (scheduled_at IS NULL OR scheduled_at <= now()) ORDER BY id LIMIT 1)
               RETURNING id, args""",
            task_name,
            args,
        )
        if row is None:
            return ran
        await REGISTRY[task_name](context(world, row["id"]), **row["args"])
        await pool.execute(
            "UPDATE tasks.procrastinate_jobs SET status = 'succeeded' WHERE id = $1", row["id"]
        )
        ran += 1


@contextlib.asynccontextmanager
async def working(world: World, *names: str) -> AsyncIterator[None]:
    """A real worker beside the test."""
    shutdown = asyncio.Event()
    assert world.settings.app_database_url is not None
    worker = asyncio.create_task(
        run_worker(
            dsn=world.settings.app_database_url,
            pool=world.services.units.pool,
            services=world.services,
            shutdown=shutdown,
            tasks={name: REGISTRY[name] for name in names},
            poll_seconds=0.05,
        )
    )
    try:
        yield
    finally:
        shutdown.set()
        await worker
