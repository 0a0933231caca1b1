"""The front door of rights: what the caller may do, asked of the slices that own the things.

This slice knows no space and no resource. The slices that do register here at import, once each.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

from cohesin.kernel.caller import CallerKind
from cohesin.kernel.errors import ForbiddenError, NotFoundError
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.iam.schemas import (
    Action,
    CanQuery,
    Decision,
    EntityType,
    IamOverview,
    ManageableResource,
    ManageableSpace,
    SpaceMembership,
)
from cohesin.platform.users.members import get_person
from cohesin.platform.users.rules import effective_permissions, is_admin
from cohesin.platform.users.service import list_groups_of

#: Decides an action of the unit's caller on one thing; None where the caller's tenant has no such thing.
EntityChecker = Callable[[UnitOfWork, UUID, Action], Awaitable[Decision | None]]
SpaceMembershipLister = Callable[[UnitOfWork], Awaitable[list[SpaceMembership]]]
ManageableSpaceLister = Callable[[UnitOfWork], Awaitable[list[ManageableSpace]]]
ManageableResourceLister = Callable[[UnitOfWork], Awaitable[list[ManageableResource]]]

TENANT_ADMIN_RULE: Final = "tenant_admin"
_checkers: dict[EntityType, EntityChecker] = {}
_space_memberships: list[SpaceMembershipLister] = []
_manageable_spaces: list[ManageableSpaceLister] = []
_manageable_resources: list[ManageableResourceLister] = []


def register_entity_access(entity_type: EntityType, checker: EntityChecker) -> EntityChecker:
    """The slice that owns `entity_type` decides about it from now on."""
    _checkers[entity_type] = checker
    return checker


def register_space_memberships(lister: SpaceMembershipLister) -> SpaceMembershipLister:
    """The spaces the unit's caller is in, by name."""
    _space_memberships.append(lister)
    return lister


def register_manageable_spaces(lister: ManageableSpaceLister) -> ManageableSpaceLister:
    """The spaces the unit's caller may write, by name."""
    _manageable_spaces.append(lister)
    return lister


def register_manageable_resources(lister: ManageableResourceLister) -> ManageableResourceLister:
    """The resources the unit's caller may write, by name."""
    _manageable_resources.append(lister)
    return lister


def permissions_of_caller(uow: UnitOfWork) -> list[str]:
    """The caller's effective permissions in the unit's tenant, sorted; administrators hold `*`."""
    return effective_permissions(uow.caller.permissions, is_tenant_admin=is_admin(uow.caller))


async def get_overview(uow: UnitOfWork) -> IamOverview:
    """The caller as rights see them.

    Raises:
        ForbiddenError: the caller is not a person.
    """
    user_id = uow.caller.id
    if user_id is None or uow.caller.kind is not CallerKind.USER:
        raise ForbiddenError
    user = await get_person(uow, user_id)
    return IamOverview(
        user_id=user_id,
        tenant_id=uow.tenant_id,
        email=user.email,
        is_system_admin=uow.caller.is_system_admin,
        is_tenant_admin=uow.caller.is_tenant_admin,
        groups=await list_groups_of(uow, user_id),
        effective_permissions=permissions_of_caller(uow),
    )


async def decide(uow: UnitOfWork, query: CanQuery) -> Decision:
    """Whether the caller may do something to one thing, and why. Administrators may everything that exists.

    Raises:
        NotFoundError: the caller's tenant has no such thing.
    """
    checker = _checkers.get(query.entity_type)
    decision = None if checker is None else await checker(uow, query.entity_id, query.action)
    if decision is None:
        raise NotFoundError
    return Decision(allowed=True, rule=TENANT_ADMIN_RULE) if is_admin(uow.caller) else decision


async def list_space_memberships(uow: UnitOfWork) -> list[SpaceMembership]:
    return [found for lister in _space_memberships for found in await lister(uow)]


async def list_manageable_spaces(uow: UnitOfWork) -> list[ManageableSpace]:
    return [found for lister in _manageable_spaces for found in await lister(uow)]


async def list_manageable_resources(uow: UnitOfWork) -> list[ManageableResource]:
    return [found for lister in _manageable_resources for found in await lister(uow)]
