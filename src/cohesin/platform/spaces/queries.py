"""Every statement about spaces and their members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.abilities.promotion import active_rank
from cohesin.abilities.translations import localised, translations_of
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.listing import Listing
from cohesin.platform.iam.schemas import ManageableSpace, SpaceMembership
from cohesin.platform.spaces.schemas import Space2, Space3, SpaceMember

# What the caller is to a space. $1 tenant, $2 person, $3 sees all, $4 holds the permission for the action at hand.
# A role in the space decides before any permission does.
STANDING: Final = """platform.spaces s
    LEFT JOIN platform.space_members me ON me.tenant_id = s.tenant_id AND me.space_id = s.id AND me.user_id = $2::uuid
    CROSS JOIN LATERAL (SELECT s.settings->>'visibility' IS DISTINCT FROM 'private' AS shared) v
    CROSS JOIN LATERAL (SELECT $3::boolean OR me.role IS NOT NULL OR v.shared AS visible,
      $3::boolean OR CASE WHEN me.role IS NULL THEN $4::boolean AND v.shared ELSE me.role = 'manager' END AS manageable) may"""
# A space as a reader sees it. $5 languages, $6 and $7 a place to measure from, $8 now.
SEEN: Final = f"""{STANDING}
    {localised("space", "s", "$5")}
    CROSS JOIN LATERAL (SELECT platform.great_circle_metres($6::float8, $7::float8, s.latitude, s.longitude) AS metres) near
    CROSS JOIN LATERAL (SELECT {active_rank("s", "$8")} AS rank) promoted"""
IN_TENANT: Final = "s.tenant_id = $1 AND s.deleted_at IS NULL"

SUMMARY: Final = f"""s.id, s.tenant_id AS "tenantId", coalesce(l.name, s.name) AS name,
    CASE WHEN l.name IS NULL THEN s.description ELSE coalesce(l.description, s.description) END AS description,
    s.language, s.type, s.type_definition_id AS "typeDefinitionId", NULL::text AS "typeName", s.status, may.manageable,
    s.promotion_type AS "promotionType", s.promotion_rank AS "promotionRank",
    s.promotion_start_date AS "promotionStartDate", s.promotion_end_date AS "promotionEndDate",
    s.custom_order AS "customOrder", s.created_by, s.created_at, s.updated_at,
    {translations_of("space", "s")} AS translations_i18n, near.metres AS "distanceMeters", NULL::jsonb AS "mainMedia\""""
DETAIL: Final = f"""{SUMMARY}, s.settings,
    CASE WHEN s.latitude IS NOT NULL
         THEN jsonb_build_object('latitude', s.latitude, 'longitude', s.longitude) END AS "homeLocation",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', c.id, 'key', c.key, 'name', coalesce(l.name, c.name))
                               ORDER BY k.created_at, k.id), '[]')
       FROM platform.category_links k JOIN platform.categories c ON c.tenant_id = k.tenant_id AND c.id = k.category_id
       {localised("category", "c", "$5")}
      WHERE k.tenant_id = s.tenant_id AND k.entity_type = 'space' AND k.entity_id = s.id) AS categories,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('id', k.tag_id, 'name', k.tag_name) ORDER BY k.created_at, k.id), '[]')
       FROM platform.tag_links k
      WHERE k.tenant_id = s.tenant_id AND k.entity_type = 'space' AND k.entity_id = s.id) AS tags,
    coalesce(n.total, 0) AS "totalVisits", n.last_visited_at AS "lastVisitedAt\""""

FILTERS: Final = {
    "search": "s.searchable LIKE ALL (kernel.search_patterns({}))",
    "status": "s.status = {}",
    "type": "s.type = {}",
    "typeDefinitionId": "s.type_definition_id = {}",
    "categoryId": """EXISTS (SELECT 1 FROM platform.category_links k WHERE k.tenant_id = s.tenant_id
        AND k.entity_type = 'space' AND k.entity_id = s.id AND k.category_id = {})""",
    "tagId": """EXISTS (SELECT 1 FROM platform.tag_links k WHERE k.tenant_id = s.tenant_id
        AND k.entity_type = 'space' AND k.entity_id = s.id AND k.tag_id = {})""",
    "tag": """EXISTS (SELECT 1 FROM platform.tag_links k WHERE k.tenant_id = s.tenant_id AND k.entity_type = 'space'
        AND k.entity_id = s.id AND k.tag_name = {})""",
    "manageable": "may.manageable = {}",
    "created_from": "s.created_at >= {}",
    "created_to": "s.created_at <= {}",
    # The band of latitudes is wider than the circle, and an index knows it; a degree is never less than 111 000 m.
    "radiusMeters": """s.latitude BETWEEN $6::float8 - {}::float8 / 111000 AND $6::float8 + {}::float8 / 111000
        AND near.metres <= {}::float8""",
}
NAME_ORDER: Final = "lower(public.unaccent(coalesce(l.name, s.name)))"
SORTS: Final = {
    "name": NAME_ORDER,
    "created_at": "s.created_at",
    "updated_at": "s.updated_at",
    "customOrder": "s.custom_order",
    "status": "s.status",
}


def listing(default_order: str) -> Listing[Space2]:
    return Listing(
        Space2,
        select=SUMMARY,
        source=SEEN,
        filters=FILTERS,
        sorts=SORTS,
        default_order=default_order,
        tie="s.id",
    )


SPACES: Final = listing(f"promoted.rank ASC NULLS LAST, s.custom_order DESC, {NAME_ORDER}")
NEARBY: Final = listing("near.metres, s.custom_order DESC")


class Standing(msgspec.Struct, frozen=True):
    """What the caller may do with a space, and what kind it is."""

    type: str
    role: str | None
    visible: bool
    manageable: bool


async def find_standing(
    conn: Connection, caller: tuple[Any, ...], space_id: UUID, *, lock: bool
) -> Standing | None:
    """`lock` holds the space against deletion and other changes until the unit ends."""
    suffix = " FOR NO KEY UPDATE OF s" if lock else ""
    sql = f"SELECT s.type, me.role, may.visible, may.manageable FROM {STANDING} WHERE {IN_TENANT} AND s.id = $5{suffix}"
    return await find_one(conn, Standing, sql, *caller, space_id)


async def list_visible(conn: Connection, caller: tuple[Any, ...], space_ids: list[UUID]) -> set[UUID]:
    sql = f"SELECT s.id FROM {STANDING} WHERE {IN_TENANT} AND s.id = ANY ($5) AND may.visible"
    return {row["id"] for row in await conn.fetch(sql, *caller, space_ids)}


async def list_own_memberships(
    conn: Connection, tenant_id: UUID, user_id: UUID | None
) -> list[SpaceMembership]:
    """The spaces a person has a role in, by name."""
    sql = f"""SELECT s.id AS space_id, s.name AS space_name, me.role
                FROM platform.space_members me JOIN platform.spaces s ON s.tenant_id = me.tenant_id AND s.id = me.space_id
               WHERE {IN_TENANT} AND me.user_id = $2 ORDER BY lower(public.unaccent(s.name)), s.id"""
    return await fetch_all(conn, SpaceMembership, sql, tenant_id, user_id)


async def list_manageable(conn: Connection, caller: tuple[Any, ...]) -> list[ManageableSpace]:
    """The spaces the caller may write, by name."""
    sql = f"""SELECT s.id, s.name FROM {STANDING} WHERE {IN_TENANT} AND may.manageable
               ORDER BY lower(public.unaccent(s.name)), s.id"""
    return await fetch_all(conn, ManageableSpace, sql, *caller)


async def get_space(conn: Connection, view: tuple[Any, ...], space_id: UUID) -> Space3:
    """A space that is known to be there."""
    sql = f"""SELECT {DETAIL} FROM {SEEN}
                LEFT JOIN platform.visit_counts n ON n.tenant_id = s.tenant_id AND n.entity_type = 'space' AND n.entity_id = s.id
               WHERE {IN_TENANT} AND s.id = $9"""
    return await fetch_one(conn, Space3, sql, *view, space_id)


async def list_details(conn: Connection, view: tuple[Any, ...], limit: int, offset: int) -> list[Space3]:
    """The spaces the caller may see, oldest first."""
    sql = f"""SELECT {DETAIL} FROM {SEEN}
                LEFT JOIN platform.visit_counts n ON n.tenant_id = s.tenant_id AND n.entity_type = 'space' AND n.entity_id = s.id
               WHERE {IN_TENANT} AND may.visible ORDER BY s.created_at, s.id LIMIT $9 OFFSET $10"""
    return await fetch_all(conn, Space3, sql, *view, limit, offset)


async def insert_space(
    conn: Connection, tenant_id: UUID, space_id: UUID, columns: dict[str, Any], now: datetime
) -> str:
    """Store a space; names of columns come from the service only. Answers its language: the tenant's, where none is given."""
    names = ", ".join(columns)
    values = ", ".join(
        f"coalesce(${place}, platform.default_language($1))" if name == "language" else f"${place}"
        for place, name in enumerate(columns, start=4)
    )
    sql = f"""INSERT INTO platform.spaces (tenant_id, id, created_at, updated_at, {names})
        VALUES ($1, $2, $3, $3, {values}) RETURNING language"""
    return str(await conn.fetchval(sql, tenant_id, space_id, now, *columns.values()))


async def update_space(
    conn: Connection, tenant_id: UUID, space_id: UUID, columns: dict[str, Any], now: datetime
) -> None:
    """Set the named columns; their names come from the service only."""
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(columns, start=4))
    sql = f"UPDATE platform.spaces SET updated_at = $3{sets} WHERE tenant_id = $1 AND id = $2"
    await conn.execute(sql, tenant_id, space_id, now, *columns.values())


async def refresh_searchable(conn: Connection, tenant_id: UUID, space_id: UUID) -> None:
    """Gather the words that search looks in."""
    await conn.execute(
        """UPDATE platform.spaces s SET searchable = public.unaccent(lower(concat_ws(' ', s.name, s.description,
             (SELECT string_agg(concat_ws(' ', x.name, x.description), ' ' ORDER BY x.locale) FROM platform.translations x
               WHERE x.tenant_id = $1 AND x.entity_type = 'space' AND x.entity_id = $2))))
            WHERE s.tenant_id = $1 AND s.id = $2""",
        tenant_id,
        space_id,
    )


MEMBER: Final = "m.id, m.space_id, m.user_id, m.role, m.created_at"


async def list_members(conn: Connection, tenant_id: UUID, space_id: UUID) -> list[SpaceMember]:
    """A space's members, newest first."""
    sql = f"""SELECT {MEMBER} FROM platform.space_members m WHERE m.tenant_id = $1 AND m.space_id = $2
              ORDER BY m.created_at DESC, m.id DESC"""
    return await fetch_all(conn, SpaceMember, sql, tenant_id, space_id)


async def put_member(conn: Connection, tenant_id: UUID, member: SpaceMember) -> SpaceMember:
    """Add a member, or give a present one the new role."""
    sql = f"""INSERT INTO platform.space_members AS m (tenant_id, space_id, user_id, id, role, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (tenant_id, space_id, user_id) DO UPDATE SET role = EXCLUDED.role RETURNING {MEMBER}"""
    return await fetch_one(
        conn,
        SpaceMember,
        sql,
        tenant_id,
        member.space_id,
        member.user_id,
        member.id,
        member.role,
        member.created_at,
    )


async def delete_member(conn: Connection, tenant_id: UUID, space_id: UUID, user_id: UUID) -> str | None:
    """The role that ended, if the person had one."""
    role: str | None = await conn.fetchval(
        "DELETE FROM platform.space_members WHERE tenant_id = $1 AND space_id = $2 AND user_id = $3 RETURNING role",
        tenant_id,
        space_id,
        user_id,
    )
    return role


async def delete_members(conn: Connection, tenant_id: UUID, space_id: UUID) -> None:
    await conn.execute(
        "DELETE FROM platform.space_members WHERE tenant_id = $1 AND space_id = $2", tenant_id, space_id
    )


async def names_of(conn: Connection, tenant_id: UUID, space_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Names of spaces by id, deleted ones included."""
    rows = await conn.fetch(
        "SELECT id, name FROM platform.spaces WHERE tenant_id = $1 AND id = ANY($2)", tenant_id, space_ids
    )
    # asyncpg's UUID is a subclass of its own; a plain one is found by either.
    return {UUID(int=row["id"].int): row["name"] for row in rows}
