"""Rights over HTTP."""

from __future__ import annotations

from cohesin.kernel.authz import SIGNED_IN, USER
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.iam import service
from cohesin.platform.iam.schemas import (
    CanQuery,
    Decision,
    IamOverview,
    ManageableResource,
    ManageableSpace,
    SpaceMembership,
)
from cohesin.platform.surface import platform

iam = platform.tagged("System")
BASE = "/api/v1/secure/iam"


@iam.get(f"{BASE}/", permission=USER)
async def get_iam_overview(uow: UnitOfWork) -> DataOf[IamOverview]:
    """The caller's groups, permissions and administrator flags."""
    return DataOf(await service.get_overview(uow))


@iam.get(f"{BASE}/can", permission=SIGNED_IN)
async def check_permission(uow: UnitOfWork, query: CanQuery) -> Decision:
    """Whether the caller may read or write one space or resource, and by which rule."""
    return await service.decide(uow, query)


@iam.get(f"{BASE}/me/permissions", permission=SIGNED_IN)
async def list_my_permissions(uow: UnitOfWork) -> DataOf[list[str]]:
    """The caller's effective permissions, sorted."""
    return DataOf(service.permissions_of_caller(uow))


@iam.get(f"{BASE}/me/spaces", permission=SIGNED_IN)
async def list_my_spaces(uow: UnitOfWork) -> DataOf[list[SpaceMembership]]:
    """The spaces the caller is in, with the role there."""
    return DataOf(await service.list_space_memberships(uow))


@iam.get(f"{BASE}/me/spaces/manageable", permission=SIGNED_IN)
async def list_my_manageable_spaces(uow: UnitOfWork) -> DataOf[list[ManageableSpace]]:
    """The spaces the caller may write."""
    return DataOf(await service.list_manageable_spaces(uow))


@iam.get(f"{BASE}/me/resources/manageable", permission=SIGNED_IN)
async def list_my_manageable_resources(uow: UnitOfWork) -> DataOf[list[ManageableResource]]:
    """The resources the caller may write."""
    return DataOf(await service.list_manageable_resources(uow))
