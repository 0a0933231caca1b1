"""A surface is one face of the server: how its callers prove themselves and what its errors look like."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from cohesin.kernel.caller import Caller
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import CohesinError
from cohesin.kernel.http.models import parse_body

if TYPE_CHECKING:
    from cohesin.kernel.http.call import Call
    from cohesin.kernel.http.edge import Services
    from cohesin.kernel.http.operation import Operation


class Surface(ABC):
    """Answers three questions for its operations: who calls, what is the request's id, how is an error shown."""

    name: ClassVar[str]
    request_id_header: ClassVar[str] = "X-Request-ID"
    security_scheme: ClassVar[str]
    security: ClassVar[Mapping[str, Any]]
    error_schema: ClassVar[type]
    body_limit: ClassVar[int] = 1_048_576
    sends_idempotency: ClassVar[bool] = False
    #: Whether `identify` leaves the connection set to the caller's tenant, so that a read needs no transaction.
    sets_tenant: ClassVar[bool] = False
    path_prefixes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def request_id(self, call: Call) -> str:
        """The caller's own id if it is well-formed, else a new one."""

    @abstractmethod
    async def identify(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> Caller:
        """Who calls; also counts the call against its rate limits.

        Raises:
            UnauthenticatedError, ForbiddenError, RateLimitedError: in the surface's own order.
        """

    @abstractmethod
    def render_error(self, error: CohesinError, call: Call) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an error; a `RawAnswer` as body is sent as it is (a page)."""

    async def admit_public(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> None:
        """Let an operation without credentials through; a surface may count or refuse by address here."""

    def check_media(self, call: Call, operation: Operation) -> None:
        """Refuse a body of the wrong content type, where the surface cares."""

    def parse_body(self, model: type[Any], call: Call) -> Any:
        """The body as its model."""
        return parse_body(model, call.body)

    def describe_body(self, operation: Operation, schema: dict[str, Any]) -> dict[str, Any]:
        """The body's schema in the OpenAPI document; a surface whose models read more than they declare says so here."""
        return schema

    def error_statuses(self, operation: Operation) -> tuple[int, ...]:
        """Which error statuses an operation of this surface declares in the OpenAPI document."""
        return (400, 401, 403, 404, 500)
