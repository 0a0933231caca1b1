"""SQL of reports, their people and their fields."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cohesin.clinical.reports.entity import AttachRequest, LaunchRequest, Member, Report, ReportFilters
from cohesin.kernel.db.pool import Connection
from cohesin.kernel.db.rows import fetch_all, find_one

SELECT: Final = """
SELECT r.id, r.number, r.test_type, r.status, r.failure_reason, r.version, r.revision, r.accession_id,
       p.number AS project_number, r.panel_id, g.number AS panel_number, g.name AS panel_name, r.assay_type_id,
       a.number AS assay_type_number, r.disease_id, r.filter_id, r.include_cosmic, r.score_indels, r.background,
       r.duo_relation, r.hpo_terms, r.comment, r.run_facts, r.created_by, r.created_at, r.submitted_at, r.processed_at,
       r.sent_for_approval_by, r.sent_for_approval_at, r.approved_by, r.approved_at,
       coalesce(v.all_of, 0) AS variant_count, coalesce(v.reviewed, 0) AS reviewed_variant_count
  FROM clinical.reports r
  LEFT JOIN clinical.projects p ON p.tenant_id = r.tenant_id AND p.id = r.project_id
  LEFT JOIN clinical.gene_panels g ON g.tenant_id = r.tenant_id AND g.id = r.panel_id
  LEFT JOIN clinical.assay_types a ON a.tenant_id = r.tenant_id AND a.id = r.assay_type_id
  LEFT JOIN LATERAL (
    SELECT count(*) AS all_of, count(*) FILTER (WHERE x.status <> 'UNREVIEWED') AS reviewed
      FROM clinical.report_variants x
     WHERE x.tenant_id = r.tenant_id AND x.report_id = r.id
       AND r.status NOT IN ('WAITING FOR SAMPLE', 'WAITING', 'PROCESSING', 'FAILED')) v ON true
"""
_MATCH: Final = """
 WHERE r.tenant_id = $1
   AND ($2::text IS NULL OR r.test_type = $2)
   AND ($3::text[] IS NULL OR r.status = ANY($3))
   AND ($4::text IS NULL OR r.accession_id ILIKE '%' || kernel.like_literal($4) || '%')
   AND (($5::bigint IS NULL AND $6::text IS NULL AND $7::text IS NULL) OR (
     ($5::bigint IS NULL OR EXISTS (SELECT 1 FROM clinical.report_members m JOIN clinical.genomes x
        ON x.tenant_id = m.tenant_id AND x.id = m.genome_id
        WHERE m.tenant_id = r.tenant_id AND m.report_id = r.id AND x.number = $5))
     AND ($6::text IS NULL OR EXISTS (SELECT 1 FROM clinical.report_members m JOIN clinical.genomes x
        ON x.tenant_id = m.tenant_id AND x.id = m.genome_id
        WHERE m.tenant_id = r.tenant_id AND m.report_id = r.id
          AND x.external_id ILIKE '%' || kernel.like_literal($6) || '%'))
     AND ($7::text IS NULL OR EXISTS (SELECT 1 FROM clinical.report_members m JOIN clinical.genomes x
        ON x.tenant_id = m.tenant_id AND x.id = m.genome_id
        WHERE m.tenant_id = r.tenant_id AND m.report_id = r.id
          AND x.label ILIKE '%' || kernel.like_literal($7) || '%'))))
"""
_ORDERS: Final = {
    None: "r.number DESC",
    "run_date": "r.created_at DESC, r.number",
    "report_type": 'r.test_type COLLATE "C", r.number',
    "report_status": 'r.status COLLATE "C", r.number',
}


def _filter_values(tenant_id: UUID, filters: ReportFilters) -> tuple[Any, ...]:
    return (
        tenant_id, filters.test_type, filters.statuses, filters.accession_id, filters.genome_number,
        filters.external_id, filters.genome_name,
    )  # fmt: skip


async def list_reports(conn: Connection, tenant_id: UUID, filters: ReportFilters) -> tuple[list[Report], int]:
    """A page of reports and how many match in all."""
    values = _filter_values(tenant_id, filters)
    sql = f"{SELECT} {_MATCH} ORDER BY {_ORDERS[filters.order_by]} LIMIT $8 OFFSET $9"
    found = await fetch_all(conn, Report, sql, *values, filters.limit, filters.offset)
    if filters.limit is None and not filters.offset:
        return found, len(found)
    return found, await conn.fetchval(f"SELECT count(*) FROM clinical.reports r {_MATCH}", *values)


async def find_report(conn: Connection, tenant_id: UUID, number: int) -> Report | None:
    return await find_one(
        conn, Report, f"{SELECT} WHERE r.tenant_id = $1 AND r.number = $2", tenant_id, number
    )


async def find_report_by_id(conn: Connection, tenant_id: UUID, report_id: UUID) -> Report | None:
    return await find_one(
        conn, Report, f"{SELECT} WHERE r.tenant_id = $1 AND r.id = $2", tenant_id, report_id
    )


async def lock_report(conn: Connection, tenant_id: UUID, report_id: UUID) -> str | None:
    """Hold the report's row until the transaction ends; answers its state."""
    return await conn.fetchval(  # type: ignore[no-any-return]
        "SELECT status FROM clinical.reports WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
        tenant_id,
        report_id,
    )


async def insert_report(
    conn: Connection, tenant_id: UUID, report_id: UUID, request: LaunchRequest, links: dict[str, UUID | None],
    status: str, failure_reason: str | None, created_by: UUID | None, now: datetime,
) -> None:  # fmt: skip
    await conn.execute(
        """INSERT INTO clinical.reports (tenant_id, id, test_type, status, failure_reason, accession_id, project_id,
             panel_id, assay_type_id, disease_id, filter_id, include_cosmic, score_indels, background, duo_relation,
             hpo_terms, created_by, created_at, submitted_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)""",
        tenant_id, report_id, request.test_type, status, failure_reason, request.accession_id, links["project"],
        links["panel"], links["assay_type"], request.disease_id, request.filter_id, request.include_cosmic,
        request.score_indels, request.background, request.duo_relation, request.hpo_terms, created_by, now,
        None if status == "WAITING FOR SAMPLE" else now,
    )  # fmt: skip


async def update_report(
    conn: Connection, tenant_id: UUID, report_id: UUID, request: AttachRequest, project_id: UUID | None, status: str,
    failure_reason: str | None, now: datetime,
) -> None:  # fmt: skip
    await conn.execute(
        """UPDATE clinical.reports
              SET status = $3, failure_reason = $4, version = version + 1, revision = revision + 1,
                  filter_id = CASE WHEN $5 THEN $6 ELSE filter_id END, project_id = coalesce($7, project_id),
                  hpo_terms = coalesce($8, hpo_terms), duo_relation = coalesce($9, duo_relation),
                  background = coalesce($10, background), score_indels = coalesce($11, score_indels),
                  submitted_at = CASE WHEN $3 = 'WAITING FOR SAMPLE' THEN submitted_at
                                      ELSE coalesce(submitted_at, $12) END
            WHERE tenant_id = $1 AND id = $2""",
        tenant_id, report_id, status, failure_reason, request.change_filter, request.filter_id, project_id,
        request.hpo_terms, request.duo_relation, request.background, request.score_indels, now,
    )  # fmt: skip


_MEMBER_COLUMNS: Final = """
SELECT m.report_id, m.slot, m.genome_id, g.number AS genome_number, g.label AS genome_label, g.status AS genome_status,
       g.external_id, m.sex, m.affected, m.relationship, m.label
  FROM clinical.report_members m
  LEFT JOIN clinical.genomes g ON g.tenant_id = m.tenant_id AND g.id = m.genome_id
"""
_SLOT_ORDER: Final = (
    "array_position(ARRAY['proband','mother','father','sibling','duo_relation','family_1','family_2','family_3',"
    "'family_4'], m.slot)"
)


async def members_of(
    conn: Connection, tenant_id: UUID, report_ids: Sequence[UUID]
) -> dict[UUID, list[Member]]:
    sql = f"{_MEMBER_COLUMNS} WHERE m.tenant_id = $1 AND m.report_id = ANY($2) ORDER BY {_SLOT_ORDER}"
    found: dict[UUID, list[Member]] = defaultdict(list)
    for member in await fetch_all(conn, Member, sql, tenant_id, list(report_ids)):
        found[member.report_id].append(member)
    return found


async def put_members(
    conn: Connection, tenant_id: UUID, report_id: UUID, rows: list[tuple[Any, ...]]
) -> None:
    """Rows of (slot, genome id, sex, affected, relationship, label); None keeps what a slot has."""
    await conn.executemany(
        """INSERT INTO clinical.report_members AS m (tenant_id, report_id, slot, genome_id, sex, affected, relationship,
                                                     label)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
           ON CONFLICT (tenant_id, report_id, slot) DO UPDATE
              SET genome_id = coalesce(excluded.genome_id, m.genome_id), sex = coalesce(excluded.sex, m.sex),
                  affected = coalesce(excluded.affected, m.affected),
                  relationship = coalesce(excluded.relationship, m.relationship),
                  label = coalesce(excluded.label, m.label)""",
        [(tenant_id, report_id, *row) for row in rows],
    )


async def patient_fields_of(
    conn: Connection, tenant_id: UUID, report_ids: Sequence[UUID]
) -> dict[UUID, list[tuple[str, str]]]:
    """(name, value) of each report in the order of first entry."""
    rows = await conn.fetch(
        """SELECT report_id, name, value FROM clinical.patient_fields
            WHERE tenant_id = $1 AND report_id = ANY($2) ORDER BY position""",
        tenant_id, list(report_ids),
    )  # fmt: skip
    found: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        found[row["report_id"]].append((row["name"], row["value"]))
    return found


async def put_patient_fields(
    conn: Connection, tenant_id: UUID, report_id: UUID, values: dict[str, str], removed: list[str]
) -> None:
    await conn.execute(
        "DELETE FROM clinical.patient_fields WHERE tenant_id = $1 AND report_id = $2 AND name = ANY($3)",
        tenant_id, report_id, removed,
    )  # fmt: skip
    await conn.executemany(
        """INSERT INTO clinical.patient_fields (tenant_id, report_id, name, value) VALUES ($1, $2, $3, $4)
           ON CONFLICT (tenant_id, report_id, name) DO UPDATE SET value = excluded.value""",
        [(tenant_id, report_id, name, value) for name, value in values.items()],
    )


async def list_qc_values(conn: Connection, tenant_id: UUID, report_id: UUID) -> list[tuple[str, Any]]:
    rows = await conn.fetch(
        "SELECT name, value FROM clinical.qc_values WHERE tenant_id = $1 AND report_id = $2 ORDER BY position",
        tenant_id, report_id,
    )  # fmt: skip
    return [(row["name"], row["value"]) for row in rows]


async def put_qc_values(conn: Connection, tenant_id: UUID, report_id: UUID, values: dict[str, Any]) -> None:
    await conn.executemany(
        """INSERT INTO clinical.qc_values (tenant_id, report_id, name, value) VALUES ($1, $2, $3, $4)
           ON CONFLICT (tenant_id, report_id, name) DO UPDATE SET value = excluded.value""",
        [(tenant_id, report_id, name, value) for name, value in values.items()],
    )


async def touch_report(conn: Connection, tenant_id: UUID, report_id: UUID) -> bool:
    """Mark a change below the report, which it does not take any more once it is approved."""
    done = await conn.execute(
        """UPDATE clinical.reports SET revision = revision + 1
            WHERE tenant_id = $1 AND id = $2 AND status <> 'APPROVED'""",
        tenant_id, report_id,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def set_status(
    conn: Connection,
    tenant_id: UUID,
    report_id: UUID,
    before: str,
    after: str,
    actor: UUID | None,
    now: datetime,
) -> bool:
    """Move the report from one state to another; False when it is not in the first any more."""
    done = await conn.execute(
        """UPDATE clinical.reports
              SET status = $4, version = version + 1, revision = revision + 1,
                  sent_for_approval_by = CASE WHEN $4 = 'WAITING FOR APPROVAL' THEN $5 ELSE sent_for_approval_by END,
                  sent_for_approval_at = CASE WHEN $4 = 'WAITING FOR APPROVAL' THEN $6 ELSE sent_for_approval_at END
            WHERE tenant_id = $1 AND id = $2 AND status = $3""",
        tenant_id, report_id, before, after, actor, now,
    )  # fmt: skip
    return bool(done.endswith(" 1"))


async def set_comment(conn: Connection, tenant_id: UUID, report_id: UUID, comment: str) -> None:
    await conn.execute(
        "UPDATE clinical.reports SET comment = $3 WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        report_id,
        comment,
    )
