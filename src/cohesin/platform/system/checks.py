"""Looking at each part of the server: database, object store, task workers, queue, disk."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from cohesin.kernel.log import get_logger
from cohesin.kernel.settings import Settings
from cohesin.kernel.storage import ObjectStore
from cohesin.kernel.uow import Units
from cohesin.platform.system.schemas import ServiceHealth, ServiceStatus

#: Without these the server cannot do its work; without the others some of it waits.
REQUIRED: Final = ("database", "storage")
WORKER_SILENCE: Final = timedelta(seconds=60)
LATE_QUEUE: Final = timedelta(minutes=5)
FREE_BYTES: Final = 1024**3
FREE_SHARE: Final = 0.05
# Anybody may ask, and a look writes to the object store: answers are kept for a moment.
KEPT_SECONDS: Final = 5.0
CHECK_SECONDS: Final = 5.0

log = get_logger(__name__)
Finding = tuple[ServiceStatus, str]
Check = Callable[[], Awaitable[Finding]]

WORKERS: Final = (
    "SELECT count(*) FROM tasks.procrastinate_workers WHERE last_heartbeat > now() - $1::interval"
)
LATENESS: Final = """
SELECT count(*) AS waiting, now() - min(coalesce(j.scheduled_at, e.at)) AS lateness
  FROM tasks.procrastinate_jobs j
  LEFT JOIN LATERAL (SELECT max(at) AS at FROM tasks.procrastinate_events
                      WHERE job_id = j.id AND type IN ('deferred', 'deferred_for_retry')) e ON true
 WHERE j.status = 'todo' AND (j.scheduled_at IS NULL OR j.scheduled_at <= now())"""


class Snapshot(msgspec.Struct, frozen=True):
    """Every part as it was found; whether the server can work, and whether all of it is well."""

    services: dict[str, ServiceHealth]

    @property
    def ready(self) -> bool:
        return all(self.services[name].status != "unhealthy" for name in REQUIRED)

    @property
    def degraded(self) -> list[str]:
        return [name for name, service in self.services.items() if service.status != "healthy"]


class HealthChecks:
    """The checks of one process, and the last answer of each kind."""

    def __init__(self, units: Units, store: ObjectStore, settings: Settings) -> None:
        self._units = units
        self._store = store
        self._data_dir = settings.data_dir
        self.environment = settings.environment
        self.url = settings.url
        self._checks: dict[str, Check] = {
            "database": self._database,
            "storage": self._storage,
            "worker": self._worker,
            "queue": self._queue,
            "disk": self._disk,
        }
        self._kept: tuple[float, Snapshot] | None = None
        self._looking = asyncio.Lock()
        self.started = time.monotonic()

    async def look(self) -> Snapshot:
        """Every part of the server, at most a few seconds old."""
        async with self._looking:
            if self._kept is None or time.monotonic() - self._kept[0] > KEPT_SECONDS:
                found = await asyncio.gather(
                    *(self._run(name, check) for name, check in self._checks.items())
                )
                self._kept = (time.monotonic(), Snapshot(dict(zip(self._checks, found, strict=True))))
            return self._kept[1]

    async def _run(self, name: str, check: Check) -> ServiceHealth:
        """One check; what goes wrong in it is its answer, told without its text."""
        began = time.perf_counter()
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                status, message = await check()
        except TimeoutError:
            status, message = "unhealthy", "no answer in time"
        except Exception as error:  # noqa: BLE001 - a check may fail with anything; that is what it finds
            log.warning("health check failed", check=name, error_type=type(error).__name__)
            status, message = "unhealthy", "not available"
        return ServiceHealth(
            status=status,
            message=message,
            response_time=round((time.perf_counter() - began) * 1000, 2),
            timestamp=datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        )

    async def _database(self) -> Finding:
        await self._units.fetch_value("SELECT 1")
        return "healthy", "answers"

    async def _storage(self) -> Finding:
        await self._store.check()
        return "healthy", "writes, reads and deletes"

    async def _worker(self) -> Finding:
        alive = await self._units.fetch_value(WORKERS, WORKER_SILENCE)
        return ("healthy", f"{alive} alive") if alive else ("degraded", "no task worker gives a sign of life")

    async def _queue(self) -> Finding:
        row = await self._units.pool.fetchrow(LATENESS)
        assert row is not None  # an aggregate always has one
        if row["lateness"] is not None and row["lateness"] > LATE_QUEUE:
            return (
                "degraded",
                f"{row['waiting']} jobs due, the oldest for {int(row['lateness'].total_seconds())} s",
            )
        return "healthy", f"{row['waiting']} jobs due"

    async def _disk(self) -> Finding:
        usage = await asyncio.to_thread(shutil.disk_usage, _existing(self._data_dir))
        free = f"{usage.free // 2**20} MiB free"
        short = usage.free < FREE_BYTES or usage.free < FREE_SHARE * usage.total
        return ("degraded", free) if short else ("healthy", free)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())
