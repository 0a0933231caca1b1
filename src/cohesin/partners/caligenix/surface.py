"""Connect's face: partner keys with scopes, correlation ids, an exact rate limit, six error codes."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from cohesin.kernel.authz import scoped
from cohesin.kernel.caller import Caller, CallerKind
from cohesin.kernel.crypto.api_keys import CONNECT_PREFIX, digest, is_well_formed
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import CohesinError, InvalidInputError, RateLimitedError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.operation import UUID_TEXT, Operation, OperationsOf
from cohesin.kernel.http.surface import Surface
from cohesin.kernel.ids import new_id
from cohesin.partners.caligenix import queries
from cohesin.partners.caligenix.errors import PartnerInactiveError, PartnerKeyError
from cohesin.partners.caligenix.schemas import ErrorDetail, ErrorResponse

ALLOWANCE: Final = 100
ALLOWANCE_SECONDS: Final = 60
BEARER: Final = re.compile(r"bearer +(\S+)", re.IGNORECASE)
#: A code is tied to one status.
CODES: Final = {
    401: "AUTH_REQUIRED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    429: "RATE_LIMITED",
    500: "INTERNAL_ERROR",
}
FAILURE: Final = "Something failed on our side."


class ConnectSurface(Surface):
    name = "caligenix"
    request_id_header = "X-Correlation-Id"
    security_scheme = "partner_key"
    security: ClassVar[dict[str, Any]] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "cgx_pk_<key>",
        "description": "A partner key with the scopes reports:read, reports:download or both.",
    }
    error_schema = ErrorResponse
    sets_tenant = True
    path_prefixes = ("/v1",)

    def request_id(self, call: Call) -> str:
        sent = call.headers("x-correlation-id")
        if len(sent) == 1 and UUID_TEXT.fullmatch(sent[0]):
            return sent[0]
        return str(new_id())

    async def identify(
        self, call: Call, conn: Connection, operation: Operation, services: Services
    ) -> Caller:
        """The caller by partner key; the call is counted on the key's allowance of this operation.

        Raises:
            PartnerKeyError: no key, or not a good one.
            PartnerInactiveError: its account is switched off.
            RateLimitedError: 100 calls went through in the last 60 seconds.
        """
        del services
        key = presented_key(call.headers("authorization"))
        row = await queries.identify_key(
            conn, digest(key), endpoint=operation.id, limit=ALLOWANCE, seconds=ALLOWANCE_SECONDS
        )
        if row.key_id is None:
            raise PartnerKeyError
        if not row.active:
            raise PartnerInactiveError
        if row.retry_after:
            raise RateLimitedError(row.retry_after)
        return Caller(
            kind=CallerKind.PARTNER,
            id=row.key_id,
            tenant_id=row.tenant_id,
            scopes=frozenset(row.scopes or ()),
            read_only=True,
        )

    def render_error(self, error: CohesinError, call: Call) -> tuple[int, Any, dict[str, str]]:
        status = status_of(error)
        if status >= 500:
            message = FAILURE
        elif isinstance(error, InvalidInputError) and error.faults:
            message = "; ".join(f"{fault.path}: {fault.message}" for fault in error.faults)
        else:
            message = error.message
        code = CODES.get(status, "BAD_REQUEST")
        headers = error.headers if status == 429 else {}
        return status, ErrorResponse(ErrorDetail(code, message, call.request_id)), headers  # type: ignore[arg-type]

    def error_statuses(self, operation: Operation) -> tuple[int, ...]:
        found = [500]
        if not operation.permission.public:
            found += [400, 401, 403, 429]
        if operation.path_names:
            found += [400, 403, 404]
        return tuple(found)


def presented_key(authorization: list[str]) -> str:
    """The key of an `Authorization: Bearer …` header.

    Raises:
        PartnerKeyError: no such header, several, another scheme, or a text that cannot be a partner key.
    """
    match = BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
    if match is None or not is_well_formed(match.group(1), CONNECT_PREFIX):
        raise PartnerKeyError
    return match.group(1)


def status_of(error: CohesinError) -> int:
    """The status Connect has for an error: an unknown method is an unknown path, what is not foreseen is ours."""
    if error.status == 405:
        return 404
    if error.status >= 500:
        return 500
    return error.status if error.status in CODES else 400


READ: Final = scoped("reports:read")
DOWNLOAD: Final = scoped("reports:download")
connect: Final = OperationsOf(ConnectSurface())
