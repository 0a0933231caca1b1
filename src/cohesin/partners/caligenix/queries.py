"""Every statement about Connect accounts and keys."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cohesin.kernel.crypto.api_keys import ApiKeySecret
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one

ACCOUNT: Final = "id, tenant_id, name, active, created_at, updated_at"
KEY: Final = "id, tenant_id, account_id, preview, scopes, created_at, last_used_at, revoked_at"


class IdentifiedKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a key stands for; all None for an unknown or revoked one. `retry_after` is in seconds, 0 when let through."""

    key_id: UUID | None
    tenant_id: UUID | None
    active: bool | None
    scopes: list[str] | None
    retry_after: int | None


class ConnectAccount(msgspec.Struct, frozen=True, kw_only=True):
    """A partner of an organisation that fetches its reports."""

    id: UUID
    tenant_id: UUID
    name: str
    active: bool
    created_at: datetime
    updated_at: datetime


class ConnectKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key without its secret."""

    id: UUID
    tenant_id: UUID
    account_id: UUID
    preview: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


async def identify_key(
    conn: Connection, digest: bytes, *, endpoint: str, limit: int, seconds: int
) -> IdentifiedKey:
    """Whose key it is; counts the call of an active account."""
    sql = "SELECT * FROM partners.identify_connect_key($1, $2, $3, $4)"
    return await fetch_one(conn, IdentifiedKey, sql, digest, endpoint, limit, seconds)


async def insert_account(
    conn: Connection, tenant_id: UUID, account_id: UUID, name: str, now: datetime
) -> ConnectAccount | None:
    """The new account, or None where the organisation has one of that name."""
    sql = f"""INSERT INTO partners.connect_accounts (tenant_id, id, name, created_at, updated_at)
              VALUES ($1, $2, $3, $4, $4) ON CONFLICT (tenant_id, name) DO NOTHING RETURNING {ACCOUNT}"""
    return await find_one(conn, ConnectAccount, sql, tenant_id, account_id, name, now)


async def find_account(conn: Connection, tenant_id: UUID, name: str) -> ConnectAccount | None:
    sql = f"SELECT {ACCOUNT} FROM partners.connect_accounts WHERE tenant_id = $1 AND name = $2"
    return await find_one(conn, ConnectAccount, sql, tenant_id, name)


async def list_accounts(conn: Connection, tenant_id: UUID) -> list[ConnectAccount]:
    sql = f"SELECT {ACCOUNT} FROM partners.connect_accounts WHERE tenant_id = $1 ORDER BY name"
    return await fetch_all(conn, ConnectAccount, sql, tenant_id)


async def set_active(
    conn: Connection, tenant_id: UUID, account_id: UUID, active: bool, now: datetime
) -> ConnectAccount | None:
    sql = f"""UPDATE partners.connect_accounts SET active = $3, updated_at = $4
               WHERE tenant_id = $1 AND id = $2 RETURNING {ACCOUNT}"""
    return await find_one(conn, ConnectAccount, sql, tenant_id, account_id, active, now)


async def insert_key(
    conn: Connection,
    account: ConnectAccount,
    key_id: UUID,
    secret: ApiKeySecret,
    scopes: list[str],
    now: datetime,
) -> ConnectKey:
    sql = f"""INSERT INTO partners.connect_keys (tenant_id, id, account_id, digest, preview, scopes, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {KEY}"""
    return await fetch_one(
        conn,
        ConnectKey,
        sql,
        account.tenant_id,
        key_id,
        account.id,
        secret.digest,
        secret.preview,
        scopes,
        now,
    )


async def list_keys(conn: Connection, tenant_id: UUID) -> list[ConnectKey]:
    sql = f"SELECT {KEY} FROM partners.connect_keys WHERE tenant_id = $1 ORDER BY created_at, id"
    return await fetch_all(conn, ConnectKey, sql, tenant_id)


async def find_key(conn: Connection, *, key_id: UUID | None, digest: bytes) -> ConnectKey | None:
    """A key by its id or by the digest of its secret, in whatever tenant the connection sees."""
    sql = f"SELECT {KEY} FROM partners.connect_keys WHERE id = $1 OR digest = $2"
    return await find_one(conn, ConnectKey, sql, key_id, digest)


async def revoke_key(conn: Connection, tenant_id: UUID, key_id: UUID, now: datetime) -> ConnectKey | None:
    """The key, ended now; None where it was ended before."""
    sql = f"""UPDATE partners.connect_keys SET revoked_at = $3
               WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING {KEY}"""
    return await find_one(conn, ConnectKey, sql, tenant_id, key_id, now)
