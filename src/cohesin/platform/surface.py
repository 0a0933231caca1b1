"""The platform's face: bearer tokens and API keys, StandardErrorResponse, X-Request-ID, idempotency keys."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec

from cohesin.kernel.caller import Caller
from cohesin.kernel.clock import Clock, SystemClock
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import CohesinError, UnsupportedMediaTypeError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.operation import Operation, OperationsOf
from cohesin.kernel.http.surface import Surface
from cohesin.kernel.http.wire import Instant
from cohesin.kernel.ids import new_id
from cohesin.platform.identify import identify_caller

WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")


class StandardErrorResponse(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Every error of the platform."""

    error: str
    message: str
    status_code: int
    timestamp: Instant
    request_id: str | None = None
    details: dict[str, Any] | None = None


def request_id_of(call: Call) -> str:
    """The caller's own X-Request-Id if it is well-formed, else a new one."""
    sent = call.header("x-request-id")
    return sent if sent is not None and WELL_FORMED_ID.fullmatch(sent) else str(new_id())


class PlatformSurface(Surface):
    name = "platform"
    request_id_header = "X-Request-ID"
    security_scheme = "bearer"
    security: ClassVar[dict[str, Any]] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT or API key",
    }
    error_schema = StandardErrorResponse
    sends_idempotency = True
    sets_tenant = True
    path_prefixes: ClassVar[tuple[str, ...]] = (
        "/api/v1/public",
        "/api/v1/secure",
        "/api/v1/services",
        "/api/v1/system",
        "/api/v1/webhooks",
        "/mcp",
    )

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def request_id(self, call: Call) -> str:
        return request_id_of(call)

    async def identify(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> Caller:
        return await identify_caller(call, conn, operation, services)

    def check_media(self, call: Call, operation: Operation) -> None:
        media = (call.header("content-type") or "application/json").partition(";")[0].strip().lower()
        if media != "application/json" and not media.endswith("+json") and call.body:
            raise UnsupportedMediaTypeError

    def render_error(self, error: CohesinError, call: Call) -> tuple[int, Any, dict[str, str]]:
        body = StandardErrorResponse(
            error=error.code,
            message=error.message,
            status_code=error.status,
            timestamp=self.clock.now(),
            request_id=call.request_id or None,
            details=error.details,
        )
        return error.status, body, error.headers

    def error_statuses(self, operation: Operation) -> tuple[int, ...]:
        return (400, 401, 403, 404, 422, 429, 500)


platform = OperationsOf(PlatformSurface(SystemClock()))
