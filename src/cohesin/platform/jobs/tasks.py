"""The server's own housekeeping."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from cohesin.kernel.caller import system_caller
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.tasks import Retry, TaskContext, delete_finished_jobs, task
from cohesin.kernel.uow import Units
from cohesin.platform.auth import expiry
from cohesin.platform.jobs import queries

KEEP_RUNS: Final = timedelta(days=30)
ABANDONED: Final = timedelta(hours=1)


@task(name="cleanup-expired", cron="17 * * * *", retry=Retry(attempts=3), category="cleanup")
async def cleanup_expired(context: TaskContext) -> None:
    """Forget what has expired: idempotency keys, idle rate limits, ended sessions, old job runs, uploads cut off."""
    units: Units = context.services.units
    async with units.open(system_caller()) as uow:
        await queries.delete_expired_keys(uow.conn)
        await queries.delete_old_windows(uow.conn)
        await delete_finished_jobs(uow.conn, older_than=KEEP_RUNS)
    async with units.open(system_caller()) as uow:
        await expiry.delete_ended_sessions(uow)
    store: ObjectStore = context.services.get(ObjectStore)
    await store.remove_abandoned(older_than=ABANDONED)
