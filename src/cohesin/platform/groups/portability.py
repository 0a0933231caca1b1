"""Groups as rows of a spreadsheet."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from cohesin.abilities.portability.declaration import Column, Portable, Record
from cohesin.abilities.portability.importing import request_of
from cohesin.abilities.portability.schemas import ImportOptions
from cohesin.kernel.authz import permits
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.groups import queries, service
from cohesin.platform.groups.schemas import CreateGroupRequest, Group, UpdateGroupRequest


def _record(group: Group) -> Record:
    return {
        "id": str(group.id),
        "name": group.name,
        "description": group.description,
        "permissions": group.permissions,
    }


async def _page(uow: UnitOfWork, limit: int, offset: int) -> list[Record]:
    return [_record(group) for group in await queries.list_groups(uow.conn, uow.tenant_id, limit, offset)]


async def _current(uow: UnitOfWork, group_id: UUID) -> Record | None:
    try:
        return _record(await service.access_group(uow, group_id))
    except NotFoundError:
        return None


async def _find(uow: UnitOfWork, record: Record) -> UUID | None:
    name = record.get("name")
    return None if name is None else await queries.find_id_by_name(uow.conn, uow.tenant_id, name)


async def _create(uow: UnitOfWork, record: Record, _options: ImportOptions) -> UUID:
    return (await service.create_group(uow, request_of(CreateGroupRequest, record))).id


async def _change(uow: UnitOfWork, group_id: UUID, record: Record, _options: ImportOptions) -> None:
    values: dict[str, Any] = dict(record)
    for name, empty in (("description", ""), ("permissions", [])):
        if name in values and values[name] is None:
            values[name] = empty
    await service.update_group(uow, group_id, request_of(UpdateGroupRequest, values))


GROUPS: Final = Portable(
    entity_type="groups",
    columns=(
        Column(name="id", kind="uuid", note="Empty for a new group", fixed=True),
        Column(name="name", required=True, note="Unique in the organisation, in whatever case"),
        Column(name="description", note="At most 2000 characters"),
        Column(name="permissions", kind="list", note="Such as spaces:read, spaces:write; * for all"),
    ),
    translated=(),
    page=_page,
    current=_current,
    find=_find,
    create=_create,
    change=_change,
    reading=permits("groups:read"),
    writing=permits("groups:write"),
)
