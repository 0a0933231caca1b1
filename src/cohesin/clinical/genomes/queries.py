"""SQL of genomes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from cohesin.clinical.genomes.entity import Genome, UploadFacts
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, find_one
from cohesin.kernel.storage import StoredObject

SELECT = """
SELECT g.id, g.number, g.project_id, p.number AS project_number, g.label, g.sex, g.external_id, g.assembly, g.status,
       g.failure_reason, g.size, g.sample_count, g.original_key, g.variants_key, g.annotation_key, g.notify_email,
       g.created_by, g.created_at,
       (SELECT count(DISTINCT m.report_id) FROM clinical.report_members m
         WHERE m.tenant_id = g.tenant_id AND m.genome_id = g.id) AS report_count
  FROM clinical.genomes g JOIN clinical.projects p ON p.tenant_id = g.tenant_id AND p.id = g.project_id
"""


async def list_genomes(conn: Connection, tenant_id: UUID, project_id: UUID | None = None) -> list[Genome]:
    sql = f"{SELECT} WHERE g.tenant_id = $1 AND ($2::uuid IS NULL OR g.project_id = $2) ORDER BY g.number"
    return await fetch_all(conn, Genome, sql, tenant_id, project_id)


async def find_genome(conn: Connection, tenant_id: UUID, number: int) -> Genome | None:
    return await find_one(
        conn, Genome, f"{SELECT} WHERE g.tenant_id = $1 AND g.number = $2", tenant_id, number
    )


async def find_genome_by_id(conn: Connection, tenant_id: UUID, genome_id: UUID) -> Genome | None:
    return await find_one(
        conn, Genome, f"{SELECT} WHERE g.tenant_id = $1 AND g.id = $2", tenant_id, genome_id
    )


async def lock_genomes(conn: Connection, tenant_id: UUID, numbers: list[int]) -> list[Genome]:
    """Genomes by number, held as they are until the transaction ends: none can be annotated or deleted meanwhile."""
    sql = f"{SELECT} WHERE g.tenant_id = $1 AND g.number = ANY($2) ORDER BY g.number FOR SHARE OF g"
    return await fetch_all(conn, Genome, sql, tenant_id, numbers)


async def insert_genome(
    conn: Connection,
    tenant_id: UUID,
    genome_id: UUID,
    project_id: UUID,
    facts: UploadFacts,
    stored: StoredObject,
    sample_count: int,
    created_by: UUID | None,
    now: datetime,
) -> None:
    await conn.execute(
        """INSERT INTO clinical.genomes (tenant_id, id, project_id, label, sex, external_id, assembly, size, md5,
                                         sample_count, original_key, bam_file, notify_email, created_by, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)""",
        tenant_id, genome_id, project_id, facts.label, facts.sex, facts.external_id, facts.assembly, stored.size,
        stored.md5, sample_count, stored.key, facts.bam_file, facts.notify_email, created_by, now,
    )  # fmt: skip


async def update_genome(
    conn: Connection, tenant_id: UUID, genome_id: UUID, label: str, external_id: str | None, project_id: UUID
) -> None:
    await conn.execute(
        "UPDATE clinical.genomes SET label = $3, external_id = $4, project_id = $5 WHERE tenant_id = $1 AND id = $2",
        tenant_id, genome_id, label, external_id, project_id,
    )  # fmt: skip


async def delete_genome(conn: Connection, tenant_id: UUID, genome_id: UUID) -> bool:
    done = await conn.execute(
        "DELETE FROM clinical.genomes WHERE tenant_id = $1 AND id = $2", tenant_id, genome_id
    )
    return bool(done.endswith(" 1"))


async def claim_genome(conn: Connection, tenant_id: UUID, genome_id: UUID) -> bool:
    """Begin (or, after a lost worker, begin again) a genome's annotation."""
    done = await conn.execute(
        """UPDATE clinical.genomes SET status = 'ANNOTATING'
            WHERE tenant_id = $1 AND id = $2 AND status IN ('QUEUED', 'ANNOTATING')""",
        tenant_id, genome_id,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def finish_genome(
    conn: Connection,
    tenant_id: UUID,
    genome_id: UUID,
    *,
    variants_key: str,
    annotation_key: str | None,
    record_count: int,
    variant_count: int,
    now: datetime,
) -> bool:
    done = await conn.execute(
        """UPDATE clinical.genomes
              SET status = 'ANNOTATED', variants_key = $3, annotation_key = $4, record_count = $5, variant_count = $6,
                  annotated_at = $7
            WHERE tenant_id = $1 AND id = $2 AND status = 'ANNOTATING'""",
        tenant_id, genome_id, variants_key, annotation_key, record_count, variant_count, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def fail_genome(conn: Connection, tenant_id: UUID, genome_id: UUID, reason: str) -> bool:
    done = await conn.execute(
        """UPDATE clinical.genomes SET status = 'FAILED', failure_reason = $3
            WHERE tenant_id = $1 AND id = $2 AND status IN ('QUEUED', 'ANNOTATING')""",
        tenant_id, genome_id, reason,
    )  # fmt: skip
    return bool(done.endswith(" 1"))
