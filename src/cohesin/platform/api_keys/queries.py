"""Every statement about API keys, but for the one that identifies a caller by one."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from cohesin.kernel.crypto.api_keys import ApiKeySecret
from cohesin.kernel.db.pool import Connection
from cohesin.platform.api_keys.schemas import ApiKey, PermissionMap

COLUMNS: Final = """k.id, k.tenant_id AS "tenantId", k.key_uuid, k.key_preview, k.name, k.description, k.permissions,
    k.mcp_write_enabled, k.enabled, k.expires_at,
    (SELECT array_agg(CASE WHEN masklen(w.net) = CASE family(w.net) WHEN 4 THEN 32 ELSE 128 END
                           THEN host(w.net) ELSE text(w.net) END ORDER BY w.place)
       FROM unnest(k.ip_whitelist) WITH ORDINALITY AS w(net, place)) AS ip_whitelist,
    k.device_fingerprint, k.last_used_at, k.last_used_ip, k.request_count, k.created_by, k.created_at, k.updated_at"""


def _key_of(record: asyncpg.Record) -> ApiKey:
    facts = dict(record)
    return ApiKey(**{**facts, "permissions": msgspec.convert(facts["permissions"], PermissionMap)})


async def _fetch_key(conn: Connection, sql: str, *args: Any) -> ApiKey:
    """The row of a statement that always has one."""
    record = await conn.fetchrow(sql, *args)
    assert record is not None
    return _key_of(record)


def _as_column(name: str, value: Any) -> Any:
    if name == "ip_whitelist" and value is not None:
        return [ipaddress.ip_network(network) for network in value]
    return value


async def list_keys(conn: Connection, tenant_id: UUID) -> list[ApiKey]:
    """A tenant's keys, newest first."""
    sql = f"SELECT {COLUMNS} FROM platform.api_keys k WHERE k.tenant_id = $1 ORDER BY k.created_at DESC, k.id DESC"
    return [_key_of(record) for record in await conn.fetch(sql, tenant_id)]


async def find_key(conn: Connection, tenant_id: UUID, key_id: UUID, *, lock: bool = False) -> ApiKey | None:
    """A key of the tenant; `lock` keeps others from changing it meanwhile."""
    suffix = " FOR UPDATE" if lock else ""
    sql = f"SELECT {COLUMNS} FROM platform.api_keys k WHERE k.tenant_id = $1 AND k.id = $2{suffix}"
    record = await conn.fetchrow(sql, tenant_id, key_id)
    return None if record is None else _key_of(record)


async def insert_key(
    conn: Connection, tenant_id: UUID, secret: ApiKeySecret, facts: Mapping[str, Any], now: datetime
) -> ApiKey:
    """A new key; the names of `facts` are columns, set by this slice only."""
    places = "".join(f", ${place}" for place, _ in enumerate(facts, start=5))
    sql = f"""WITH k AS (
          INSERT INTO platform.api_keys (tenant_id, key_hash, key_preview, created_at, updated_at, {", ".join(facts)})
          VALUES ($1, $2, $3, $4, $4{places}) RETURNING *)
        SELECT {COLUMNS} FROM k"""
    values = [_as_column(name, value) for name, value in facts.items()]
    return await _fetch_key(conn, sql, tenant_id, secret.digest, secret.preview, now, *values)


async def update_key(
    conn: Connection, tenant_id: UUID, key_id: UUID, changes: Mapping[str, Any], now: datetime
) -> ApiKey:
    """Set the named columns; names come from the request model only."""
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(changes, start=4))
    sql = f"""WITH k AS (
          UPDATE platform.api_keys SET updated_at = $3{sets} WHERE tenant_id = $1 AND id = $2 RETURNING *)
        SELECT {COLUMNS} FROM k"""
    values = [_as_column(name, value) for name, value in changes.items()]
    return await _fetch_key(conn, sql, tenant_id, key_id, now, *values)


async def rotate_key(
    conn: Connection,
    tenant_id: UUID,
    key_id: UUID,
    secret: ApiKeySecret,
    old_until: datetime | None,
    now: datetime,
) -> ApiKey:
    """Put a new secret in place. The one before it works until `old_until`, or no more; older ones never do."""
    sql = f"""WITH k AS (
          UPDATE platform.api_keys SET key_hash = $3, key_preview = $4, updated_at = $6,
                 previous_key_hash = CASE WHEN $5::timestamptz IS NOT NULL THEN key_hash END, previous_expires_at = $5
           WHERE tenant_id = $1 AND id = $2 RETURNING *)
        SELECT {COLUMNS} FROM k"""
    return await _fetch_key(conn, sql, tenant_id, key_id, secret.digest, secret.preview, old_until, now)


async def delete_key(conn: Connection, tenant_id: UUID, key_id: UUID) -> bool:
    """Tells whether there was one."""
    done = await conn.execute(
        "DELETE FROM platform.api_keys WHERE tenant_id = $1 AND id = $2", tenant_id, key_id
    )
    return bool(done == "DELETE 1")
