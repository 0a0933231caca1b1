"""Every statement about the panel catalogue, which is the same for every tenant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.http.answers import Page, page_of
from cohesin.lab.listing import Found, Window, fetch_found
from cohesin.lab.panels.schemas import CreatePanelRequest, LabPanel, PanelKind, PanelListQuery

# A bundle's markers are those of its parts.
COLUMNS: Final = """p.id, p.number, p.kind, p.sku, p.name, p.description, p.is_license_required, p.phenotype_groups,
    CASE WHEN p.kind = 'multi_trait' THEN ARRAY(
        SELECT marker FROM lab.panel_parts pp JOIN lab.panels part ON part.id = pp.panel_id,
               unnest(part.snps) WITH ORDINALITY AS listed (marker, at)
         WHERE pp.bundle_id = p.id GROUP BY marker ORDER BY min(pp.place), min(at)) ELSE p.snps END AS snps,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('number', part.number, 'sku', part.sku) ORDER BY pp.place), '[]')
       FROM lab.panel_parts pp JOIN lab.panels part ON part.id = pp.panel_id WHERE pp.bundle_id = p.id) AS parts,
    p.created_at, p.updated_at"""


def _panel(record: Any) -> LabPanel:
    return msgspec.convert(dict(record), LabPanel)


async def list_panels(conn: Connection, kind: PanelKind, window: Window) -> Found[LabPanel]:
    found = await fetch_found(
        conn, dict, COLUMNS, "lab.panels p", ["p.kind = $1"], [kind], "p.number", window
    )
    return Found([_panel(item) for item in found.items], found.total)


async def page_panels(conn: Connection, query: PanelListQuery) -> Page[LabPanel]:
    where = [
        "($1::text IS NULL OR p.kind = $1)",
        "($2::text IS NULL OR p.name || ' ' || p.sku ILIKE '%' || kernel.like_literal($2) || '%')",
    ]
    found = await fetch_found(
        conn, dict, COLUMNS, "lab.panels p", where, [query.kind, query.search], "p.number",
        Window(query.limit, query.offset),
    )  # fmt: skip
    return page_of([_panel(item) for item in found.items], found.total, query.limit, query.offset)


async def find_by_skus(conn: Connection, skus: Sequence[str]) -> dict[str, LabPanel]:
    """Panels by their sku in lower case."""
    sql = f"SELECT {COLUMNS} FROM lab.panels p WHERE lower(p.sku) = ANY($1)"
    records = await conn.fetch(sql, [sku.lower() for sku in skus])
    return {record["sku"].lower(): _panel(record) for record in records}


async def find_panel(conn: Connection, panel_id: UUID) -> LabPanel | None:
    record = await conn.fetchrow(f"SELECT {COLUMNS} FROM lab.panels p WHERE p.id = $1", panel_id)
    return None if record is None else _panel(record)


async def insert_panel(conn: Connection, panel_id: UUID, request: CreatePanelRequest) -> None:
    await conn.execute(
        """INSERT INTO lab.panels (id, kind, sku, name, description, is_license_required, phenotype_groups, snps)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        panel_id, request.kind, request.sku, request.name, request.description, request.is_license_required,
        request.phenotype_groups, request.snps,
    )  # fmt: skip


async def insert_part(conn: Connection, bundle_id: UUID, panel_id: UUID, place: int) -> None:
    sql = "INSERT INTO lab.panel_parts (bundle_id, panel_id, place) VALUES ($1, $2, $3)"
    await conn.execute(sql, bundle_id, panel_id, place)
