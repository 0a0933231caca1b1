"""SQL of a report's variants, their notes and their history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.clinical.reports.entity import Change, Note, ReportVariant, StructuralVariant, VariantFilters
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, find_one

COLUMNS: Final = """id, number, report_id, contig, position, end_position, ref, alt, gene, rsid, zygosity, quality, filter,
  consequence, impact, transcript, hgvs_c, hgvs_p, hgvs_g, frequency, inheritance, rank, score, proposed_class,
  status, to_report, classification, interpretation"""
STRUCTURAL: Final = """id, number, contig, position, end_position, sv_type, length, genes, zygosity, ref, alt, status,
  to_report"""
_ORDERS: Final = {
    "number": "number",
    "rank": "rank, number",
    "place": "contig_order, position, ref, alt, number",
}
_MATCH: Final = """
 WHERE tenant_id = $1 AND report_id = $2
   AND (cardinality($3::text[]) = 0 OR status = ANY($3))
   AND (cardinality($4::text[]) = 0 OR to_report = ANY($4))
   AND ($5::text IS NULL OR contig = $5)
   AND ($6::integer IS NULL OR end_position >= $6)
   AND ($7::integer IS NULL OR position <= $7)
   AND ($8::text IS NULL OR alt = $8)
"""
_MATCH_MORE: Final = """
   AND ($9::text IS NULL OR gene = $9)
   AND ($10::text IS NULL OR classification = $10)
"""


def _values(tenant_id: UUID, report_id: UUID, filters: VariantFilters) -> tuple[Any, ...]:
    return (
        tenant_id, report_id, list(filters.statuses), list(filters.to_report), filters.contig, filters.start,
        filters.end, filters.alt,
    )  # fmt: skip


async def list_variants(
    conn: Connection, tenant_id: UUID, report_id: UUID, filters: VariantFilters, *, evidence: bool = False
) -> tuple[list[ReportVariant], int]:
    """A page of variants and how many match. Without `evidence` only `clinvar` is there of it."""
    values = (*_values(tenant_id, report_id, filters), filters.gene, filters.class_name)
    more = "evidence" if evidence else "jsonb_build_object('clinvar', evidence -> 'clinvar') AS evidence"
    sql = f"""SELECT {COLUMNS}, {more} FROM clinical.report_variants {_MATCH} {_MATCH_MORE}
              ORDER BY {_ORDERS[filters.sort]} LIMIT $11 OFFSET $12"""
    found = await fetch_all(conn, ReportVariant, sql, *values, filters.limit, filters.offset)
    if filters.limit is None and not filters.offset:
        return found, len(found)
    count = f"SELECT count(*) FROM clinical.report_variants {_MATCH} {_MATCH_MORE}"
    return found, await conn.fetchval(count, *values)


async def find_variant(
    conn: Connection, tenant_id: UUID, report_id: UUID, number: int
) -> ReportVariant | None:
    sql = f"""SELECT {COLUMNS}, evidence FROM clinical.report_variants
               WHERE tenant_id = $1 AND report_id = $2 AND number = $3"""
    return await find_one(conn, ReportVariant, sql, tenant_id, report_id, number)


async def list_structural(
    conn: Connection, tenant_id: UUID, report_id: UUID, filters: VariantFilters
) -> list[StructuralVariant]:
    match = _MATCH.replace("AND ($8::text IS NULL OR alt = $8)", "AND $8::text IS NULL")
    order = "contig_order, position, number" if filters.sort == "place" else "number"
    sql = f"SELECT {STRUCTURAL} FROM clinical.structural_variants {match} ORDER BY {order}"
    return await fetch_all(conn, StructuralVariant, sql, *_values(tenant_id, report_id, filters)[:7], None)


async def notes_of(conn: Connection, tenant_id: UUID, report_id: UUID) -> dict[UUID, list[Note]]:
    """Notes by variant, newest last."""
    sql = """SELECT n.number, n.variant_id, n.note, n.created_by, n.created_at
               FROM clinical.variant_notes n
               JOIN clinical.report_variants v ON v.tenant_id = n.tenant_id AND v.id = n.variant_id
              WHERE n.tenant_id = $1 AND v.report_id = $2 ORDER BY n.number"""
    found: dict[UUID, list[Note]] = defaultdict(list)
    for note in await fetch_all(conn, Note, sql, tenant_id, report_id):
        found[note.variant_id].append(note)
    return found


async def insert_note(
    conn: Connection,
    tenant_id: UUID,
    note_id: UUID,
    variant_id: UUID,
    note: str,
    actor: UUID | None,
    now: datetime,
) -> Note | None:
    sql = """INSERT INTO clinical.variant_notes (tenant_id, id, variant_id, note, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING number, variant_id, note, created_by, created_at"""
    return await find_one(conn, Note, sql, tenant_id, note_id, variant_id, note, actor, now)


async def changes_of(conn: Connection, tenant_id: UUID, report_id: UUID) -> dict[UUID, list[Change]]:
    """History by variant, oldest first."""
    sql = """SELECT c.variant_id, c.field, c.old_value, c.new_value, c.changed_by, c.changed_at
               FROM clinical.variant_changes c
               JOIN clinical.report_variants v ON v.tenant_id = c.tenant_id AND v.id = c.variant_id
              WHERE c.tenant_id = $1 AND v.report_id = $2 ORDER BY c.number"""
    found: dict[UUID, list[Change]] = defaultdict(list)
    for change in await fetch_all(conn, Change, sql, tenant_id, report_id):
        found[change.variant_id].append(change)
    return found


async def update_variant(
    conn: Connection, tenant_id: UUID, before: ReportVariant, after: ReportVariant
) -> None:
    await conn.execute(
        """UPDATE clinical.report_variants SET status = $3, to_report = $4, classification = $5, interpretation = $6
            WHERE tenant_id = $1 AND id = $2""",
        tenant_id, before.id, after.status, after.to_report, after.classification, after.interpretation,
    )  # fmt: skip


async def insert_changes(
    conn: Connection, tenant_id: UUID, rows: Sequence[tuple[UUID, str, str | None, str | None]], actor: UUID | None,
    now: datetime,
) -> None:  # fmt: skip
    await conn.executemany(
        """INSERT INTO clinical.variant_changes (tenant_id, variant_id, field, old_value, new_value, changed_by, changed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        [(tenant_id, *row, actor, now) for row in rows],
    )
