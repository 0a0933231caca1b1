"""The front door of system information: how the server is, and what it is."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from cohesin.kernel.errors import UnavailableError
from cohesin.platform.system.checks import HealthChecks, Snapshot
from cohesin.platform.system.schemas import ExternalApis, Health, HealthLevel, Info, VersionParts

NUMBERS: Final = re.compile(r"(\d+)(?:\.(\d+))?(?:\.(\d+))?")


class NotReadyError(UnavailableError):
    """Something that the server cannot do without is not there; `details` names it."""

    message = "The server is not ready."

    def __init__(self, snapshot: Snapshot) -> None:
        found = {name: service.status for name, service in snapshot.services.items()}
        super().__init__(details={"services": found})


def release() -> str:
    """The installed version; `0` in a checkout that was not installed."""
    try:
        return version("cohesin")
    except PackageNotFoundError:
        return "0"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def get_health(checks: HealthChecks, level: HealthLevel) -> Health:
    """How the server is.

    Raises:
        NotReadyError: at the levels `ready` and `full`, when it cannot work.
    """
    snapshot = await checks.look()
    degraded = snapshot.degraded
    if level == "basic":
        return Health(
            status="degraded" if degraded else "ok",
            version=release(),
            timestamp=_now(),
            degraded_services=degraded,
        )
    if not snapshot.ready:
        raise NotReadyError(snapshot)
    health = Health(
        status="degraded" if degraded else "healthy",
        version=release(),
        timestamp=_now(),
        degraded_services=degraded,
        ready=True,
        environment=checks.environment,
    )
    if level == "ready":
        return health
    return Health(
        status=health.status,
        version=health.version,
        timestamp=health.timestamp,
        degraded_services=degraded,
        ready=True,
        environment=checks.environment,
        services=dict(snapshot.services),
        # Nothing is connected to APIs of others yet: mail and webhooks are not counted as such.
        external_apis=ExternalApis(total=0, active=0, status_breakdown={}),
        supabase_url=checks.url,
    )


async def check_ready(checks: HealthChecks) -> None:
    """Return when the server can work.

    Raises:
        NotReadyError: it cannot.
    """
    snapshot = await checks.look()
    if not snapshot.ready:
        raise NotReadyError(snapshot)


async def get_info(checks: HealthChecks) -> Info:
    """What runs here and how it is."""
    snapshot = await checks.look()
    found = NUMBERS.match(release())
    major, minor, build = (int(number or 0) for number in found.groups()) if found else (0, 0, 0)
    return Info(
        status="degraded" if snapshot.degraded else "healthy",
        version=VersionParts(version=release(), major=major, minor=minor, build=build),
        timestamp=_now(),
        environment=checks.environment,
        uptime=round(time.monotonic() - checks.started, 3),
        services=snapshot.services,
    )
