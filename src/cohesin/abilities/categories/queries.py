"""Every statement about categories on entities."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cohesin.abilities.categories.schemas import Category, Entity2
from cohesin.abilities.translations import localised
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one

#: Select a category from `platform.categories c`, with the localised text joined as `l`.
SUMMARY: Final = """c.id, c.tenant_id AS "tenantId", c.parent_id, c.key, c.filter_id, c.level,
    coalesce(l.name, c.name) AS name, CASE WHEN l.name IS NULL THEN c.description ELSE coalesce(l.description, c.description)
    END AS description, c.language,
    (SELECT count(*) FROM platform.category_links k WHERE k.tenant_id = c.tenant_id AND k.category_id = c.id) AS usage_count,
    c.created_by, c.created_at, c.updated_at"""
LINK: Final = (
    'k.id, k.tenant_id AS "tenantId", k.category_id, k.entity_type, k.entity_id, k.created_by, k.created_at'
)


async def insert_link(
    conn: Connection,
    tenant_id: UUID,
    entity: str,
    entity_id: UUID,
    category_id: UUID,
    link_id: UUID,
    person: UUID | None,
    now: datetime,
) -> Entity2:
    sql = f"""INSERT INTO platform.category_links AS k (tenant_id, entity_type, entity_id, category_id, id, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {LINK}"""
    return await fetch_one(
        conn, Entity2, sql, tenant_id, entity, entity_id, category_id, link_id, person, now
    )


async def delete_link(
    conn: Connection, tenant_id: UUID, entity: str, entity_id: UUID, category_id: UUID
) -> bool:
    """Whether there was one."""
    sql = """DELETE FROM platform.category_links
              WHERE tenant_id = $1 AND entity_type = $2 AND entity_id = $3 AND category_id = $4 RETURNING category_id"""
    return await conn.fetchval(sql, tenant_id, entity, entity_id, category_id) is not None


async def list_category_ids(conn: Connection, tenant_id: UUID, entity: str, entity_id: UUID) -> list[UUID]:
    rows = await conn.fetch(
        "SELECT category_id FROM platform.category_links WHERE tenant_id = $1 AND entity_type = $2 AND entity_id = $3",
        tenant_id,
        entity,
        entity_id,
    )
    return [row["category_id"] for row in rows]


async def list_categories_of(
    conn: Connection, tenant_id: UUID, entity: str, entity_id: UUID, languages: list[str]
) -> list[Category]:
    """An entity's categories, newest link first."""
    sql = f"""SELECT {SUMMARY} FROM platform.category_links n
                JOIN platform.categories c ON c.tenant_id = n.tenant_id AND c.id = n.category_id
                {localised("category", "c", "$4")}
               WHERE n.tenant_id = $1 AND n.entity_type = $2 AND n.entity_id = $3 ORDER BY n.created_at DESC, n.id DESC"""
    return await fetch_all(conn, Category, sql, tenant_id, entity, entity_id, languages)


async def known_categories(conn: Connection, tenant_id: UUID, category_ids: list[UUID]) -> set[UUID]:
    """Those of the categories that the tenant has; they cannot be deleted before the unit ends."""
    rows = await conn.fetch(
        "SELECT id FROM platform.categories WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id FOR KEY SHARE",
        tenant_id,
        category_ids,
    )
    return {row["id"] for row in rows}


class CategoryWords(msgspec.Struct, frozen=True):
    """What a category can be called."""

    id: UUID
    key: str
    name: str


async def find_by_words(conn: Connection, tenant_id: UUID, words: list[str]) -> list[CategoryWords]:
    """Categories whose id, key or name (in whatever case) is one of the words."""
    sql = """SELECT id, key, name FROM platform.categories WHERE tenant_id = $1
                AND (id::text = ANY ($2) OR key = ANY ($2) OR lower(name) = ANY ($3)) ORDER BY level, created_at, id"""
    return await fetch_all(conn, CategoryWords, sql, tenant_id, words, [word.lower() for word in words])


async def list_repeated_keys(conn: Connection, tenant_id: UUID) -> set[str]:
    """Keys that more than one category of the tenant has, under different parents."""
    rows = await conn.fetch(
        "SELECT key FROM platform.categories WHERE tenant_id = $1 GROUP BY key HAVING count(*) > 1", tenant_id
    )
    return {row["key"] for row in rows}
