"""Who calls the platform: a session's access token or an API key, found and counted in one database trip."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.caller import Caller, CallerKind, Role
from cohesin.kernel.crypto.api_keys import PLATFORM_PREFIX, digest, is_well_formed
from cohesin.kernel.crypto.tokens import AccessClaims, AccessTokens, InvalidTokenError, UnknownKeyError
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import ForbiddenError, RateLimitedError, UnauthenticatedError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.edge import Services
from cohesin.kernel.http.operation import UUID_TEXT, Operation
from cohesin.kernel.rate_limits import count_in_window
from cohesin.kernel.settings import Settings

IDENTIFY_SESSION: Final = "SELECT * FROM platform.identify_session($1, $2, $3, $4, $5)"
IDENTIFY_KEY: Final = "SELECT * FROM platform.identify_key($1, $2, $3, $4, $5)"
WINDOW_SECONDS: Final = 60
CACHED_TOKENS: Final = 4096
# Nouns of an API key's permission map that differ from a permission's noun.
NOUNS: Final = {"typeDefinitions": "type_definitions"}


class VerifiedTokens:
    """Claims of tokens whose signature was already checked; the session itself is asked for at every call."""

    def __init__(self, tokens: AccessTokens, renew: Callable[[Connection], Awaitable[bool]]) -> None:
        """`renew` brings the tokens to the newest keyring; it answers whether there may be another one now."""
        self._tokens = tokens
        self._renew = renew
        self._known: dict[str, AccessClaims] = {}

    async def verify(self, token: str, now: Any, conn: Connection) -> AccessClaims:
        """The claims of a good token. One under an unknown key is tried again with the newest keyring.

        Raises:
            UnauthenticatedError: anything else.
        """
        known = self._known.get(token)
        if known is not None and now < known.exp:
            return known
        try:
            try:
                claims = self._tokens.verify(token, now=now)
            except UnknownKeyError:
                if not await self._renew(conn):
                    raise
                claims = self._tokens.verify(token, now=now)
        except InvalidTokenError:
            raise UnauthenticatedError from None
        if len(self._known) >= CACHED_TOKENS:
            self._known.clear()
        self._known[token] = claims
        return claims


async def identify_caller(call: Call, conn: Connection, operation: Operation, services: Services) -> Caller:
    """The caller by `Authorization: Bearer` (token or key) or `X-API-Key`.

    Raises:
        UnauthenticatedError: no credential or a bad one.
        ForbiddenError: a suspended tenant, or one the caller is no member of.
        RateLimitedError: past the allowance.
    """
    credential = _credential(call)
    limit = services.get(Settings).rate_limit_per_minute
    if credential.startswith(PLATFORM_PREFIX):
        caller = await _identify_key(credential, call, conn, limit)
        await _count_for_tenant(caller, conn, services)
        return caller
    return await identify_token(credential, _requested_tenant(call), conn, operation, services)


async def identify_token(
    token: str, tenant_id: UUID | None, conn: Connection, operation: Operation, services: Services
) -> Caller:
    """The caller of an access token, however it came; counts the call.

    Raises:
        UnauthenticatedError, ForbiddenError, RateLimitedError: as `identify_caller`.
    """
    limit = services.get(Settings).rate_limit_per_minute
    claims = await services.get(VerifiedTokens).verify(token, services.units.clock.now(), conn)
    row = await conn.fetchrow(IDENTIFY_SESSION, claims.sid, claims.sub, tenant_id, limit, WINDOW_SECONDS)
    caller = _user(row, claims.sid, survives_suspension=operation.survives_suspension)
    await _count_for_tenant(caller, conn, services)
    return caller


async def _count_for_tenant(caller: Caller, conn: Connection, services: Services) -> None:
    """Count the call for its tenant as well, where the installation limits tenants.

    Raises:
        RateLimitedError: the tenant's callers together are past their allowance.
    """
    limit = services.get(Settings).tenant_rate_limit_per_minute
    if limit > 0:
        await count_in_window(conn, f"tenant:{caller.tenant_id}", limit, WINDOW_SECONDS)


async def identify_session(
    conn: Connection, session_id: UUID, user_id: UUID, tenant_id: UUID | None = None
) -> Caller:
    """The caller of a session that just began (nothing is counted)."""
    row = await conn.fetchrow(IDENTIFY_SESSION, session_id, user_id, tenant_id, 0, WINDOW_SECONDS)
    return _user(row, session_id, survives_suspension=True)


def _credential(call: Call) -> str:
    key = call.header("x-api-key")
    if key is not None:
        return key.strip()
    scheme, _, credential = (call.header("authorization") or "").partition(" ")
    if scheme.lower() != "bearer" or not credential.strip():
        raise UnauthenticatedError
    return credential.strip()


def _requested_tenant(call: Call) -> UUID | None:
    asked = call.header("x-tenant-id")
    if asked is None:
        return None
    if not UUID_TEXT.fullmatch(asked.strip()):
        raise ForbiddenError
    return UUID(asked.strip())


def _user(row: Any, session_id: UUID, *, survives_suspension: bool) -> Caller:
    if row["user_id"] is None:
        raise UnauthenticatedError
    if row["retry_after"] > 0:
        raise RateLimitedError(row["retry_after"])
    is_system_admin = row["is_system_admin"]
    if row["tenant_status"] is None or (row["role"] is None and not is_system_admin):
        raise ForbiddenError
    suspended = row["tenant_status"] in ("inactive", "retired") or row["user_status"] != "active"
    if suspended and not is_system_admin and not survives_suspension:
        raise ForbiddenError("This account or its organisation is suspended.")
    permissions = frozenset(row["permissions"] or ())
    role = Role(row["role"]) if row["role"] else None
    return Caller(
        kind=CallerKind.USER,
        id=row["user_id"],
        tenant_id=row["tenant_id"],
        role=role,
        permissions=permissions,
        is_system_admin=is_system_admin,
        is_tenant_admin=role in (Role.OWNER, Role.ADMIN) or "*" in permissions,
        session_id=session_id,
    )


async def _identify_key(credential: str, call: Call, conn: Connection, limit: int) -> Caller:
    if not is_well_formed(credential):
        raise UnauthenticatedError
    address = client_address(call.ip_address)
    fingerprint = call.header("x-device-fingerprint")
    row = await conn.fetchrow(IDENTIFY_KEY, digest(credential), address, fingerprint, limit, WINDOW_SECONDS)
    if row["key_id"] is None:
        raise UnauthenticatedError
    if row["retry_after"] > 0:
        raise RateLimitedError(row["retry_after"])
    if row["tenant_status"] in ("inactive", "retired"):
        raise ForbiddenError("This organisation is suspended.")
    asked = _requested_tenant(call)
    if asked is not None and asked != row["tenant_id"]:
        raise ForbiddenError
    scopes = frozenset({"mcp:write"}) if row["mcp_write_enabled"] else frozenset[str]()
    return Caller(
        kind=CallerKind.API_KEY,
        id=row["key_id"],
        tenant_id=row["tenant_id"],
        permissions=permissions_of(row["permissions"]),
        scopes=scopes,
    )


def client_address(text: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Where a call comes from; an IPv4 client of a dual-stack socket as IPv4, none (a local socket) as loopback."""
    address = ipaddress.ip_address(text or "127.0.0.1")
    return getattr(address, "ipv4_mapped", None) or address


def permissions_of(permission_map: dict[str, Any]) -> frozenset[str]:
    """The permission strings of an API key's map: `{"spaces": {"read": true}}` gives `spaces:read`."""
    return frozenset(
        f"{NOUNS.get(noun, noun)}:{action}"
        for noun, actions in permission_map.items()
        for action, granted in (actions or {}).items()
        if granted is True
    )
