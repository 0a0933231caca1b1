"""Decisions about jobs: who sees them, when they run, when a trigger starts them. No database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from croniter import croniter  # type: ignore[import-untyped]

from cohesin.kernel.tasks import Task
from cohesin.platform.jobs.errors import JobDataRefusedError
from cohesin.platform.jobs.schemas import Environment, RetryConfig

START_AFTER: Final = "startAfter"
LONGEST_DELAY: Final = timedelta(days=366)


def display_name(task: Task) -> str:
    """`webhooks.prune_logs` as `Webhooks: prune logs`."""
    words = task.name.replace(".", ": ").replace("_", " ").replace("-", " ")
    return words[:1].upper() + words[1:]


def environment(task: Task) -> Environment:
    """The contract's word for what starts a job: the clock or the queue."""
    return "pg_boss" if task.cron is None else "pg_cron"


def schedule_description(task: Task) -> str:
    """When a job runs, in words."""
    if task.cron is None:
        return "When something asks for it"
    minute, hour, *rest = task.cron.split()
    if rest == ["*", "*", "*"]:
        if minute.startswith("*/") and hour == "*":
            return f"Every {minute[2:]} minutes"
        if minute.isdigit() and hour == "*":
            return f"Every hour at minute {minute}"
        if minute.isdigit() and hour.isdigit():
            return f"Every day at {int(hour):02}:{int(minute):02} UTC"
    return f"By the clock (UTC): {task.cron}"


def next_run(task: Task, now: datetime) -> datetime | None:
    """When a job by the clock runs next (UTC)."""
    if task.cron is None:
        return None
    found: datetime = croniter(task.cron, now.astimezone(UTC)).get_next(datetime)
    return found


def retry_config(task: Task) -> RetryConfig:
    """A job's retries as the contract tells them."""
    retry = task.retry
    delay = retry.wait.total_seconds() if retry.attempts > 1 else 0
    return RetryConfig(
        limit=retry.attempts - 1, delay_seconds=delay, backoff=retry.attempts > 1 and retry.factor > 1
    )


def start_time(data: Mapping[str, Any], now: datetime) -> datetime | None:
    """When a triggered job may start: `startAfter` in its data is seconds from now or an RFC 3339 instant.

    Raises:
        JobDataRefusedError: anything else, the past by seconds, or more than a year ahead.
    """
    asked = data.get(START_AFTER)
    if asked is None:
        return None
    path = f"data.{START_AFTER}"
    if isinstance(asked, int | float) and not isinstance(asked, bool):
        if not 0 <= asked <= LONGEST_DELAY.total_seconds():
            raise JobDataRefusedError(path, "is not between now and a year from now")
        return now + timedelta(seconds=asked)
    try:
        at = datetime.fromisoformat(asked)
    except (TypeError, ValueError):
        raise JobDataRefusedError(path, "is neither seconds nor a date and time") from None
    if at.tzinfo is None or at - now > LONGEST_DELAY:
        raise JobDataRefusedError(path, "has no time zone, or is more than a year from now")
    return at
