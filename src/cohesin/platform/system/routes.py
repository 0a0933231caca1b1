"""Health, information, measurements and the API's own description over HTTP."""

from __future__ import annotations

import ipaddress

from cohesin.kernel import metrics
from cohesin.kernel.authz import PUBLIC, SYSTEM_ADMIN
from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.clock import SystemClock
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import NotFoundError, UnavailableError
from cohesin.kernel.http.answers import RawAnswer
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.operation import Operation, OperationsOf
from cohesin.platform.surface import PlatformSurface, platform
from cohesin.platform.system import service
from cohesin.platform.system.checks import HealthChecks
from cohesin.platform.system.documents import CONTENT_SECURITY_POLICY, PAGE, ApiDocuments
from cohesin.platform.system.schemas import Health, HealthQuery, Info, Readiness

system = platform.tagged("System")
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
PAGE_HEADERS = {"content-security-policy": CONTENT_SECURITY_POLICY, "x-frame-options": "DENY"}


class LocalSurface(PlatformSurface):
    """The platform's face, where a program on this very machine needs no credential.

    A request that came through a proxy is not from this machine, whatever its last address says.
    """

    path_prefixes = ("/metrics",)

    async def identify(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> Caller:
        if is_local(call):
            return Caller(kind=CallerKind.SYSTEM, is_system_admin=True)
        return await super().identify(call, conn, operation, services)


def is_local(call: Call) -> bool:
    """Whether the request was made on this machine and straight to this server."""
    if any(call.header(name) is not None for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(call.ip_address or "").is_loopback
    except ValueError:
        return False


local = OperationsOf(LocalSurface(SystemClock()))


@system.get("/api/v1/system/health", permission=PUBLIC, errors=(UnavailableError,))
async def get_health(checks: HealthChecks, query: HealthQuery) -> Health:
    """How the server is.

    `basic` names what is not well; `ready` and `full` answer 503 when the server cannot work, `full` tells of every
    part. Looks are kept for five seconds.
    """
    return await service.get_health(checks, query.level)


@system.get("/api/v1/system/ready", permission=PUBLIC, errors=(UnavailableError,))
async def get_readiness(checks: HealthChecks) -> Readiness:
    """Whether the server can work: 200, or 503. For load balancers."""
    await service.check_ready(checks)
    return Readiness(ready=True)


@system.get("/api/v1/system/info", permission=SYSTEM_ADMIN)
async def get_system_info(checks: HealthChecks) -> Info:
    """Version, uptime and every part of the server."""
    return await service.get_info(checks)


@local.get("/metrics", permission=SYSTEM_ADMIN, hidden=True)
async def get_metrics() -> RawAnswer:
    """Measurements for Prometheus: open on the server's own machine, else for system administrators."""
    return RawAnswer(content=metrics.render(), media_type=metrics.CONTENT_TYPE)


@system.get("/openapi.json", permission=PUBLIC, hidden=True)
async def get_openapi(call: Call, documents: ApiDocuments) -> RawAnswer:
    """This server's OpenAPI document."""
    headers = {"etag": documents.tag, "cache-control": "no-cache"}
    if documents.tag in (call.header("if-none-match") or ""):
        return RawAnswer(content=b"", media_type="application/json", status=304, headers=headers)
    return RawAnswer(content=documents.document, media_type="application/json", headers=headers)


@system.get("/docs", permission=PUBLIC, hidden=True)
async def get_docs() -> RawAnswer:
    """The API's description to read and try."""
    return RawAnswer(content=PAGE.encode(), media_type="text/html; charset=utf-8", headers=PAGE_HEADERS)


@system.get("/docs/assets/{name}", permission=PUBLIC, hidden=True)
async def get_docs_asset(documents: ApiDocuments, name: str) -> RawAnswer:
    """A file of the page; 404 where `make install` did not put it."""
    found = documents.find_asset(name)
    if found is None:
        raise NotFoundError
    content, media = found
    headers = {**PAGE_HEADERS, "cache-control": "public, max-age=3600"}
    return RawAnswer(content=content, media_type=media, headers=headers)
