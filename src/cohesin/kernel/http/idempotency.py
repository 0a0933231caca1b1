"""`Idempotency-Key`: the first answer again for the same key and body within 24 hours, 409 for another body.

Kept in the transaction of the change, so that a key is remembered exactly when its change is; an operation that opens
its own units takes the key before and keeps the answer after. Bodies are sealed: an answer may hold a secret that is
shown once. So are fingerprints keyed: a request may hold a password.
"""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
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
    def of(cls, operation: Operation, call: Call, services: Services) -> IdempotencyKey | None:
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
        request = [operation.id.encode(), call.path.rstrip("/").encode(), call.scope.get("query_string", b"")]
        return cls(scope, key, services.get(Sealer).fingerprint(b"\n".join([*request, call.body])))


class KeptAnswer(msgspec.Struct, frozen=True):
    """An answer with the headers that belong to it, such as a session's cookie."""

    status: int
    media_type: str | None
    body: bytes
    headers: list[tuple[bytes, bytes]]


_kept_encoder = msgspec.msgpack.Encoder()
_kept_decoder = msgspec.msgpack.Decoder(KeptAnswer)


TAKE = """
INSERT INTO kernel.idempotency_keys (scope, key, fingerprint) VALUES ($1, $2, $3)
ON CONFLICT (scope, key) DO UPDATE
   SET fingerprint = EXCLUDED.fingerprint, created_at = now(), status = NULL, body = NULL
 WHERE idempotency_keys.created_at < now() - interval '24 hours'
    OR (idempotency_keys.status IS NULL AND idempotency_keys.created_at < now() - $4::interval)
RETURNING true"""
FIND = """
SELECT fingerprint, status, body FROM kernel.idempotency_keys
 WHERE scope = $1 AND key = $2 AND created_at >= now() - interval '24 hours'"""
#: A key without an answer for so long belongs to a process that died at work.
ABANDONED = timedelta(minutes=2)
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.05


async def take_key(
    conn: Connection, key: IdempotencyKey, services: Services
) -> tuple[bool, KeptAnswer | None]:
    """Whether the key is this request's now (a second one waits for this transaction), else the answer kept.

    Neither, for a key that a request still works under.

    Raises:
        ConflictError: the key was used with another body.
    """
    if await conn.fetchval(TAKE, key.scope, key.key, key.fingerprint, ABANDONED):
        return True, None
    row = await conn.fetchrow(FIND, key.scope, key.key)
    if row is None:
        return False, None
    if row["fingerprint"] != key.fingerprint:
        raise ConflictError("This Idempotency-Key was used with another request.")
    if row["status"] is None:
        return False, None
    return False, _kept_decoder.decode(services.get(Sealer).open(row["body"], key.context))


async def take_key_or_wait(key: IdempotencyKey, services: Services) -> KeptAnswer | None:
    """Take the key in a transaction of its own, or wait for the answer of the request that has it.

    Raises:
        ConflictError: the key was used with another body, or its request is still at work after half a minute.
    """
    waited_until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < waited_until:
        async with services.units.open() as uow:
            taken, kept = await take_key(uow.conn, key, services)
        if taken or kept is not None:
            return kept
        await asyncio.sleep(LOOK_SECONDS)
    raise ConflictError("The first request with this Idempotency-Key is still under way.")


async def release_key(key: IdempotencyKey, services: Services) -> None:
    """Give back a key whose request failed, so that it can be tried again."""
    async with services.units.open() as uow:
        await uow.conn.execute(
            "DELETE FROM kernel.idempotency_keys WHERE scope = $1 AND key = $2 AND status IS NULL",
            key.scope,
            key.key,
        )


async def keep_answer(conn: Connection, key: IdempotencyKey, answer: KeptAnswer, services: Services) -> None:
    """Keep the answer under its reserved key."""
    await conn.execute(
        "UPDATE kernel.idempotency_keys SET status = $3, media_type = $4, body = $5 WHERE scope = $1 AND key = $2",
        key.scope,
        key.key,
        answer.status,
        answer.media_type,
        services.get(Sealer).seal(_kept_encoder.encode(answer), key.context),
    )
