"""Every statement about users, memberships and groups that founding and sign-in need."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.platform.users.entity import GroupDetail, UserRow

COLUMNS: Final = """u.id, u.email::text AS email, u.status, u.first_name, u.middle_name, u.last_name, u.display_name,
    u.locale, u.settings, u.type_definition_id, u.avatar_source, u.avatar_url, u.default_tenant_id,
    u.email_confirmed_at, u.created_at, u.updated_at"""


async def insert_user(
    conn: Connection, user_id: UUID, email: str, password_hash: str | None, tenant_id: UUID, now: datetime
) -> UserRow:
    sql = f"""WITH u AS (
          INSERT INTO platform.users (id, email, password_hash, default_tenant_id, created_at, updated_at)
          VALUES ($1, $2, $3, $4, $5, $5) RETURNING *)
        SELECT {COLUMNS} FROM u"""
    return await fetch_one(conn, UserRow, sql, user_id, email, password_hash, tenant_id, now)


async def insert_membership(
    conn: Connection, tenant_id: UUID, user_id: UUID, role: str, now: datetime
) -> None:
    await conn.execute(
        "INSERT INTO platform.memberships (tenant_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)",
        tenant_id,
        user_id,
        role,
        now,
    )


async def insert_group(
    conn: Connection, tenant_id: UUID, group_id: UUID, name: str, permissions: list[str], now: datetime
) -> None:
    await conn.execute(
        """INSERT INTO platform.groups (tenant_id, id, name, permissions, built_in, created_at, updated_at)
           VALUES ($1, $2, $3, $4, true, $5, $5)""",
        tenant_id,
        group_id,
        name,
        permissions,
        now,
    )


async def add_to_group(
    conn: Connection, tenant_id: UUID, group_name: str, user_id: UUID, now: datetime
) -> None:
    """Add a member to the tenant's built-in group of that name."""
    await conn.execute(
        """INSERT INTO platform.group_members (tenant_id, group_id, user_id, created_at)
           SELECT tenant_id, id, $3, $4 FROM platform.groups WHERE tenant_id = $1 AND name = $2 AND built_in
           ON CONFLICT DO NOTHING""",
        tenant_id,
        group_name,
        user_id,
        now,
    )


async def find_user(
    conn: Connection, tenant_id: UUID, user_id: UUID, *, lock: bool = False
) -> UserRow | None:
    """A member of the tenant."""
    suffix = " FOR UPDATE OF u" if lock else ""
    sql = f"""SELECT {COLUMNS} FROM platform.users u
               JOIN platform.memberships m ON m.user_id = u.id AND m.tenant_id = $1
              WHERE u.id = $2 AND u.deleted_at IS NULL{suffix}"""
    return await find_one(conn, UserRow, sql, tenant_id, user_id)


async def update_user(conn: Connection, user_id: UUID, changes: dict[str, Any], now: datetime) -> UserRow:
    """Set the named columns; names come from the request model only."""
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(changes, start=3))
    sql = f"""WITH u AS (UPDATE platform.users SET updated_at = $2{sets} WHERE id = $1 RETURNING *)
        SELECT {COLUMNS} FROM u"""
    return await fetch_one(conn, UserRow, sql, user_id, now, *changes.values())


async def list_groups_of(conn: Connection, tenant_id: UUID, user_id: UUID) -> list[GroupDetail]:
    """The groups a member is in, by name."""
    sql = """SELECT g.id, g.name, g.permissions FROM platform.groups g
               JOIN platform.group_members gm ON gm.tenant_id = g.tenant_id AND gm.group_id = g.id
              WHERE g.tenant_id = $1 AND gm.user_id = $2 ORDER BY g.name, g.id"""
    return await fetch_all(conn, GroupDetail, sql, tenant_id, user_id)
