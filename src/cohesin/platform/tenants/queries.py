"""Every statement about tenants."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.listing import Listing, search_in
from cohesin.platform.tenants.schemas import LifecycleStep, Tenant

COLUMNS: Final = """t.id, t.name, t.slug, t.domain::text AS domain, t.status, t.description, t.type, t.contact_email,
    t.contact_phone, t.settings, t.default_language, t.additional_languages, t.created_at, t.updated_at"""

TENANTS: Final = Listing(
    Tenant,
    select=COLUMNS,
    source="platform.tenants t",
    filters={"search": search_in("t.name", "t.domain"), "status": "t.status = {}", "type": "t.type = {}"},
    sorts={
        "name": "t.name",
        "created_at": "t.created_at",
        "updated_at": "t.updated_at",
        "status": "t.status",
    },
    default_order="t.created_at DESC",
    tie="t.id",
)
NOT_DELETED: Final = "t.deleted_at IS NULL"


async def find_tenant(conn: Connection, tenant_id: UUID, *, lock: bool = False) -> Tenant | None:
    """A tenant that is not deleted; `lock` keeps others from changing it meanwhile."""
    suffix = " FOR UPDATE" if lock else ""
    sql = f"SELECT {COLUMNS} FROM platform.tenants t WHERE t.id = $1 AND {NOT_DELETED}{suffix}"
    return await find_one(conn, Tenant, sql, tenant_id)


async def lock_slug(conn: Connection, slug: str) -> None:
    """Two tenants of one name are founded one after the other, so that the second sees the slug of the first."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"slug:{slug}")


async def slug_taken(conn: Connection, slug: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT EXISTS (SELECT 1 FROM platform.tenants WHERE slug = $1 AND deleted_at IS NULL)", slug
        )
    )


async def insert_tenant(conn: Connection, tenant: Tenant) -> Tenant:
    sql = f"""
        WITH t AS (
          INSERT INTO platform.tenants (id, name, slug, domain, status, type, description, contact_email,
            contact_phone, settings, default_language, additional_languages, created_at, updated_at)
          VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) RETURNING *)
        SELECT {COLUMNS} FROM t"""
    return await fetch_one(
        conn,
        Tenant,
        sql,
        tenant.id,
        tenant.name,
        tenant.slug,
        tenant.domain,
        tenant.status,
        tenant.type,
        tenant.description,
        tenant.contact_email,
        tenant.contact_phone,
        tenant.settings,
        tenant.default_language,
        tenant.additional_languages,
        tenant.created_at,
    )


async def update_tenant(conn: Connection, tenant_id: UUID, changes: dict[str, Any], now: Any) -> Tenant:
    """Set the named columns; names come from the request model only."""
    names = list(changes)
    sets = ", ".join(f"{name} = ${place}" for place, name in enumerate(names, start=3))
    sql = f"""
        WITH t AS (UPDATE platform.tenants SET updated_at = $2{", " + sets if sets else ""} WHERE id = $1 RETURNING *)
        SELECT {COLUMNS} FROM t"""
    return await fetch_one(conn, Tenant, sql, tenant_id, now, *changes.values())


async def mark_deleted(conn: Connection, tenant_id: UUID, now: Any) -> None:
    await conn.execute(
        "UPDATE platform.tenants SET deleted_at = $2, updated_at = $2, status = 'retired' WHERE id = $1",
        tenant_id,
        now,
    )


async def insert_step(conn: Connection, step_id: UUID, step: LifecycleStep) -> None:
    await conn.execute(
        """INSERT INTO platform.tenant_lifecycle (id, tenant_id, from_status, to_status, from_type, to_type, action,
             reason, performed_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)""",
        step_id,
        step.tenantId,
        step.from_status,
        step.to_status,
        step.from_type,
        step.to_type,
        step.action,
        step.reason,
        step.performed_by,
        step.created_at,
    )


async def list_steps(conn: Connection, tenant_id: UUID) -> list[LifecycleStep]:
    """A tenant's steps, newest first."""
    sql = """SELECT tenant_id AS "tenantId", from_status, to_status, from_type, to_type, action, reason, performed_by,
                    created_at FROM platform.tenant_lifecycle WHERE tenant_id = $1 ORDER BY created_at DESC, id DESC"""
    return await fetch_all(conn, LifecycleStep, sql, tenant_id)
