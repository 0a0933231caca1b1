"""Every statement about tags on entities."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cohesin.abilities.tags.schemas import Tag4, Tag5
from cohesin.abilities.translations import localised, translations_of
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one

#: Select a tag from `platform.tags t`, with the localised name joined as `l`.
SUMMARY: Final = """t.id, t.tenant_id AS "tenantId", t.name, coalesce(l.name, t.display_name) AS display_name, t.language,
    (SELECT count(*) FROM platform.tag_links k WHERE k.tenant_id = t.tenant_id AND k.tag_id = t.id) AS usage_count,
    t.persistent, t.owner_id, CASE WHEN t.owner_user_id IS NULL THEN 'group' ELSE 'user' END AS owner_type,
    t.created_by, t.created_at, t.updated_at"""
DETAIL: Final = f"{SUMMARY}, {translations_of('tag', 't', described=False)} AS translations_i18n"
LINK: Final = (
    'k.id, k.tenant_id AS "tenantId", k.tag_id, k.entity_type, k.entity_id, k.created_by, k.created_at'
)


class TagKey(msgspec.Struct, frozen=True):
    """A tag as a link needs it."""

    id: UUID
    name: str


async def find_curated(conn: Connection, tenant_id: UUID, name: str) -> TagKey | None:
    """The oldest curated tag of that name, held against deletion."""
    sql = """SELECT id, name FROM platform.tags WHERE tenant_id = $1 AND name = $2 AND persistent
              ORDER BY created_at, id LIMIT 1 FOR UPDATE"""
    return await find_one(conn, TagKey, sql, tenant_id, name)


async def put_own_tag(
    conn: Connection,
    tenant_id: UUID,
    tag_id: UUID,
    name: str,
    display_name: str,
    person: UUID | None,
    now: datetime,
) -> TagKey:
    """The caller's tag of that name, made where absent and held against deletion.

    What no person makes belongs to the administrators.
    """
    sql = """INSERT INTO platform.tags AS t (tenant_id, id, name, display_name, language, owner_user_id, owner_group_id,
               created_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, platform.default_language($1), $5::uuid,
                CASE WHEN $5::uuid IS NULL THEN platform.administrators($1) END, $5, $6, $6)
        ON CONFLICT (tenant_id, owner_id, name) DO UPDATE SET name = EXCLUDED.name RETURNING t.id, t.name"""
    return await fetch_one(conn, TagKey, sql, tenant_id, tag_id, name, display_name, person, now)


async def lock_tags(conn: Connection, tenant_id: UUID, tag_ids: list[UUID]) -> list[TagKey]:
    """Those of the tags that are there, held against deletion, in an order that two callers share."""
    sql = "SELECT id, name FROM platform.tags WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY name, id FOR UPDATE"
    return await fetch_all(conn, TagKey, sql, tenant_id, tag_ids)


async def insert_link(
    conn: Connection,
    tenant_id: UUID,
    entity: str,
    entity_id: UUID,
    tag: TagKey,
    link_id: UUID,
    person: UUID | None,
    now: datetime,
) -> Tag4:
    sql = f"""INSERT INTO platform.tag_links AS k (tenant_id, entity_type, entity_id, tag_id, tag_name, id, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {LINK}"""
    return await fetch_one(
        conn, Tag4, sql, tenant_id, entity, entity_id, tag.id, tag.name, link_id, person, now
    )


async def delete_link(conn: Connection, tenant_id: UUID, entity: str, entity_id: UUID, tag_id: UUID) -> bool:
    """Whether there was one."""
    sql = """DELETE FROM platform.tag_links
              WHERE tenant_id = $1 AND entity_type = $2 AND entity_id = $3 AND tag_id = $4 RETURNING tag_id"""
    return await conn.fetchval(sql, tenant_id, entity, entity_id, tag_id) is not None


async def delete_if_unused(conn: Connection, tenant_id: UUID, tag_id: UUID) -> bool:
    """Delete a tag that is neither curated nor in use. Its row is held by the caller. Whether it went."""
    sql = """DELETE FROM platform.tags t WHERE t.tenant_id = $1 AND t.id = $2 AND NOT t.persistent
                AND NOT EXISTS (SELECT 1 FROM platform.tag_links k WHERE k.tenant_id = $1 AND k.tag_id = $2)
              RETURNING t.id"""
    return await conn.fetchval(sql, tenant_id, tag_id) is not None


async def list_tag_ids(conn: Connection, tenant_id: UUID, entity: str, entity_id: UUID) -> list[UUID]:
    rows = await conn.fetch(
        "SELECT tag_id FROM platform.tag_links WHERE tenant_id = $1 AND entity_type = $2 AND entity_id = $3",
        tenant_id,
        entity,
        entity_id,
    )
    return [row["tag_id"] for row in rows]


async def list_tags_of(
    conn: Connection, tenant_id: UUID, entity: str, entity_id: UUID, languages: list[str]
) -> list[Tag5]:
    """An entity's tags, newest link first."""
    sql = f"""SELECT {DETAIL} FROM platform.tag_links n
                JOIN platform.tags t ON t.tenant_id = n.tenant_id AND t.id = n.tag_id
                {localised("tag", "t", "$4")}
               WHERE n.tenant_id = $1 AND n.entity_type = $2 AND n.entity_id = $3 ORDER BY n.created_at DESC, n.id DESC"""
    return await fetch_all(conn, Tag5, sql, tenant_id, entity, entity_id, languages)


async def tag_exists(conn: Connection, tenant_id: UUID, tag_id: UUID) -> bool:
    sql = "SELECT EXISTS (SELECT 1 FROM platform.tags WHERE tenant_id = $1 AND id = $2)"
    return bool(await conn.fetchval(sql, tenant_id, tag_id))


class NamedTag(TagKey, frozen=True):
    """A tag of a name, and whether the entity at hand carries it."""

    linked: bool
    persistent: bool


async def find_by_names(
    conn: Connection, tenant_id: UUID, names: list[str], entity: str, entity_id: UUID | None
) -> list[NamedTag]:
    """Tags of these names: the one that the entity carries first, then curated ones, then the oldest."""
    sql = """SELECT t.id, t.name, k.tag_id IS NOT NULL AS linked, t.persistent FROM platform.tags t
               LEFT JOIN platform.tag_links k ON k.tenant_id = t.tenant_id AND k.tag_id = t.id
                AND k.entity_type = $3 AND k.entity_id = $4::uuid
              WHERE t.tenant_id = $1 AND t.name = ANY ($2)
              ORDER BY linked DESC, t.persistent DESC, t.created_at, t.id"""
    return await fetch_all(conn, NamedTag, sql, tenant_id, names, entity, entity_id)
