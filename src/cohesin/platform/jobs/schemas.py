"""The wire of jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from pydantic import Field

from cohesin.kernel.http.models import ABSENT, InstantInput, ListQuery, OpenRequestModel, QueryModel
from cohesin.kernel.http.wire import Instant, Number
from cohesin.kernel.tasks import Category

RunStatus = Literal["running", "completed", "failed", "cancelled"]
Environment = Literal["pg_boss", "pg_cron", "both"]


class RetryConfig(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How often a failed job is tried again, how long after the first failure, and whether the waits grow."""

    limit: Number
    delay_seconds: Number
    backoff: bool


class ListedJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A job with when it ran and will run. `environment` is `pg_cron` for those by the clock, else `pg_boss`."""

    name: str
    display_name: str
    description: str
    schedule: str | None
    schedule_description: str
    category: Category
    is_system: bool
    is_active: bool
    last_run: Instant | None
    next_run: Instant | None
    environment: Environment
    retry_config: RetryConfig
    enabled: bool


class RegisteredJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A job as it is declared. `schedule` is empty for one that events start."""

    name: str
    display_name: str
    description: str
    category: str
    schedule: str
    schedule_description: str
    environment: str
    is_system: bool
    enabled_by_default: bool
    retry: RetryConfig
    sql_function: str | None = None
    #: Left out: jobs have no time limit.
    timeout_seconds: Number | msgspec.UnsetType = msgspec.UNSET


class RegistrySummary(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    total: Number
    scheduled: Number
    event_driven: Number
    by_category: dict[str, int]
    by_environment: dict[str, int]


class JobRegistry(msgspec.Struct, frozen=True, kw_only=True):
    jobs: list[RegisteredJob]
    summary: RegistrySummary


class JobStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A job's runs counted, as far as the caller may see them."""

    name: str
    schedule: str | None
    last_run: Instant | None
    next_run: Instant | None
    enabled: bool
    is_system: bool
    run_count: Number
    success_count: Number
    failure_count: Number
    avg_duration_ms: Number | None


class JobHistory(msgspec.Struct, frozen=True, kw_only=True):
    """One run, from its first start to its end, retries included. An error is its class and code, never its text."""

    id: str
    job_name: str
    status: RunStatus
    started_at: Instant | msgspec.UnsetType
    completed_at: Instant | None
    duration_ms: Number | None
    error_message: str | None
    tenantId: str | None  # noqa: N815 - the contract's name
    correlation_id: str | None


class PlainPagination(msgspec.Struct, frozen=True):
    total: Number
    limit: Number
    offset: Number


class HistoryPage(msgspec.Struct, frozen=True):
    data: list[JobHistory]
    pagination: PlainPagination


class ActiveJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A job that runs now."""

    job_id: str
    job_name: str
    tenant_id: str | None
    started_at: str
    correlation_id: str | None
    data: dict[str, Any] | None


class JobSwitch(msgspec.Struct, frozen=True):
    name: str
    enabled: bool


class Triggered(msgspec.Struct, frozen=True, rename="camel"):
    job_id: str


class Cancelled(msgspec.Struct, frozen=True):
    cancelled: bool


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run as stored."""

    id: int
    job_name: str
    status: RunStatus
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: float | None
    error_message: str | None
    tenant_id: str | None
    correlation_id: str | None


class JobListQuery(QueryModel):
    includeSystem: bool = False  # noqa: N815 - the contract's name
    category: Category | None = None


class ActiveQuery(QueryModel):
    tenantId: UUID | None = None  # noqa: N815 - the contract's name


class RunListQuery(ListQuery):
    status: RunStatus | None = None
    correlationId: str | None = None  # noqa: N815 - the contract's name
    since: InstantInput | None = Field(None, alias="from")
    until: InstantInput | None = Field(None, alias="to")


class HistoryQuery(RunListQuery):
    jobName: str | None = None  # noqa: N815 - the contract's name


class SwitchRequest(OpenRequestModel):
    enabled: bool


class TriggerRequest(OpenRequestModel):
    data: dict[str, Any] = Field(default_factory=dict)
    tenantId: UUID = ABSENT  # noqa: N815 - the contract's name
