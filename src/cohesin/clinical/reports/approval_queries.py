"""SQL of approval and frozen documents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from cohesin.clinical.rendering.snapshot import ReportSnapshot
from cohesin.clinical.reports.entity import FrozenDocument, Report
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import find_one
from cohesin.kernel.storage import StoredObject


async def approve(
    conn: Connection, tenant_id: UUID, report: Report, actor: UUID | None, now: datetime
) -> bool:
    """Compare and set: nothing below the report changed since it was read, and nobody approved it."""
    done = await conn.execute(
        """UPDATE clinical.reports
              SET status = 'APPROVED', version = version + 1, revision = revision + 1, approved_by = $4, approved_at = $5
            WHERE tenant_id = $1 AND id = $2 AND status = 'WAITING FOR APPROVAL' AND revision = $3""",
        tenant_id, report.id, report.revision, actor, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def insert_document(
    conn: Connection, tenant_id: UUID, document_id: UUID, report_id: UUID, snapshot: ReportSnapshot, pdf: StoredObject,
    fhir: StoredObject, now: datetime,
) -> None:  # fmt: skip
    await conn.execute(
        """INSERT INTO clinical.frozen_documents (tenant_id, id, report_id, version, snapshot, pdf_key, pdf_sha256,
                                                  pdf_size, fhir_key, fhir_sha256, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        tenant_id, document_id, report_id, snapshot.version, msgspec.to_builtins(snapshot), pdf.key, pdf.sha256, pdf.size,
        fhir.key, fhir.sha256, now,
    )  # fmt: skip


async def find_document(conn: Connection, tenant_id: UUID, report_id: UUID) -> FrozenDocument | None:
    sql = """SELECT report_id, version, snapshot, pdf_key, pdf_sha256, pdf_size, fhir_key, fhir_sha256, created_at
               FROM clinical.frozen_documents WHERE tenant_id = $1 AND report_id = $2 ORDER BY version DESC LIMIT 1"""
    return await find_one(conn, FrozenDocument, sql, tenant_id, report_id)


async def proband_external_id(conn: Connection, tenant_id: UUID, report_id: UUID) -> str | None:
    return await conn.fetchval(  # type: ignore[no-any-return]
        """SELECT g.external_id FROM clinical.report_members m
             JOIN clinical.genomes g ON g.tenant_id = m.tenant_id AND g.id = m.genome_id
            WHERE m.tenant_id = $1 AND m.report_id = $2 AND m.slot = 'proband'""",
        tenant_id, report_id,
    )  # fmt: skip
