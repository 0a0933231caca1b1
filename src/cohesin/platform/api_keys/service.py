"""The front door of API keys: made, changed, rotated and ended here; `platform.identify` reads them at each call."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from cohesin.kernel.crypto.api_keys import generate
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.api_keys import events, queries
from cohesin.platform.api_keys.schemas import ApiKey, CreateApiKeyRequest, IssuedApiKey, UpdateApiKeyRequest

assert events

SAVE_IT = "Keep this key now: it is shown in this answer only."


async def access_key(uow: UnitOfWork, key_id: UUID, *, lock: bool = False) -> ApiKey:
    """A key of the unit's tenant.

    Raises:
        NotFoundError: none here.
    """
    key = await queries.find_key(uow.conn, uow.tenant_id, key_id, lock=lock)
    if key is None:
        raise NotFoundError
    return key


async def list_keys(uow: UnitOfWork) -> list[ApiKey]:
    """The unit's tenant's keys, newest first."""
    return await queries.list_keys(uow.conn, uow.tenant_id)


async def create_key(uow: UnitOfWork, request: CreateApiKeyRequest) -> IssuedApiKey:
    """A new key with its full text, which is kept as a digest only."""
    secret = generate()
    facts = {
        "id": new_id(),
        "key_uuid": new_id(),
        "name": request.name,
        "description": request.description,
        "permissions": request.permissions.model_dump(exclude_unset=True),
        "mcp_write_enabled": request.mcp_write_enabled,
        "expires_at": request.expires_at,
        "ip_whitelist": request.ip_whitelist,
        "device_fingerprint": request.device_fingerprint,
        "created_by": uow.caller.id,
    }
    key = await queries.insert_key(uow.conn, uow.tenant_id, secret, facts, uow.clock.now())
    born = {
        name: {"before": None, "after": facts[name]}
        for name in ("name", "permissions", "expires_at", "ip_whitelist")
    }
    await uow.record(Event(type="api_key.created", entity_id=key.id, changes=born))
    return IssuedApiKey(data=key, fullKey=secret.full, message=SAVE_IT)


async def update_key(uow: UnitOfWork, key_id: UUID, request: UpdateApiKeyRequest) -> ApiKey:
    """Change what the request names; it holds from the key's next call on."""
    before = await access_key(uow, key_id, lock=True)
    changes = request.model_dump(exclude_unset=True)
    after = await queries.update_key(uow.conn, uow.tenant_id, key_id, changes, uow.clock.now())
    await uow.record(Event(type="api_key.updated", entity_id=key_id, changes=changes_between(before, after)))
    return after


async def rotate_key(uow: UnitOfWork, key_id: UUID, grace_seconds: int) -> IssuedApiKey:
    """A new text for a key. The old one ends at once, or when the grace period does."""
    before = await access_key(uow, key_id, lock=True)
    secret, now = generate(), uow.clock.now()
    old_until = now + timedelta(seconds=grace_seconds) if grace_seconds else None
    after = await queries.rotate_key(uow.conn, uow.tenant_id, key_id, secret, old_until, now)
    await uow.record(
        Event(
            type="api_key.rotated",
            entity_id=key_id,
            data={"gracePeriodSeconds": grace_seconds},
            changes=changes_between(before, after),
        )
    )
    return IssuedApiKey(data=after, fullKey=secret.full, message=SAVE_IT)


async def delete_key(uow: UnitOfWork, key_id: UUID) -> None:
    """End a key at once; what it did stays in the audit log.

    Raises:
        NotFoundError: none here.
    """
    if not await queries.delete_key(uow.conn, uow.tenant_id, key_id):
        raise NotFoundError
    await uow.record(Event(type="api_key.deleted", entity_id=key_id))
