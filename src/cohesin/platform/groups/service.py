"""The front door of groups: what people may do, by the groups they are in. Every call reads it afresh."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from cohesin.kernel.errors import Fault, NotFoundError, RuleRefusedError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.http.answers import Page
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.groups import events, queries
from cohesin.platform.groups.errors import (
    AdministratorByRoleError,
    AlreadyInGroupError,
    BuiltInGroupError,
    GroupNameTakenError,
)
from cohesin.platform.groups.queries import GroupRow
from cohesin.platform.groups.rules import ALL, check_built_in_change, check_reach
from cohesin.platform.groups.schemas import (
    CreateGroupRequest,
    Group,
    GroupListQuery,
    GroupMember,
    UpdateGroupRequest,
)
from cohesin.platform.reach import enter_asked_tenant
from cohesin.platform.users.members import get_standing
from cohesin.platform.users.rules import ADMIN_ROLES

assert events

LinkKind = Literal["tag", "category"]
#: The groups that carry a tag or category of the unit's tenant; None where there is no such tag or category.
LinkedGroups = Callable[[UnitOfWork, UUID], Awaitable[list[UUID] | None]]
_linked: dict[LinkKind, LinkedGroups] = {}


def register_linked_groups(kind: LinkKind, lister: LinkedGroups) -> LinkedGroups:
    """The slice that keeps tags or categories tells, from now on, which groups carry one."""
    _linked[kind] = lister
    return lister


async def _linked_groups(uow: UnitOfWork, kind: LinkKind, link_id: UUID) -> list[UUID]:
    lister = _linked.get(kind)
    found = None if lister is None else await lister(uow, link_id)
    if found is None:
        raise NotFoundError
    return found


async def access_group(uow: UnitOfWork, group_id: UUID, *, lock: bool = False) -> GroupRow:
    """A group of the unit's tenant; the operation's permission was checked before.

    Raises:
        NotFoundError: none here.
    """
    group = await queries.find_group(uow.conn, uow.tenant_id, group_id, lock=lock)
    if group is None:
        raise NotFoundError
    return group


async def known_groups(uow: UnitOfWork, group_ids: list[UUID]) -> set[UUID]:
    """Those of the groups that the unit's tenant has."""
    return await queries.list_known(uow.conn, uow.tenant_id, group_ids)


async def list_groups(uow: UnitOfWork, query: GroupListQuery) -> Page[Group]:
    """A tenant's groups, newest first.

    Raises:
        NotFoundError: a tenant, person, tag or category that the caller cannot see.
        RuleRefusedError: a span that ends before it starts.
    """
    await enter_asked_tenant(uow, query.tenantId)
    if (
        query.created_from is not None
        and query.created_to is not None
        and query.created_to < query.created_from
    ):
        raise RuleRefusedError(faults=[Fault("created_to", "must not be before created_from", "query")])
    if query.userId is not None:
        await get_standing(uow, query.userId)
    where: list[str] = ["g.tenant_id = $1"]
    args: list[Any] = [uow.tenant_id]
    links: tuple[tuple[LinkKind, UUID | None], ...] = (("tag", query.tagId), ("category", query.categoryId))
    for kind, link_id in links:
        if link_id is not None:
            args.append(await _linked_groups(uow, kind, link_id))
            where.append(f"g.id = ANY(${len(args)})")
    return await queries.GROUPS.fetch(uow.conn, query, where, *args)


async def create_group(uow: UnitOfWork, request: CreateGroupRequest) -> Group:
    """A group of the tenant's own.

    Raises:
        BeyondOwnRightsError: it would permit more than the caller may.
        GroupNameTakenError: the name, in whatever case.
    """
    permissions = list(dict.fromkeys(request.permissions))
    check_reach(uow.caller, permissions)
    now = uow.clock.now()
    group = Group(
        id=new_id(),
        tenantId=uow.tenant_id,
        name=request.name,
        description=request.description,
        permissions=permissions,
        created_at=now,
        updated_at=now,
    )
    try:
        async with uow.savepoint():
            created = await queries.insert_group(uow.conn, group)
    except asyncpg.UniqueViolationError:
        raise GroupNameTakenError from None
    await uow.record(
        Event(
            type="group.created",
            entity_id=group.id,
            data={"permissions": permissions},
            changes=_born(created),
        )
    )
    return created


def _born(group: Group) -> dict[str, Any]:
    facts = msgspec.structs.asdict(group)
    return {name: {"before": None, "after": facts[name]} for name in ("name", "description", "permissions")}


async def update_group(uow: UnitOfWork, group_id: UUID, request: UpdateGroupRequest) -> Group:
    """Change what the request names.

    Raises:
        BeyondOwnRightsError: it permits, or would permit, more than the caller may.
        BuiltInGroupError: a built-in group's name, or the `*` of Administrators.
        GroupNameTakenError: another group has the name.
    """
    before = await access_group(uow, group_id, lock=True)
    changes = request.model_dump(exclude_unset=True)
    if "permissions" in changes:
        changes["permissions"] = list(dict.fromkeys(changes["permissions"]))
    permissions = changes.get("permissions", before.permissions)
    check_reach(uow.caller, [*before.permissions, *permissions])
    if before.built_in:
        check_built_in_change(
            before_name=before.name,
            before_permissions=before.permissions,
            name=changes.get("name", before.name),
            permissions=permissions,
        )
    try:
        async with uow.savepoint():
            after = await queries.update_group(uow.conn, uow.tenant_id, group_id, changes, uow.clock.now())
    except asyncpg.UniqueViolationError:
        raise GroupNameTakenError from None
    await uow.record(Event(type="group.updated", entity_id=group_id, changes=changes_between(before, after)))
    return after.shown


async def delete_group(uow: UnitOfWork, group_id: UUID) -> None:
    """End a group; its members lose what it permitted at once.

    Raises:
        BuiltInGroupError: a group every tenant begins with.
        BeyondOwnRightsError: it permits more than the caller may.
    """
    group = await access_group(uow, group_id, lock=True)
    if group.built_in:
        raise BuiltInGroupError("cannot be deleted")
    check_reach(uow.caller, group.permissions)
    await queries.delete_group(uow.conn, uow.tenant_id, group_id)
    changes = {name: {"before": change["after"], "after": None} for name, change in _born(group).items()}
    await uow.record(Event(type="group.deleted", entity_id=group_id, changes=changes))


async def list_members(uow: UnitOfWork, group_id: UUID) -> list[GroupMember]:
    """Who is in a group, the latest to join first."""
    group = await access_group(uow, group_id)
    return await queries.list_members(uow.conn, uow.tenant_id, group.id)


async def add_member(uow: UnitOfWork, group_id: UUID, user_id: UUID) -> None:
    """Put a member of the tenant into a group.

    Raises:
        NotFoundError: no such group or person here.
        BeyondOwnRightsError: it permits more than the caller may.
        AlreadyInGroupError: they are in it.
    """
    group = await access_group(uow, group_id, lock=True)
    await get_standing(uow, user_id)
    check_reach(uow.caller, group.permissions)
    if not await queries.insert_member(uow.conn, uow.tenant_id, group_id, user_id, uow.clock.now()):
        raise AlreadyInGroupError
    await uow.record(Event(type="group.member_added", entity_id=group_id, data={"userId": str(user_id)}))


async def remove_member(uow: UnitOfWork, group_id: UUID, user_id: UUID) -> None:
    """Take a person out of a group.

    Raises:
        NotFoundError: no such group, or the person is not in it.
        AdministratorByRoleError: an owner or admin cannot leave Administrators, which so never stands empty.
    """
    group = await access_group(uow, group_id, lock=True)
    standing = await get_standing(uow, user_id)
    check_reach(uow.caller, group.permissions)
    if group.built_in and ALL in group.permissions and standing.role in ADMIN_ROLES:
        raise AdministratorByRoleError
    if not await queries.delete_member(uow.conn, uow.tenant_id, group_id, user_id):
        raise NotFoundError
    await uow.record(Event(type="group.member_removed", entity_id=group_id, data={"userId": str(user_id)}))
