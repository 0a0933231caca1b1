"""Queued tasks, run here and now."""

from __future__ import annotations

import json
from typing import Any

from cohesin.kernel.processes import ProcessRunner
from cohesin.kernel.tasks import REGISTRY, TaskContext
from tests.served import World

TAKE_DUE = """
DELETE FROM tasks.procrastinate_jobs
 WHERE id = (SELECT id FROM tasks.procrastinate_jobs
              WHERE status = 'todo' AND args ->> 'tenant_id' = $1 AND (scheduled_at IS NULL OR scheduled_at <= $2)
              ORDER BY id LIMIT 1)
RETURNING id, task_name, args
"""


async def run_jobs(world: World, tenant_id: str, *, until: Any = None) -> list[str]:
    """Run a tenant's due jobs, and those they enqueue, in order; answers their names. `until` is what counts as now."""
    units = world.services.units
    ran: list[str] = []
    while True:
        row = await units.pool.fetchrow(TAKE_DUE, tenant_id, until or units.clock.now())
        if row is None:
            return ran
        args = row["args"] if isinstance(row["args"], dict) else json.loads(row["args"])
        context = TaskContext(
            job_id=row["id"], attempt=1, services=world.services, pool=units.pool, processes=ProcessRunner()
        )
        await REGISTRY[row["task_name"]](context, **args)
        ran.append(row["task_name"])
