"""The front door of assay types."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cohesin.kernel.db.rows import fetch_all, fetch_one, find_one
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork

COLUMNS = "id, number, description, quality_control_fields"


class AssayType(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    number: int
    description: str
    quality_control_fields: list[str]


async def list_assay_types(uow: UnitOfWork) -> list[AssayType]:
    """The tenant's assay types, by number."""
    sql = f"SELECT {COLUMNS} FROM clinical.assay_types WHERE tenant_id = $1 ORDER BY number"
    return await fetch_all(uow.conn, AssayType, sql, uow.tenant_id)


async def find_assay_type(uow: UnitOfWork, number: int) -> AssayType | None:
    sql = f"SELECT {COLUMNS} FROM clinical.assay_types WHERE tenant_id = $1 AND number = $2"
    return await find_one(uow.conn, AssayType, sql, uow.tenant_id, number)


async def access_assay_type(uow: UnitOfWork, number: int) -> AssayType:
    """The assay type of that number.

    Raises:
        NotFoundError: there is none in this tenant.
    """
    found = await find_assay_type(uow, number)
    if found is None:
        raise NotFoundError("There is no such assay type.")
    return found


async def create_assay_type(
    uow: UnitOfWork, description: str, quality_control_fields: list[str]
) -> AssayType:
    """A new assay type with the names its quality values may have."""
    sql = f"""INSERT INTO clinical.assay_types (tenant_id, id, description, quality_control_fields, created_at)
              VALUES ($1, $2, $3, $4, $5) RETURNING {COLUMNS}"""
    created = await fetch_one(
        uow.conn,
        AssayType,
        sql,
        uow.tenant_id,
        new_id(),
        description,
        quality_control_fields,
        uow.clock.now(),
    )
    await uow.record(Event(type="assay_type.created", entity_id=created.id, data={"number": created.number}))
    return created
