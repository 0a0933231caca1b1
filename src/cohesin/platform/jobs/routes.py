"""Jobs over HTTP."""

from __future__ import annotations

from cohesin.kernel.authz import SYSTEM_ADMIN, TENANT_ADMIN
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.jobs import service, tasks
from cohesin.platform.jobs.schemas import (
    ActiveJob,
    ActiveQuery,
    Cancelled,
    HistoryPage,
    HistoryQuery,
    JobListQuery,
    JobRegistry,
    JobStatus,
    JobSwitch,
    ListedJob,
    RunListQuery,
    SwitchRequest,
    Triggered,
    TriggerRequest,
)
from cohesin.platform.surface import platform

jobs = platform.tagged("Jobs")
BASE = "/api/v1/secure/jobs"
assert tasks


@jobs.get(f"{BASE}/", permission=TENANT_ADMIN)
async def list_jobs(uow: UnitOfWork, query: JobListQuery) -> DataOf[list[ListedJob]]:
    """The server's jobs; system administrators see system jobs with `includeSystem`."""
    return DataOf(await service.list_jobs(uow, query))


@jobs.get(f"{BASE}/registry", permission=TENANT_ADMIN)
async def get_job_registry(uow: UnitOfWork) -> DataOf[JobRegistry]:
    """Every job as it is declared, and how many there are of which kind."""
    return DataOf(service.describe_registry(uow))


@jobs.get(f"{BASE}/active", permission=TENANT_ADMIN)
async def list_active_jobs(uow: UnitOfWork, query: ActiveQuery) -> DataOf[list[ActiveJob]]:
    """What runs right now for the tenant."""
    return DataOf(await service.list_active(uow, query.tenantId))


@jobs.get(f"{BASE}/history", permission=TENANT_ADMIN)
async def list_job_history(uow: UnitOfWork, query: HistoryQuery) -> HistoryPage:
    """Runs of every job that the caller may see, newest first."""
    return await service.list_runs(uow, query)


@jobs.get(f"{BASE}/{{name}}/history", permission=TENANT_ADMIN)
async def get_job_history(uow: UnitOfWork, name: str, query: RunListQuery) -> HistoryPage:
    """Runs of one job, newest first."""
    return await service.list_runs(uow, query, name)


@jobs.get(f"{BASE}/{{name}}/status", permission=TENANT_ADMIN)
async def get_job_status(uow: UnitOfWork, name: str) -> DataOf[JobStatus]:
    """A job's schedule and its runs counted."""
    return DataOf(await service.get_status(uow, name))


@jobs.patch(f"{BASE}/{{name}}", permission=SYSTEM_ADMIN)
async def update_job(uow: UnitOfWork, name: str, body: SwitchRequest) -> DataOf[JobSwitch]:
    """Switch a job on or off: off, it neither runs by the clock nor can be triggered."""
    return DataOf(await service.switch_job(uow, name, enabled=body.enabled))


@jobs.post(f"{BASE}/{{name}}/trigger", permission=TENANT_ADMIN, status=200, errors=(ConflictError,))
async def trigger_job(uow: UnitOfWork, name: str, body: TriggerRequest) -> DataOf[Triggered]:
    """Start a job by hand.

    `data` are the job's arguments; `data.startAfter`, seconds or an instant, delays it. The id is the run's in the
    history.
    """
    return DataOf(Triggered(str(await service.trigger_job(uow, name, body))))


@jobs.delete(f"{BASE}/{{name}}/{{jobId}}", permission=TENANT_ADMIN, errors=(ConflictError,))
async def cancel_job(uow: UnitOfWork, name: str, jobId: str) -> DataOf[Cancelled]:  # noqa: N803 - the contract's name
    """Cancel a waiting job, or stop a running one."""
    await service.cancel_run(uow, name, jobId)
    return DataOf(Cancelled(cancelled=True))
