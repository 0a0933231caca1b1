"""The Toolbox face: its tokens, its error envelope, its reading of bodies."""

from __future__ import annotations

from typing import Any, ClassVar

import pydantic_core

from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.clock import Clock, SystemClock
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import CohesinError, ForbiddenError, InvalidInputError, UnauthenticatedError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.models import UnreadableBodyError, parse_body
from cohesin.kernel.http.operation import Operation, OperationsOf
from cohesin.kernel.http.surface import Surface
from cohesin.partners.toolbox import queries
from cohesin.partners.toolbox.errors import ToolboxError, UnreadableObjectError, error_body
from cohesin.partners.toolbox.inputs import ToolboxBody
from cohesin.partners.toolbox.tokens import ToolboxTokens
from cohesin.platform.surface import request_id_of

SCHEMES = frozenset({"jwt", "bearer"})


class ToolboxSurface(Surface):
    name = "toolbox"
    security_scheme = "toolbox"
    security: ClassVar[dict[str, Any]] = {
        "type": "apiKey",
        "in": "header",
        "name": "Authorization",
        "description": "`JWT <token>` or `Bearer <token>`",
    }
    error_schema = ToolboxError
    path_prefixes = (
        "/api/v1/api-token-auth",
        "/api/v1/customers",
        "/api/v1/customer-shipment",
        "/api/v1/customer-kit-registrations",
        "/api/v1/customer-panel-orders",
        "/api/v1/kits",
        "/api/v1/trait-panels",
        "/api/v1/raw-panels",
        "/api/v1/multi-trait-panels",
        "/api/v1/reports",
        "/api/v1/report-files",
        "/api/v1/events",
        "/report-files",
    )

    def __init__(self, clock: Clock) -> None:
        self.clock = clock

    def request_id(self, call: Call) -> str:
        return request_id_of(call)

    async def identify(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> Caller:
        scheme, _, token = (call.header("authorization") or "").strip().partition(" ")
        if scheme.lower() not in SCHEMES or not token.strip():
            raise UnauthenticatedError("Log in first.")
        account_id = services.get(ToolboxTokens).verify(token.strip(), self.clock.now())
        row = await queries.identify_account(conn, account_id)
        if row is None or row["tenant_id"] is None:
            raise UnauthenticatedError("Log in first.")
        if not row["usable"]:
            raise ForbiddenError("This account is not active.")
        rights = {"genetic_data": row["may_send_genetic_data"], "always_paged": row["always_paged"]}
        return Caller(
            kind=CallerKind.PARTNER,
            id=row["partner_id"],
            tenant_id=row["tenant_id"],
            account_number=row["number"],
            scopes=frozenset(name for name, held in rights.items() if held),
        )

    def parse_body(self, model: type[Any], call: Call) -> Any:
        """The body as its model. Faults over several fields are found beside those of single ones.

        A model with `looks_up` is given to the handler even when faulty, to add what only the database knows.
        """
        try:
            parsed, faults = parse_body(model, call.body or b"-"), []
        except UnreadableBodyError:
            raise UnreadableObjectError from None
        except InvalidInputError as error:
            parsed, faults = None, list(error.faults)
        raw = pydantic_core.from_json(call.body)
        if not isinstance(raw, dict):
            raise UnreadableObjectError
        if not issubclass(model, ToolboxBody):
            if faults:
                raise InvalidInputError(faults)
            return parsed
        faults += model.faults_across(raw, self.clock.now())
        if faults and model.looks_up:
            return model.partial(raw, faults)
        if faults:
            raise InvalidInputError(faults)
        return parsed

    def render_error(self, error: CohesinError, call: Call) -> tuple[int, Any, dict[str, str]]:
        headers = dict(error.headers)
        if isinstance(error, UnauthenticatedError):
            headers["WWW-Authenticate"] = 'JWT realm="toolbox"'
        return error.status, error_body(error), headers

    def error_statuses(self, operation: Operation) -> tuple[int, ...]:
        if operation.permission.public:
            return (400, 401, 500)
        return (400, 401, 403, 404, 405, 500) if operation.path_names else (400, 401, 403, 404, 500)


toolbox = OperationsOf(ToolboxSurface(SystemClock()))
