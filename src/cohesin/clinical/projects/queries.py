"""SQL of projects."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from cohesin.clinical.projects.entity import Project
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one

COLUMNS = "id, number, name, description, share_role, created_at"


async def list_projects(conn: Connection, tenant_id: UUID) -> list[Project]:
    sql = f"SELECT {COLUMNS} FROM clinical.projects WHERE tenant_id = $1 ORDER BY number"
    return await fetch_all(conn, Project, sql, tenant_id)


async def find_project(conn: Connection, tenant_id: UUID, number: int) -> Project | None:
    sql = f"SELECT {COLUMNS} FROM clinical.projects WHERE tenant_id = $1 AND number = $2"
    return await find_one(conn, Project, sql, tenant_id, number)


async def insert_project(
    conn: Connection,
    tenant_id: UUID,
    project_id: UUID,
    name: str,
    description: str,
    share_role: str,
    created_by: UUID | None,
    now: datetime,
) -> Project:
    sql = f"""INSERT INTO clinical.projects (tenant_id, id, name, description, share_role, created_by, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING {COLUMNS}"""
    return await fetch_one(
        conn, Project, sql, tenant_id, project_id, name, description, share_role, created_by, now
    )
