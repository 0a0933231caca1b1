"""Every statement about Toolbox accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.partners.toolbox.entity import ToolboxAccount

COLUMNS: Final = "id, number, partner_id, username, email, active, created_at, updated_at"


async def identify_account(conn: Connection, account_id: UUID) -> Any:
    """Tenant, partner and rights of an account, in whichever tenant it is."""
    return await conn.fetchrow("SELECT * FROM partners.identify_toolbox($1)", account_id)


async def find_login(conn: Connection, username: str) -> Any:
    """An account by its username, in whichever tenant it is."""
    return await conn.fetchrow("SELECT * FROM partners.find_toolbox_login($1)", username)


async def insert_account(
    conn: Connection,
    tenant_id: UUID,
    account_id: UUID,
    partner_id: UUID,
    username: str,
    email: str,
    password_hash: str,
    now: datetime,
) -> ToolboxAccount:
    sql = f"""INSERT INTO partners.toolbox_accounts (tenant_id, id, partner_id, username, email, password_hash,
                created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) RETURNING {COLUMNS}"""
    return await fetch_one(
        conn, ToolboxAccount, sql, tenant_id, account_id, partner_id, username, email, password_hash, now
    )


async def set_active(
    conn: Connection, tenant_id: UUID, username: str, active: bool, now: datetime
) -> ToolboxAccount | None:
    sql = f"""UPDATE partners.toolbox_accounts SET active = $3, updated_at = $4
               WHERE tenant_id = $1 AND username = $2 RETURNING {COLUMNS}"""
    return await find_one(conn, ToolboxAccount, sql, tenant_id, username, active, now)


async def find_tenant_of(conn: Connection, username: str) -> UUID | None:
    """The tenant of a username: they are unique on the whole server. To be asked across tenants."""
    found: UUID | None = await conn.fetchval(
        "SELECT tenant_id FROM partners.toolbox_accounts WHERE username = $1", username
    )
    return found


async def find_account(
    conn: Connection, tenant_id: UUID, partner_id: UUID, account_id: UUID
) -> ToolboxAccount | None:
    sql = f"SELECT {COLUMNS} FROM partners.toolbox_accounts WHERE tenant_id = $1 AND partner_id = $2 AND id = $3"
    return await find_one(conn, ToolboxAccount, sql, tenant_id, partner_id, account_id)


async def list_accounts(conn: Connection, tenant_id: UUID, partner_id: UUID) -> list[ToolboxAccount]:
    sql = f"SELECT {COLUMNS} FROM partners.toolbox_accounts WHERE tenant_id = $1 AND partner_id = $2 ORDER BY number"
    return await fetch_all(conn, ToolboxAccount, sql, tenant_id, partner_id)
