"""Every statement of sign-in. Sessions and tokens belong to persons: these run as the crossing role."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, find_one


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """What sign-in needs to know of a person."""

    id: UUID
    status: str
    password_hash: str | None
    default_tenant_id: UUID | None


class TenantOfUser(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant a person is a member of."""

    tenant_id: UUID
    tenant_name: str
    tenant_status: str
    role: str
    status: str


class StoredRefresh(msgspec.Struct, frozen=True, kw_only=True):
    """A refresh token with its session."""

    session_id: UUID
    user_id: UUID
    active_tenant_id: UUID
    remember_me: bool
    rotated_at: datetime | None
    expires_at: datetime
    session_ended: bool
    user_status: str


CREDENTIALS: Final = "SELECT id, status, password_hash, default_tenant_id FROM platform.users"


async def find_credentials(conn: Connection, email: str) -> Credentials | None:
    return await find_one(conn, Credentials, f"{CREDENTIALS} WHERE email = $1 AND deleted_at IS NULL", email)


async def find_credentials_by_id(conn: Connection, user_id: UUID) -> Credentials | None:
    return await find_one(conn, Credentials, f"{CREDENTIALS} WHERE id = $1 AND deleted_at IS NULL", user_id)


async def lock_credentials(conn: Connection, user_id: UUID) -> Credentials | None:
    """A person's credentials as they are now; nobody changes them before the unit ends."""
    sql = f"{CREDENTIALS} WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE"
    return await find_one(conn, Credentials, sql, user_id)


async def list_tenants_of(conn: Connection, user_id: UUID) -> list[TenantOfUser]:
    """The tenants a person is an active member of, by name."""
    sql = """SELECT t.id AS tenant_id, t.name AS tenant_name, t.status AS tenant_status, m.role, m.status
               FROM platform.memberships m JOIN platform.tenants t ON t.id = m.tenant_id AND t.deleted_at IS NULL
              WHERE m.user_id = $1 AND m.status = 'active' ORDER BY t.name, t.id"""
    return await fetch_all(conn, TenantOfUser, sql, user_id)


async def count_failures(
    conn: Connection, email_digest: bytes, ip_address: str | None, since: datetime
) -> tuple[int, int]:
    """Failed attempts since an instant: for the account (after its last success), and for the address they came from."""
    row = await conn.fetchrow(
        """SELECT (SELECT count(*) FROM platform.sign_in_attempts a WHERE a.email_digest = $1 AND a.at > $3
                      AND NOT a.succeeded AND a.at > coalesce((SELECT max(b.at) FROM platform.sign_in_attempts b
                           WHERE b.email_digest = $1 AND b.succeeded), '-infinity')) AS of_account,
                  (SELECT count(*) FROM platform.sign_in_attempts a
                    WHERE a.ip_address = $2 AND a.at > $3 AND NOT a.succeeded) AS of_address""",
        email_digest,
        ip_address,
        since,
    )
    return row["of_account"], row["of_address"]


async def lock_attempts(conn: Connection, email_digest: bytes, ip_address: str | None) -> None:
    """Attempts on one account or from one address are counted one after the other, until the unit ends."""
    names = sorted([f"sign_in:{email_digest.hex()}", f"sign_in:{ip_address}"])
    for name in names:
        await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)


async def insert_failure(conn: Connection, email_digest: bytes, ip_address: str | None, now: datetime) -> int:
    """Count an attempt as failed, until `set_succeeded` says otherwise; answers its id."""
    sql = """INSERT INTO platform.sign_in_attempts (email_digest, ip_address, succeeded, at)
             VALUES ($1, $2, false, $3) RETURNING id"""
    return int(await conn.fetchval(sql, email_digest, ip_address, now))


async def set_succeeded(conn: Connection, attempt_id: int, now: datetime) -> None:
    await conn.execute(
        "UPDATE platform.sign_in_attempts SET succeeded = true, at = $2 WHERE id = $1", attempt_id, now
    )


async def insert_session(
    conn: Connection,
    session_id: UUID,
    user_id: UUID,
    tenant_id: UUID,
    remember_me: bool,
    now: datetime,
    expires_at: datetime,
    ip_address: str | None,
    user_agent: str | None,
) -> None:
    await conn.execute(
        """INSERT INTO platform.sessions (id, user_id, active_tenant_id, remember_me, created_at, last_used_at,
             expires_at, ip_address, user_agent) VALUES ($1, $2, $3, $4, $5, $5, $6, $7, $8)""",
        session_id,
        user_id,
        tenant_id,
        remember_me,
        now,
        expires_at,
        ip_address,
        user_agent,
    )


async def insert_refresh(
    conn: Connection, token_hash: bytes, session_id: UUID, now: datetime, expires_at: datetime
) -> None:
    await conn.execute(
        "INSERT INTO platform.refresh_tokens (token_hash, session_id, created_at, expires_at) VALUES ($1, $2, $3, $4)",
        token_hash,
        session_id,
        now,
        expires_at,
    )


async def find_refresh(conn: Connection, token_hash: bytes) -> StoredRefresh | None:
    """A refresh token; the row lock makes two uses at once one use and one reuse."""
    sql = """SELECT r.session_id, s.user_id, s.active_tenant_id, s.remember_me, r.rotated_at, r.expires_at,
                    (s.revoked_at IS NOT NULL) AS session_ended, u.status AS user_status
               FROM platform.refresh_tokens r
               JOIN platform.sessions s ON s.id = r.session_id
               JOIN platform.users u ON u.id = s.user_id AND u.deleted_at IS NULL
              WHERE r.token_hash = $1 FOR UPDATE OF r"""
    return await find_one(conn, StoredRefresh, sql, token_hash)


async def rotate_refresh(
    conn: Connection, token_hash: bytes, session_id: UUID, now: datetime, expires_at: datetime
) -> None:
    await conn.execute(
        "UPDATE platform.refresh_tokens SET rotated_at = $2 WHERE token_hash = $1", token_hash, now
    )
    await conn.execute(
        "UPDATE platform.sessions SET last_used_at = $2, expires_at = $3 WHERE id = $1",
        session_id,
        now,
        expires_at,
    )


async def revoke_session(conn: Connection, session_id: UUID, now: datetime) -> None:
    await conn.execute(
        "UPDATE platform.sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL", session_id, now
    )


async def revoke_sessions_of(
    conn: Connection, user_id: UUID, now: datetime, *, but: UUID | None = None
) -> int:
    """End a person's sessions, all but one if named; tells how many."""
    done = await conn.execute(
        """UPDATE platform.sessions SET revoked_at = $2
            WHERE user_id = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $3""",
        user_id,
        now,
        but,
    )
    return int(done.rpartition(" ")[2])


async def set_password(conn: Connection, user_id: UUID, password_hash: str, now: datetime) -> None:
    await conn.execute(
        "UPDATE platform.users SET password_hash = $2, updated_at = $3 WHERE id = $1",
        user_id,
        password_hash,
        now,
    )
