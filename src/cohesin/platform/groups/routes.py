"""Groups over HTTP."""

from __future__ import annotations

from uuid import UUID

from cohesin.abilities.portability.operations import attach_portability
from cohesin.kernel.authz import SIGNED_IN, permits
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.groups import service
from cohesin.platform.groups.portability import GROUPS
from cohesin.platform.groups.schemas import (
    AddGroupMemberRequest,
    CreateGroupRequest,
    Group,
    GroupListQuery,
    GroupMember,
    UpdateGroupRequest,
)
from cohesin.platform.surface import platform
from cohesin.platform.users import members

groups = platform.tagged("Groups")
group_members = platform.tagged("Group Members")
user_groups = platform.tagged("User Groups")
BASE = "/api/v1/secure/groups"
READ, WRITE, DELETE = permits("groups:read"), permits("groups:write"), permits("groups:delete")


@groups.get(f"{BASE}/", permission=READ)
async def list_groups(uow: UnitOfWork, query: GroupListQuery) -> Page[Group]:
    """A tenant's groups, newest first."""
    return await service.list_groups(uow, query)


@groups.post(f"{BASE}/create", permission=WRITE, errors=(ConflictError,))
async def create_group(uow: UnitOfWork, body: CreateGroupRequest) -> DataOf[Group]:
    """Make a group. Nobody can permit more than they may themselves."""
    return DataOf(await service.create_group(uow, body))


@groups.get(f"{BASE}/{{id}}", permission=READ)
async def get_group(uow: UnitOfWork, id: UUID) -> DataOf[Group]:
    """One group."""
    return DataOf((await service.access_group(uow, id)).shown)


@groups.put(f"{BASE}/{{id}}", permission=WRITE, errors=(ConflictError,))
async def update_group(uow: UnitOfWork, id: UUID, body: UpdateGroupRequest) -> DataOf[Group]:
    """Change a group; what is absent stays. New permissions hold from the members' next request on."""
    return DataOf(await service.update_group(uow, id, body))


@groups.delete(f"{BASE}/{{id}}", permission=DELETE, errors=(ConflictError,))
async def delete_group(uow: UnitOfWork, id: UUID) -> None:
    """End a group that is not built in."""
    await service.delete_group(uow, id)


@group_members.get(f"{BASE}/{{id}}/members", permission=READ)
async def list_group_members(uow: UnitOfWork, id: UUID) -> DataOf[list[GroupMember]]:
    """Who is in a group, the latest to join first."""
    return DataOf(await service.list_members(uow, id))


@group_members.post(f"{BASE}/{{id}}/members", permission=WRITE, status=204, errors=(ConflictError,))
async def add_group_member(uow: UnitOfWork, id: UUID, body: AddGroupMemberRequest) -> None:
    """Put a member of the tenant into a group."""
    await service.add_member(uow, id, body.userId)


@group_members.delete(f"{BASE}/{{id}}/members/{{userId}}", permission=WRITE, errors=(ConflictError,))
async def remove_group_member(uow: UnitOfWork, id: UUID, userId: UUID) -> None:  # noqa: N803 - the contract's name
    """Take a person out of a group."""
    await service.remove_member(uow, id, userId)


@user_groups.get(f"{BASE}/users/{{userId}}/permissions", permission=SIGNED_IN)
async def get_user_permissions(uow: UnitOfWork, userId: UUID) -> DataOf[list[str]]:  # noqa: N803
    """What a member may do: the union over their groups. One's own, or anybody's by `groups:read`."""
    return DataOf(await members.permissions_of(uow, userId))


attach_portability(groups, BASE, GROUPS)
