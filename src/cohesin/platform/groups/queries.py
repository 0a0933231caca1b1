"""Every statement about groups and who is in them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.listing import Listing, search_in
from cohesin.platform.groups.schemas import Group, GroupMember


class GroupRow(Group, frozen=True, kw_only=True):
    """A group as stored: with whether every tenant begins with it."""

    built_in: bool

    @property
    def shown(self) -> Group:
        return Group(**{name: getattr(self, name) for name in Group.__struct_fields__})


COLUMNS: Final = (
    """g.id, g.tenant_id AS "tenantId", g.name, g.description, g.permissions, g.created_at, g.updated_at"""
)

GROUPS: Final = Listing(
    Group,
    select=COLUMNS,
    source="platform.groups g",
    filters={
        "search": search_in("g.name", "g.description"),
        "userId": """EXISTS (SELECT 1 FROM platform.group_members gm WHERE gm.tenant_id = g.tenant_id
                              AND gm.group_id = g.id AND gm.user_id = {})""",
        "created_from": "g.created_at >= {}",
        "created_to": "g.created_at <= {}",
    },
    default_order="g.created_at DESC",
    tie="g.id DESC",
)


async def find_group(
    conn: Connection, tenant_id: UUID, group_id: UUID, *, lock: bool = False
) -> GroupRow | None:
    """A group of the tenant; `lock` keeps others from changing it meanwhile, not from referring to it."""
    suffix = " FOR NO KEY UPDATE" if lock else ""
    sql = f"SELECT {COLUMNS}, g.built_in FROM platform.groups g WHERE g.tenant_id = $1 AND g.id = $2{suffix}"
    return await find_one(conn, GroupRow, sql, tenant_id, group_id)


async def list_known(conn: Connection, tenant_id: UUID, group_ids: list[UUID]) -> set[UUID]:
    """Those of the groups that the tenant has."""
    rows = await conn.fetch(
        "SELECT id FROM platform.groups WHERE tenant_id = $1 AND id = ANY ($2)", tenant_id, group_ids
    )
    return {row["id"] for row in rows}


async def insert_group(conn: Connection, group: Group) -> Group:
    sql = f"""WITH g AS (
          INSERT INTO platform.groups (tenant_id, id, name, description, permissions, created_at, updated_at)
          VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING *)
        SELECT {COLUMNS} FROM g"""
    return await fetch_one(
        conn,
        Group,
        sql,
        group.tenantId,
        group.id,
        group.name,
        group.description,
        group.permissions,
        group.created_at,
    )


async def update_group(
    conn: Connection, tenant_id: UUID, group_id: UUID, changes: dict[str, Any], now: datetime
) -> GroupRow:
    """Set the named columns; names come from the request model only."""
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(changes, start=4))
    sql = f"""WITH g AS (
          UPDATE platform.groups SET updated_at = $3{sets} WHERE tenant_id = $1 AND id = $2 RETURNING *)
        SELECT {COLUMNS}, g.built_in FROM g"""
    return await fetch_one(conn, GroupRow, sql, tenant_id, group_id, now, *changes.values())


async def delete_group(conn: Connection, tenant_id: UUID, group_id: UUID) -> None:
    """Its memberships go with it."""
    await conn.execute("DELETE FROM platform.groups WHERE tenant_id = $1 AND id = $2", tenant_id, group_id)


async def list_members(conn: Connection, tenant_id: UUID, group_id: UUID) -> list[GroupMember]:
    """Who is in a group, the latest to join first."""
    sql = """SELECT u.id AS user_id, u.email::text AS email, u.display_name, gm.created_at
               FROM platform.group_members gm JOIN platform.users u ON u.id = gm.user_id AND u.deleted_at IS NULL
              WHERE gm.tenant_id = $1 AND gm.group_id = $2 ORDER BY gm.created_at DESC, u.id DESC"""
    return await fetch_all(conn, GroupMember, sql, tenant_id, group_id)


async def insert_member(
    conn: Connection, tenant_id: UUID, group_id: UUID, user_id: UUID, now: datetime
) -> bool:
    """Tells whether the person was not in the group yet."""
    done = await conn.execute(
        """INSERT INTO platform.group_members (tenant_id, group_id, user_id, created_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING""",
        tenant_id,
        group_id,
        user_id,
        now,
    )
    return bool(done == "INSERT 0 1")


async def delete_member(conn: Connection, tenant_id: UUID, group_id: UUID, user_id: UUID) -> bool:
    """Tells whether the person was in the group."""
    done = await conn.execute(
        "DELETE FROM platform.group_members WHERE tenant_id = $1 AND group_id = $2 AND user_id = $3",
        tenant_id,
        group_id,
        user_id,
    )
    return bool(done == "DELETE 1")


async def list_groups(conn: Connection, tenant_id: UUID, limit: int, offset: int) -> list[Group]:
    """A tenant's groups, oldest first."""
    sql = f"""SELECT {COLUMNS} FROM platform.groups g WHERE g.tenant_id = $1
              ORDER BY g.created_at, g.id LIMIT $2 OFFSET $3"""
    return await fetch_all(conn, Group, sql, tenant_id, limit, offset)


async def find_id_by_name(conn: Connection, tenant_id: UUID, name: str) -> UUID | None:
    """The group of a name, in whatever case."""
    sql = "SELECT id FROM platform.groups WHERE tenant_id = $1 AND lower(name) = lower($2)"
    found: UUID | None = await conn.fetchval(sql, tenant_id, name)
    return found
