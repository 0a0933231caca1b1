"""Every statement about the tree of categories."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.abilities.categories.queries import LINK, SUMMARY
from cohesin.abilities.categories.schemas import Category, Category3, Entity2
from cohesin.abilities.translations import localised, translations_of
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, find_one
from cohesin.kernel.listing import Listing

SOURCE: Final = f"platform.categories c {localised('category', 'c', '$2')}"
DETAIL: Final = f"{SUMMARY}, {translations_of('category', 'c')} AS translations_i18n"
SEARCHED: Final = """unaccent(lower(concat_ws(' ', c.key, c.name, c.description,
    (SELECT string_agg(concat_ws(' ', x.name, x.description), ' ') FROM platform.translations x
      WHERE x.tenant_id = c.tenant_id AND x.entity_type = 'category' AND x.entity_id = c.id))))"""
CATEGORIES: Final = Listing(
    Category,
    select=SUMMARY,
    source=SOURCE,
    filters={
        "search": f"{SEARCHED} LIKE ALL (kernel.search_patterns({{}}))",
        "parent_id": "c.parent_id = {}",
        "filter_id": "c.filter_id = {}",
        "level": "c.level = {}",
    },
    default_order="c.created_at DESC",
    tie="c.id DESC",
)


class Place(msgspec.Struct, frozen=True):
    """Where a category stands in the tree, and its base language."""

    parent_id: UUID | None
    level: int
    language: str


async def lock_tree(conn: Connection, tenant_id: UUID) -> None:
    """Changes of one tenant's tree take turns: no two of them can make a cycle or too deep a branch together."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"categories:{tenant_id}")


async def find_place(
    conn: Connection, tenant_id: UUID, category_id: UUID, *, lock: bool = False
) -> Place | None:
    suffix = " FOR UPDATE" if lock else ""
    sql = (
        f"SELECT parent_id, level, language FROM platform.categories WHERE tenant_id = $1 AND id = $2{suffix}"
    )
    return await find_one(conn, Place, sql, tenant_id, category_id)


async def find_category(conn: Connection, tenant_id: UUID, category_id: UUID) -> Category3 | None:
    """A category in its base language."""
    sql = f"SELECT {DETAIL} FROM {SOURCE} WHERE c.tenant_id = $1 AND c.id = $3"
    return await find_one(conn, Category3, sql, tenant_id, [], category_id)


async def list_branch(
    conn: Connection, tenant_id: UUID, languages: list[str], root_id: UUID | None, filter_id: str | None
) -> list[Category3]:
    """The whole tree, or what is at and under a root, by name."""
    sql = f"""WITH RECURSIVE branch AS (
          SELECT r.id FROM platform.categories r
           WHERE r.tenant_id = $1 AND CASE WHEN $3::uuid IS NULL THEN r.parent_id IS NULL ELSE r.id = $3 END
          UNION ALL
          SELECT d.id FROM platform.categories d JOIN branch b ON d.parent_id = b.id WHERE d.tenant_id = $1)
        SELECT {DETAIL} FROM {SOURCE}
         WHERE c.tenant_id = $1 AND c.id IN (SELECT id FROM branch) AND ($4::text IS NULL OR c.filter_id = $4)
         ORDER BY lower(coalesce(l.name, c.name)), c.id"""
    return await fetch_all(conn, Category3, sql, tenant_id, languages, root_id, filter_id)


async def insert_category(
    conn: Connection, tenant_id: UUID, category_id: UUID, columns: dict[str, Any], now: datetime
) -> str:
    """Store a category; names of columns come from the service only. Answers its language."""
    values = ", ".join(
        f"coalesce(${place}, platform.default_language($1))" if name == "language" else f"${place}"
        for place, name in enumerate(columns, start=4)
    )
    sql = f"""INSERT INTO platform.categories (tenant_id, id, created_at, updated_at, {", ".join(columns)})
        VALUES ($1, $2, $3, $3, {values}) RETURNING language"""
    return str(await conn.fetchval(sql, tenant_id, category_id, now, *columns.values()))


async def update_category(
    conn: Connection, tenant_id: UUID, category_id: UUID, columns: dict[str, Any], now: datetime
) -> None:
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(columns, start=4))
    sql = f"UPDATE platform.categories SET updated_at = $3{sets} WHERE tenant_id = $1 AND id = $2"
    await conn.execute(sql, tenant_id, category_id, now, *columns.values())


BRANCH: Final = """WITH RECURSIVE branch AS (
      SELECT $2::uuid AS id
      UNION ALL
      SELECT d.id FROM platform.categories d JOIN branch b ON d.parent_id = b.id WHERE d.tenant_id = $1)"""


async def find_depth_under(
    conn: Connection, tenant_id: UUID, category_id: UUID, parent_id: UUID
) -> tuple[bool, int]:
    """Whether `parent_id` is at or under the category, and the level of what is deepest there."""
    row = await conn.fetchrow(
        f"""{BRANCH} SELECT bool_or(c.id = $3) AS inside, max(c.level) AS deepest
              FROM platform.categories c JOIN branch b ON b.id = c.id WHERE c.tenant_id = $1""",
        tenant_id,
        category_id,
        parent_id,
    )
    return bool(row["inside"]), int(row["deepest"])


async def shift_levels(conn: Connection, tenant_id: UUID, category_id: UUID, by: int) -> None:
    """Move a category and all under it up or down in level."""
    await conn.execute(
        f"""{BRANCH} UPDATE platform.categories c SET level = c.level + $3 FROM branch b
             WHERE c.tenant_id = $1 AND c.id = b.id""",
        tenant_id,
        category_id,
        by,
    )


async def has_children(conn: Connection, tenant_id: UUID, category_id: UUID) -> bool:
    sql = "SELECT EXISTS (SELECT 1 FROM platform.categories WHERE tenant_id = $1 AND parent_id = $2)"
    return bool(await conn.fetchval(sql, tenant_id, category_id))


async def is_used(conn: Connection, tenant_id: UUID, category_id: UUID) -> bool:
    sql = "SELECT EXISTS (SELECT 1 FROM platform.category_links WHERE tenant_id = $1 AND category_id = $2)"
    return bool(await conn.fetchval(sql, tenant_id, category_id))


async def relink(conn: Connection, tenant_id: UUID, category_id: UUID, replacement_id: UUID) -> int:
    """Give the replacement to everything in the category; answers how many got it that did not have it."""
    moved: int = await conn.fetchval(
        """WITH moved AS (
             UPDATE platform.category_links k SET category_id = $3 WHERE k.tenant_id = $1 AND k.category_id = $2
                AND NOT EXISTS (SELECT 1 FROM platform.category_links o WHERE o.tenant_id = $1 AND o.category_id = $3
                                   AND o.entity_type = k.entity_type AND o.entity_id = k.entity_id)
             RETURNING 1)
           SELECT count(*) FROM moved""",
        tenant_id,
        category_id,
        replacement_id,
    )
    await conn.execute(
        "DELETE FROM platform.category_links WHERE tenant_id = $1 AND category_id = $2",
        tenant_id,
        category_id,
    )
    return moved


async def delete_category(conn: Connection, tenant_id: UUID, category_id: UUID) -> None:
    await conn.execute(
        "DELETE FROM platform.categories WHERE tenant_id = $1 AND id = $2", tenant_id, category_id
    )


async def list_links(
    conn: Connection, tenant_id: UUID, category_id: UUID, entity_type: str | None
) -> list[Entity2]:
    """What is in a category, newest link first."""
    sql = f"""SELECT {LINK} FROM platform.category_links k WHERE k.tenant_id = $1 AND k.category_id = $2
                 AND ($3::text IS NULL OR k.entity_type = $3) ORDER BY k.created_at DESC, k.id DESC"""
    return await fetch_all(conn, Entity2, sql, tenant_id, category_id, entity_type)


async def list_details(conn: Connection, tenant_id: UUID, limit: int, offset: int) -> list[Category3]:
    """Categories in their base language, parents before those under them."""
    sql = f"""SELECT {DETAIL} FROM {SOURCE} WHERE c.tenant_id = $1
              ORDER BY c.level, c.created_at, c.id LIMIT $3 OFFSET $4"""
    return await fetch_all(conn, Category3, sql, tenant_id, [], limit, offset)


async def find_id_by_key(conn: Connection, tenant_id: UUID, parent_id: UUID | None, key: str) -> UUID | None:
    """The category of a key among the siblings under a parent, or at the root."""
    found: UUID | None = await conn.fetchval(
        """SELECT id FROM platform.categories
            WHERE tenant_id = $1 AND parent_id IS NOT DISTINCT FROM $2::uuid AND key = $3""",
        tenant_id,
        parent_id,
        key,
    )
    return found
