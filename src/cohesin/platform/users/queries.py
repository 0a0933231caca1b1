"""Every statement about users and their memberships, and about the groups a tenant is founded with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.listing import Listing, search_in
from cohesin.platform.users.entity import GroupDetail, Member, UserRow

COLUMNS: Final = """u.id, u.email::text AS email, u.status, u.first_name, u.middle_name, u.last_name, u.display_name,
    u.locale, u.settings, u.type_definition_id, u.avatar_source, u.avatar_url, u.default_tenant_id,
    u.email_confirmed_at, u.created_at, u.updated_at"""

# An account that is not active anywhere shows as that; else the membership's own status counts.
STATUS: Final = "CASE WHEN u.status <> 'active' THEN u.status ELSE m.status END"
MEMBER: Final = f"""{COLUMNS.replace("u.status", f"{STATUS} AS status", 1)}, m.tenant_id, m.role,
    m.status AS membership_status, u.status AS account_status"""
MEMBERS: Final = "platform.memberships m JOIN platform.users u ON u.id = m.user_id AND u.deleted_at IS NULL"

USERS: Final = Listing(
    Member,
    select=MEMBER,
    source=MEMBERS,
    filters={
        "search": search_in(
            "u.email", "u.display_name", "concat_ws(' ', u.first_name, u.middle_name, u.last_name)"
        ),
        "status": f"({STATUS}) = {{}}",
    },
    sorts={
        "name": "lower(coalesce(u.display_name, nullif(concat_ws(' ', u.first_name, u.last_name), ''), u.email::text))",
        "created_at": "u.created_at",
        "updated_at": "u.updated_at",
        "status": f"({STATUS})",
        "email": "u.email",
        "first_name": "lower(u.first_name)",
        "last_name": "lower(u.last_name)",
        "display_name": "lower(u.display_name)",
    },
    default_order="u.created_at DESC",
    tie="u.id DESC",
)


async def insert_user(conn: Connection, user_id: UUID, facts: dict[str, Any], now: datetime) -> UserRow:
    """A new person; the names of `facts` are columns, set by this slice only."""
    places = "".join(f", ${place}" for place, _ in enumerate(facts, start=3))
    sql = f"""WITH u AS (
          INSERT INTO platform.users (id, created_at, updated_at, {", ".join(facts)})
          VALUES ($1, $2, $2{places}) RETURNING *)
        SELECT {COLUMNS} FROM u"""
    return await fetch_one(conn, UserRow, sql, user_id, now, *facts.values())


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


async def find_person(conn: Connection, user_id: UUID) -> UserRow | None:
    """A person whatever the tenant; asked as the crossing role."""
    sql = f"SELECT {COLUMNS} FROM platform.users u WHERE u.id = $1 AND u.deleted_at IS NULL"
    return await find_one(conn, UserRow, sql, user_id)


async def find_member(
    conn: Connection, tenant_id: UUID, user_id: UUID, *, lock: bool = False
) -> Member | None:
    """A member of the tenant with role and standing there; `lock` keeps others from changing either meanwhile."""
    suffix = " FOR NO KEY UPDATE" if lock else ""
    sql = f"SELECT {MEMBER} FROM {MEMBERS} WHERE m.tenant_id = $1 AND m.user_id = $2{suffix}"
    return await find_one(conn, Member, sql, tenant_id, user_id)


async def update_membership(conn: Connection, tenant_id: UUID, user_id: UUID, role: str, status: str) -> None:
    await conn.execute(
        "UPDATE platform.memberships SET role = $3, status = $4 WHERE tenant_id = $1 AND user_id = $2",
        tenant_id,
        user_id,
        role,
        status,
    )


async def lock_active_owners(conn: Connection, tenant_id: UUID) -> list[UUID]:
    """Who owns the tenant and can act; the locks, taken in one order, let one change of owners through at a time."""
    sql = f"""SELECT m.user_id FROM {MEMBERS} WHERE m.tenant_id = $1 AND m.role = 'owner' AND m.status = 'active'
                 AND u.status = 'active' ORDER BY m.user_id FOR NO KEY UPDATE OF m"""
    return [row["user_id"] for row in await conn.fetch(sql, tenant_id)]


async def count_memberships(conn: Connection, user_id: UUID) -> int:
    """In how many tenants a person is a member; asked as the crossing role."""
    return int(await conn.fetchval("SELECT count(*) FROM platform.memberships WHERE user_id = $1", user_id))


async def remove_from_group(conn: Connection, tenant_id: UUID, group_name: str, user_id: UUID) -> None:
    """Take a member out of the tenant's built-in group of that name."""
    await conn.execute(
        """DELETE FROM platform.group_members gm USING platform.groups g
            WHERE g.tenant_id = $1 AND g.name = $2 AND g.built_in AND gm.tenant_id = g.tenant_id
              AND gm.group_id = g.id AND gm.user_id = $3""",
        tenant_id,
        group_name,
        user_id,
    )


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
