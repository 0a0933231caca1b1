"""SQL of a report's run: waiting, processing, its outcome."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from cohesin.kernel.db.pool import Connection
from cohesin.kernel.ids import new_id


async def lock_waiting(conn: Connection, tenant_id: UUID, genome_id: UUID) -> list[UUID]:
    """Reports that wait and use the genome, held until the transaction ends.

    Two genomes of one report that finish at once meet here: the second sees what the first committed.
    """
    rows = await conn.fetch(
        """SELECT r.id FROM clinical.reports r
            WHERE r.tenant_id = $1 AND r.status IN ('WAITING', 'WAITING FOR SAMPLE')
              AND EXISTS (SELECT 1 FROM clinical.report_members m
                           WHERE m.tenant_id = r.tenant_id AND m.report_id = r.id AND m.genome_id = $2)
            ORDER BY r.id FOR UPDATE""",
        tenant_id, genome_id,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def is_ready(conn: Connection, tenant_id: UUID, report_id: UUID) -> bool:
    """Whether a waiting report has all its genomes annotated."""
    return await conn.fetchval(  # type: ignore[no-any-return]
        """SELECT r.status = 'WAITING' AND NOT EXISTS (
               SELECT 1 FROM clinical.report_members m JOIN clinical.genomes g
                   ON g.tenant_id = m.tenant_id AND g.id = m.genome_id
                WHERE m.tenant_id = r.tenant_id AND m.report_id = r.id AND g.status <> 'ANNOTATED')
             FROM clinical.reports r WHERE r.tenant_id = $1 AND r.id = $2""",
        tenant_id, report_id,
    )  # fmt: skip


async def fail_report(conn: Connection, tenant_id: UUID, report_id: UUID, reason: str) -> bool:
    done = await conn.execute(
        """UPDATE clinical.reports SET status = 'FAILED', failure_reason = $3, revision = revision + 1
            WHERE tenant_id = $1 AND id = $2 AND status IN ('WAITING FOR SAMPLE', 'WAITING', 'PROCESSING')""",
        tenant_id, report_id, reason,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def claim_report(conn: Connection, tenant_id: UUID, report_id: UUID) -> bool:
    """Begin (or, after a lost worker, begin again) a report's run."""
    done = await conn.execute(
        """UPDATE clinical.reports SET status = 'PROCESSING'
            WHERE tenant_id = $1 AND id = $2 AND status IN ('WAITING', 'PROCESSING')""",
        tenant_id, report_id,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def genome_files(conn: Connection, tenant_id: UUID, report_id: UUID) -> list[dict[str, Any]]:
    """Slot, keys and sex of each person's genome."""
    rows = await conn.fetch(
        """SELECT m.slot, m.sex, m.affected, m.relationship, g.sex AS genome_sex, g.assembly, g.variants_key,
                  g.annotation_key
             FROM clinical.report_members m
             JOIN clinical.genomes g ON g.tenant_id = m.tenant_id AND g.id = m.genome_id
            WHERE m.tenant_id = $1 AND m.report_id = $2""",
        tenant_id, report_id,
    )  # fmt: skip
    return [dict(row) for row in rows]


VARIANT_FIELDS = (
    "contig", "contig_order", "position", "ref", "alt", "end_position", "gene", "rsid", "zygosity", "quality", "filter",
    "consequence", "impact", "transcript", "hgvs_c", "hgvs_p", "hgvs_g", "frequency", "inheritance", "rank", "score",
    "proposed_class", "evidence",
)  # fmt: skip
STRUCTURAL_FIELDS = (
    "contig", "contig_order", "position", "end_position", "sv_type", "length", "genes", "zygosity", "ref", "alt",
)  # fmt: skip


async def replace_variants(
    conn: Connection,
    tenant_id: UUID,
    report_id: UUID,
    table: str,
    fields: tuple[str, ...],
    rows: list[dict[str, Any]],
) -> None:
    """Put a run's variants in place of an earlier, broken run's. `table` and `fields` are this module's own words."""
    await conn.execute(
        f"DELETE FROM clinical.{table} WHERE tenant_id = $1 AND report_id = $2", tenant_id, report_id
    )
    names = ", ".join(("tenant_id", "report_id", "id", *fields))
    places = ", ".join(f"${number}" for number in range(1, len(fields) + 4))
    await conn.executemany(
        f"INSERT INTO clinical.{table} ({names}) VALUES ({places})",
        [(tenant_id, report_id, new_id(), *(row[field] for field in fields)) for row in rows],
    )


async def finish_report(
    conn: Connection, tenant_id: UUID, report_id: UUID, run_facts: dict[str, Any], now: datetime
) -> bool:
    done = await conn.execute(
        """UPDATE clinical.reports
              SET status = 'READY TO REVIEW', run_facts = $3, processed_at = $4, revision = revision + 1
            WHERE tenant_id = $1 AND id = $2 AND status = 'PROCESSING'""",
        tenant_id, report_id, run_facts, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))
