"""The front door of secondary-analysis jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork

COLUMNS: Final = "id, number, accession_id, created_by, created_at"


class Job(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: int
    accession_id: str
    created_by: UUID | None
    created_at: datetime


async def create_job(uow: UnitOfWork, accession_id: str) -> Job:
    """A new job; the same accession twice makes two."""
    sql = f"""INSERT INTO clinical.secondary_jobs (tenant_id, id, accession_id, created_by, created_at)
              VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS}"""
    job = await fetch_one(
        uow.conn, Job, sql, uow.tenant_id, new_id(), accession_id, uow.caller.id, uow.clock.now()
    )
    await uow.record(Event(type="secondary_job.created", entity_id=job.id, data={"number": job.number}))
    return job


async def list_jobs(uow: UnitOfWork, job_id: UUID | None = None) -> list[Job]:
    """All jobs by number, or the one of that id.

    Raises:
        NotFoundError: an id was given and there is no such job.
    """
    if job_id is None:
        sql = f"SELECT {COLUMNS} FROM clinical.secondary_jobs WHERE tenant_id = $1 ORDER BY number"
        return await fetch_all(uow.conn, Job, sql, uow.tenant_id)
    sql = f"SELECT {COLUMNS} FROM clinical.secondary_jobs WHERE tenant_id = $1 AND id = $2"
    found = await find_one(uow.conn, Job, sql, uow.tenant_id, job_id)
    if found is None:
        raise NotFoundError("There is no such job.")
    return [found]
