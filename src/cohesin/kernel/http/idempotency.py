"""`Idempotency-Key`: the first answer again for the same key and body within 24 hours, 409 for another body.

Kept in the transaction of the change, so that a key is remembered exactly when its change is. Bodies are sealed: an
answer may hold a secret that is shown once.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from cohesin.kernel.crypto.seal import SealContext, Sealer
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.errors import ConflictError, Fault, InvalidInputError
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.operation import Operation

if TYPE_CHECKING:
    from cohesin.kernel.http.edge import Services

KEY_LENGTH = 255


class IdempotencyKey(msgspec.Struct, frozen=True):
    """Who sent which key for what: the scope is the caller, so one caller's key never meets another's."""

    scope: str
    key: str
    fingerprint: bytes

    @property
    def context(self) -> SealContext:
        return SealContext("kernel.idempotency_keys", "body", f"{self.scope}/{self.key}")

    @classmethod
    def of(cls, operation: Operation, call: Call) -> IdempotencyKey | None:
        """The key of a POST that carries one, on a surface that knows them."""
        if call.method != "POST" or not operation.surface.sends_idempotency:
            return None
        key = call.header("idempotency-key")
        if key is None:
            return None
        if not 0 < len(key) <= KEY_LENGTH:
            raise InvalidInputError([Fault("Idempotency-Key", "must have 1 to 255 characters", "header")])
        caller = call.caller
        scope = f"{caller.kind}:{caller.id or call.ip_address}:{caller.tenant_id}"
        digest = hashlib.sha256(
            b"\n".join([operation.id.encode(), call.path.rstrip("/").encode(), call.body])
        ).digest()
        return cls(scope, key, digest)


class KeptAnswer(msgspec.Struct, frozen=True):
    status: int
    media_type: str | None
    body: bytes


async def find_answer(
    conn: Connection, key: IdempotencyKey, services: Services, *, reserve: bool
) -> KeptAnswer | None:
    """The answer kept under the key, if any; `reserve` takes the key for this transaction (a second one waits).

    Raises:
        ConflictError: the key was used with another body.
    """
    if reserve:
        taken = await conn.fetchval(
            """INSERT INTO kernel.idempotency_keys (scope, key, fingerprint) VALUES ($1, $2, $3)
               ON CONFLICT (scope, key) DO UPDATE
                  SET fingerprint = EXCLUDED.fingerprint, created_at = now(), status = NULL, body = NULL
                WHERE idempotency_keys.created_at < now() - interval '24 hours'
               RETURNING true""",
            key.scope,
            key.key,
            key.fingerprint,
        )
        if taken:
            return None
    row = await conn.fetchrow(
        """SELECT fingerprint, status, media_type, body FROM kernel.idempotency_keys
            WHERE scope = $1 AND key = $2 AND created_at >= now() - interval '24 hours'""",
        key.scope,
        key.key,
    )
    if row is None:
        return None
    if row["fingerprint"] != key.fingerprint:
        raise ConflictError("This Idempotency-Key was used with another request.")
    if row["status"] is None:
        return None
    sealer = services.get(Sealer)
    return KeptAnswer(row["status"], row["media_type"], sealer.open(row["body"], key.context))


async def keep_answer(
    conn: Connection,
    key: IdempotencyKey,
    status: int,
    media_type: str | None,
    body: bytes,
    services: Services,
) -> None:
    """Keep the answer under its reserved key."""
    await conn.execute(
        "UPDATE kernel.idempotency_keys SET status = $3, media_type = $4, body = $5 WHERE scope = $1 AND key = $2",
        key.scope,
        key.key,
        status,
        media_type,
        services.get(Sealer).seal(body, key.context),
    )
