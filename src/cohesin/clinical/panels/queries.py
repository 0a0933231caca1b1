"""SQL of gene panels."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from cohesin.clinical.panels.entity import Panel, PanelTexts
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one

COLUMNS = "id, number, name, description, methodology, limitations, fda_disclosure, test_code, version"


async def list_panels(
    conn: Connection, tenant_id: UUID, name: str | None, description: str | None, test_code: str | None
) -> list[Panel]:
    sql = f"""SELECT {COLUMNS} FROM clinical.gene_panels
               WHERE tenant_id = $1
                 AND ($2::text IS NULL OR name ILIKE '%' || kernel.like_literal($2) || '%')
                 AND ($3::text IS NULL OR description ILIKE '%' || kernel.like_literal($3) || '%')
                 AND ($4::text IS NULL OR test_code = $4)
               ORDER BY number"""
    return await fetch_all(conn, Panel, sql, tenant_id, name, description, test_code)


async def find_panel(conn: Connection, tenant_id: UUID, number: int) -> Panel | None:
    sql = f"SELECT {COLUMNS} FROM clinical.gene_panels WHERE tenant_id = $1 AND number = $2"
    return await find_one(conn, Panel, sql, tenant_id, number)


async def find_panel_by_id(conn: Connection, tenant_id: UUID, panel_id: UUID) -> Panel | None:
    sql = f"SELECT {COLUMNS} FROM clinical.gene_panels WHERE tenant_id = $1 AND id = $2"
    return await find_one(conn, Panel, sql, tenant_id, panel_id)


async def insert_panel(
    conn: Connection,
    tenant_id: UUID,
    panel_id: UUID,
    texts: PanelTexts,
    created_by: UUID | None,
    now: datetime,
) -> Panel:
    sql = f"""INSERT INTO clinical.gene_panels (tenant_id, id, name, description, methodology, limitations,
                                                fda_disclosure, test_code, created_by, created_at)
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING {COLUMNS}"""
    return await fetch_one(
        conn, Panel, sql, tenant_id, panel_id, texts.name, texts.description, texts.methodology, texts.limitations,
        texts.fda_disclosure, texts.test_code, created_by, now,
    )  # fmt: skip


async def update_panel(conn: Connection, tenant_id: UUID, panel_id: UUID, texts: PanelTexts) -> Panel:
    sql = f"""UPDATE clinical.gene_panels
                 SET name = coalesce($3, name), description = coalesce($4, description),
                     methodology = coalesce($5, methodology), limitations = coalesce($6, limitations),
                     fda_disclosure = coalesce($7, fda_disclosure), test_code = coalesce($8, test_code)
               WHERE tenant_id = $1 AND id = $2 RETURNING {COLUMNS}"""
    return await fetch_one(
        conn, Panel, sql, tenant_id, panel_id, texts.name, texts.description, texts.methodology, texts.limitations,
        texts.fda_disclosure, texts.test_code,
    )  # fmt: skip


async def list_genes(conn: Connection, tenant_id: UUID, panel_id: UUID) -> list[str]:
    sql = 'SELECT symbol FROM clinical.panel_genes WHERE tenant_id = $1 AND panel_id = $2 ORDER BY symbol COLLATE "C"'
    return [row["symbol"] for row in await conn.fetch(sql, tenant_id, panel_id)]


async def insert_genes(conn: Connection, tenant_id: UUID, panel_id: UUID, symbols: list[str]) -> set[str]:
    """The symbols that were not in the panel before. A change moves the panel's version."""
    sql = """INSERT INTO clinical.panel_genes (tenant_id, panel_id, symbol)
             SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING RETURNING symbol"""
    new = {row["symbol"] for row in await conn.fetch(sql, tenant_id, panel_id, symbols)}
    if new:
        await conn.execute(
            "UPDATE clinical.gene_panels SET version = version + 1 WHERE tenant_id = $1 AND id = $2",
            tenant_id,
            panel_id,
        )
    return new
