"""The tenant itself and its groups as entities with tags and categories."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from cohesin.abilities.entity import Action, Entity, declare_entity
from cohesin.kernel.authz import SIGNED_IN, TENANT_ADMIN
from cohesin.kernel.errors import ForbiddenError, NotFoundError
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.groups.service import access_group as find_group
from cohesin.platform.groups.service import known_groups, register_linked_groups
from cohesin.platform.taxonomy import linked_groups


def _check_action(uow: UnitOfWork, action: Action) -> None:
    if action == "write" and not (uow.caller.is_tenant_admin or uow.caller.is_system_admin):
        raise ForbiddenError


async def access_own_tenant(uow: UnitOfWork, tenant_id: UUID, action: Action) -> None:
    """The unit's own tenant: read by all of it, written by its administrators."""
    if tenant_id != uow.tenant_id:
        raise NotFoundError
    _check_action(uow, action)


async def visible_tenants(uow: UnitOfWork, tenant_ids: list[UUID]) -> set[UUID]:
    return {tenant_id for tenant_id in tenant_ids if tenant_id == uow.tenant_id}


async def access_group(uow: UnitOfWork, group_id: UUID, action: Action) -> None:
    """A group of the tenant: read by all of it, written by its administrators."""
    await find_group(uow, group_id)
    _check_action(uow, action)


TENANT: Final = declare_entity(
    Entity(
        name="tenant",
        access=access_own_tenant,
        visible=visible_tenants,
        reading=SIGNED_IN,
        writing=TENANT_ADMIN,
    )
)
GROUP: Final = declare_entity(
    Entity(name="group", access=access_group, visible=known_groups, reading=SIGNED_IN, writing=TENANT_ADMIN)
)

register_linked_groups("tag", linked_groups.list_tagged_groups)
register_linked_groups("category", linked_groups.list_categorised_groups)
