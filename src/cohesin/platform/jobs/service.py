"""The front door of jobs: what runs, what ran, and starting or stopping it. A job is a declared task of the server."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

import msgspec

from cohesin.kernel.errors import ForbiddenError, NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.tasks import (
    REGISTRY,
    TENANT_ARGUMENT,
    InvalidTaskArgumentsError,
    Task,
    cancel_job,
    enqueue,
)
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.jobs import events, queries, rules
from cohesin.platform.jobs.errors import JobDataRefusedError, JobEndedError, JobSwitchedOffError
from cohesin.platform.jobs.schemas import (
    ActiveJob,
    HistoryPage,
    HistoryQuery,
    JobHistory,
    JobListQuery,
    JobRegistry,
    JobStatus,
    JobSwitch,
    ListedJob,
    PlainPagination,
    RegisteredJob,
    RegistrySummary,
    Run,
    RunListQuery,
    TriggerRequest,
)
from cohesin.platform.tenants.service import access_tenant

assert events


def access_job(uow: UnitOfWork, name: str) -> Task:
    """The job of a name.

    Raises:
        NotFoundError: there is none.
        ForbiddenError: a system job, and the caller is no system administrator.
    """
    task = REGISTRY.get(name)
    if task is None:
        raise NotFoundError
    if task.is_system and not uow.caller.is_system_admin:
        raise ForbiddenError
    return task


def _visible(uow: UnitOfWork) -> list[Task]:
    return sorted(
        (task for task in REGISTRY.values() if uow.caller.is_system_admin or not task.is_system),
        key=lambda task: task.name,
    )


def _scope(uow: UnitOfWork) -> str | None:
    """Whose runs the caller sees: the tenant's, or everybody's."""
    return None if uow.caller.is_system_admin else str(uow.tenant_id)


async def list_jobs(uow: UnitOfWork, query: JobListQuery) -> list[ListedJob]:
    """The jobs by name; system jobs where a system administrator asks for them."""
    off = await queries.switched_off(uow.conn)
    starts = await queries.last_starts(uow.conn, _scope(uow))
    now = uow.clock.now()
    return [
        ListedJob(
            name=task.name,
            display_name=rules.display_name(task),
            description=task.description,
            schedule=task.cron,
            schedule_description=rules.schedule_description(task),
            category=task.category,
            is_system=task.is_system,
            is_active=task.name not in off,
            last_run=starts.get(task.name),
            next_run=None if task.name in off else rules.next_run(task, now),
            environment=rules.environment(task),
            retry_config=rules.retry_config(task),
            enabled=task.name not in off,
        )
        for task in _visible(uow)
        if (query.includeSystem or not task.is_system) and query.category in (None, task.category)
    ]


def describe_registry(uow: UnitOfWork) -> JobRegistry:
    """Every job that the caller may see, as declared, and how many of which kind."""
    tasks = _visible(uow)
    scheduled = sum(task.cron is not None for task in tasks)
    return JobRegistry(
        jobs=[
            RegisteredJob(
                name=task.name,
                display_name=rules.display_name(task),
                description=task.description,
                category=task.category,
                schedule=task.cron or "",
                schedule_description=rules.schedule_description(task),
                environment=rules.environment(task),
                is_system=task.is_system,
                enabled_by_default=True,
                retry=rules.retry_config(task),
            )
            for task in tasks
        ],
        summary=RegistrySummary(
            total=len(tasks),
            scheduled=scheduled,
            event_driven=len(tasks) - scheduled,
            by_category=dict(Counter(task.category for task in tasks)),
            by_environment=dict(Counter(rules.environment(task) for task in tasks)),
        ),
    )


async def get_status(uow: UnitOfWork, name: str) -> JobStatus:
    """A job's schedule and its runs counted."""
    task = access_job(uow, name)
    enabled = name not in await queries.switched_off(uow.conn)
    counts = await queries.count_runs(uow.conn, name, _scope(uow))
    return JobStatus(
        name=name,
        schedule=task.cron,
        last_run=counts.last_run,
        next_run=rules.next_run(task, uow.clock.now()) if enabled else None,
        enabled=enabled,
        is_system=task.is_system,
        run_count=counts.runs,
        success_count=counts.successes,
        failure_count=counts.failures,
        avg_duration_ms=counts.average_ms,
    )


async def list_runs(
    uow: UnitOfWork, query: RunListQuery | HistoryQuery, name: str | None = None
) -> HistoryPage:
    """The runs that the caller may see, newest first; of one job where it is named."""
    where: list[str] = []
    values: list[Any] = []
    if name is not None:
        access_job(uow, name)
        values.append(name)
        where.append(f"r.job_name = ${len(values)}")
    scope = _scope(uow)
    if scope is not None:
        values.append(scope)
        where.append(f"r.tenant_id = ${len(values)}")
    page = await queries.RUNS.fetch(uow.conn, query, where, *values)
    plain = PlainPagination(page.pagination.total, page.pagination.limit, page.pagination.offset)
    return HistoryPage([_history(run) for run in page.data], plain)


def _history(run: Run) -> JobHistory:
    return JobHistory(
        id=str(run.id),
        job_name=run.job_name,
        status=run.status,
        started_at=msgspec.UNSET if run.started_at is None else run.started_at,
        completed_at=run.completed_at,
        duration_ms=run.duration_ms,
        error_message=run.error_message,
        tenantId=run.tenant_id,
        correlation_id=run.correlation_id,
    )


async def list_active(uow: UnitOfWork, tenant_id: UUID | None) -> list[ActiveJob]:
    """What runs now for the caller's tenant or the one asked for; without one, system administrators see the system's.

    Raises:
        NotFoundError: a tenant out of the caller's reach.
    """
    if tenant_id is not None:
        await access_tenant(uow, tenant_id)
    with_system = tenant_id is None and uow.caller.is_system_admin
    running = await queries.list_running(uow.conn, str(uow.tenant_id), with_system=with_system)
    return [
        ActiveJob(
            job_id=str(job.id),
            job_name=job.job_name,
            tenant_id=job.args.get(TENANT_ARGUMENT),
            started_at=job.started_at.isoformat().replace("+00:00", "Z"),
            correlation_id=job.correlation_id,
            data={name: value for name, value in job.args.items() if name != TENANT_ARGUMENT},
        )
        for job in running
    ]


async def trigger_job(uow: UnitOfWork, name: str, request: TriggerRequest) -> int:
    """Start a job by hand and return its id, which is the run's in the history.

    Raises:
        ForbiddenError: a system job, or one that tenants do not start by hand.
        JobSwitchedOffError: it is switched off.
        JobDataRefusedError: data that the job does not take.
    """
    task = access_job(uow, name)
    if not task.is_system and not task.on_demand and not uow.caller.is_system_admin:
        raise ForbiddenError
    if not task.is_system and request.tenantId is not None:
        await access_tenant(uow, request.tenantId)
    if name in await queries.switched_off(uow.conn):
        raise JobSwitchedOffError
    arguments = {key: value for key, value in request.data.items() if key != rules.START_AFTER}
    if not task.is_system:
        arguments[TENANT_ARGUMENT] = str(uow.tenant_id)
    try:
        task.check(arguments)
    except InvalidTaskArgumentsError as error:
        raise JobDataRefusedError("data", str(error)) from None
    job_id = await enqueue(
        uow.conn,
        task,
        arguments,
        # A job by the clock never overlaps with itself, however it was started.
        lock=None if task.cron is None else f"cron:{task.name}",
        schedule_at=rules.start_time(request.data, uow.clock.now()),
    )
    await queries.insert_trigger(uow.conn, job_id, uow.origin.request_id or str(job_id), uow.caller.id)
    await uow.record(
        Event(type="job.triggered", entity_id=None, data={"jobName": name, "jobId": str(job_id)})
    )
    return job_id


async def cancel_run(uow: UnitOfWork, name: str, job_id: str) -> None:
    """Keep a waiting job from starting, or stop a running one.

    Raises:
        NotFoundError: no such job within the caller's reach.
        JobEndedError: it is over.
    """
    access_job(uow, name)
    number = int(job_id) if job_id.isascii() and job_id.isdigit() and len(job_id) < 19 else 0
    found = await queries.find_job(uow.conn, number)
    scope = _scope(uow)
    if found is None or found.task_name != name or (scope is not None and found.tenant_id != scope):
        raise NotFoundError
    if found.state not in ("todo", "doing"):
        raise JobEndedError
    await cancel_job(uow.conn, number)
    await uow.record(Event(type="job.cancelled", entity_id=None, data={"jobName": name, "jobId": job_id}))


async def switch_job(uow: UnitOfWork, name: str, *, enabled: bool) -> JobSwitch:
    """Let a job run by the clock and be started by hand, or keep it from both."""
    access_job(uow, name)
    before = name not in await queries.switched_off(uow.conn)
    await queries.set_switch(uow.conn, name, uow.clock.now(), enabled=enabled)
    changes = {"enabled": {"before": before, "after": enabled}} if before != enabled else {}
    await uow.record(
        Event(type="job.updated", entity_id=None, data={"jobName": name, "enabled": enabled}, changes=changes)
    )
    return JobSwitch(name, enabled)
