"""Every statement about tags as such."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from cohesin.abilities.tags.queries import DETAIL, LINK, SUMMARY
from cohesin.abilities.tags.schemas import Tag2, Tag4, Tag5
from cohesin.abilities.translations import localised
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, find_one
from cohesin.kernel.listing import Listing
from cohesin.platform.taxonomy.schemas import CloudTag

SOURCE: Final = f"platform.tags t {localised('tag', 't', '$2')}"
SEARCHED: Final = """unaccent(lower(concat_ws(' ', t.name, t.display_name,
    (SELECT string_agg(x.name, ' ') FROM platform.translations x
      WHERE x.tenant_id = t.tenant_id AND x.entity_type = 'tag' AND x.entity_id = t.id))))"""
TAGS: Final = Listing(
    Tag2,
    select=SUMMARY,
    source=SOURCE,
    filters={
        "search": f"{SEARCHED} LIKE ALL (kernel.search_patterns({{}}))",
        "persistent": "t.persistent = {}",
        "owner_id": "t.owner_id = {}",
    },
    default_order="t.created_at DESC",
    tie="t.id DESC",
)


async def find_tag(conn: Connection, tenant_id: UUID, tag_id: UUID) -> Tag5 | None:
    """A tag in its base language."""
    sql = f"SELECT {DETAIL} FROM {SOURCE} WHERE t.tenant_id = $1 AND t.id = $3"
    return await find_one(conn, Tag5, sql, tenant_id, [], tag_id)


async def insert_curated(
    conn: Connection,
    tenant_id: UUID,
    tag_id: UUID,
    name: str,
    display_name: str,
    group_id: UUID | None,
    person: UUID | None,
    now: datetime,
) -> None:
    """A curated tag of a group; of the administrators where none is named."""
    await conn.execute(
        """INSERT INTO platform.tags (tenant_id, id, name, display_name, language, persistent, owner_group_id,
             created_by, created_at, updated_at)
           VALUES ($1, $2, $3, $4, platform.default_language($1), true, coalesce($5, platform.administrators($1)),
                   $6, $7, $7)""",
        tenant_id,
        tag_id,
        name,
        display_name,
        group_id,
        person,
        now,
    )


async def set_persistent(
    conn: Connection, tenant_id: UUID, tag_id: UUID, persistent: bool, now: datetime
) -> None:
    await conn.execute(
        "UPDATE platform.tags SET persistent = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        tag_id,
        persistent,
        now,
    )


async def set_display_name(
    conn: Connection, tenant_id: UUID, tag_id: UUID, display_name: str, now: datetime
) -> None:
    await conn.execute(
        "UPDATE platform.tags SET display_name = $3, updated_at = $4 WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        tag_id,
        display_name,
        now,
    )


async def touch(conn: Connection, tenant_id: UUID, tag_id: UUID, now: datetime) -> None:
    await conn.execute(
        "UPDATE platform.tags SET updated_at = $3 WHERE tenant_id = $1 AND id = $2", tenant_id, tag_id, now
    )


async def delete_tag(conn: Connection, tenant_id: UUID, tag_id: UUID) -> bool:
    """Delete a tag with its links and translations. Whether there was one."""
    sql = "DELETE FROM platform.tags WHERE tenant_id = $1 AND id = $2 RETURNING id"
    return await conn.fetchval(sql, tenant_id, tag_id) is not None


async def lock_unused(conn: Connection, tenant_id: UUID) -> list[UUID]:
    """Tags that look unused and are not curated, held so that nobody begins to use one."""
    rows = await conn.fetch(
        """SELECT t.id FROM platform.tags t WHERE t.tenant_id = $1 AND NOT t.persistent
              AND NOT EXISTS (SELECT 1 FROM platform.tag_links k WHERE k.tenant_id = $1 AND k.tag_id = t.id)
            ORDER BY t.name, t.id FOR UPDATE""",
        tenant_id,
    )
    return [row["id"] for row in rows]


async def list_links(conn: Connection, tenant_id: UUID, tag_id: UUID, entity_type: str | None) -> list[Tag4]:
    """What has a tag, newest link first."""
    sql = f"""SELECT {LINK} FROM platform.tag_links k WHERE k.tenant_id = $1 AND k.tag_id = $2
                 AND ($3::text IS NULL OR k.entity_type = $3) ORDER BY k.created_at DESC, k.id DESC"""
    return await fetch_all(conn, Tag4, sql, tenant_id, tag_id, entity_type)


async def list_most_used(
    conn: Connection, tenant_id: UUID, languages: list[str], entity_type: str | None, limit: int
) -> list[CloudTag]:
    """The tags in use, most used first."""
    sql = f"""SELECT t.id AS tag_id, t.name AS tag_name, coalesce(l.name, t.display_name) AS display_name, u.count
                FROM (SELECT k.tag_id, count(*) AS count FROM platform.tag_links k
                       WHERE k.tenant_id = $1 AND ($3::text IS NULL OR k.entity_type = $3) GROUP BY k.tag_id) u
                JOIN platform.tags t ON t.tenant_id = $1 AND t.id = u.tag_id
                {localised("tag", "t", "$2")}
               ORDER BY u.count DESC, t.name, t.id LIMIT $4"""
    return await fetch_all(conn, CloudTag, sql, tenant_id, languages, entity_type, limit)


async def list_details(conn: Connection, tenant_id: UUID, limit: int, offset: int) -> list[Tag5]:
    """Tags in their base language, oldest first."""
    sql = f"""SELECT {DETAIL} FROM {SOURCE} WHERE t.tenant_id = $1
              ORDER BY t.created_at, t.id LIMIT $3 OFFSET $4"""
    return await fetch_all(conn, Tag5, sql, tenant_id, [], limit, offset)


async def find_id_by_name(conn: Connection, tenant_id: UUID, name: str, owner_id: UUID | None) -> UUID | None:
    """The tag of a name and owner; where no owner is named, the oldest curated one of that name."""
    found: UUID | None = await conn.fetchval(
        """SELECT id FROM platform.tags WHERE tenant_id = $1 AND name = $2
              AND CASE WHEN $3::uuid IS NULL THEN persistent ELSE owner_id = $3 END
            ORDER BY created_at, id LIMIT 1""",
        tenant_id,
        name,
        owner_id,
    )
    return found
