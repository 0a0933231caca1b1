"""The front door of users: people, their membership in tenants, and what their groups permit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import asyncpg
import msgspec

from cohesin.kernel.caller import Role
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.users import events, queries
from cohesin.platform.users.entity import GroupDetail, UserRow
from cohesin.platform.users.errors import EmailTakenError

assert events

ADMINISTRATORS: Final = "Administrators"
MEMBERS: Final = "Members"
MEMBER_PERMISSIONS: Final = ["spaces:read", "resources:read", "tags:read", "categories:read", "contacts:read"]


class Founding(msgspec.Struct, frozen=True, kw_only=True):
    """A new person who joins a tenant with a role. The password comes hashed."""

    tenant_id: UUID
    email: str
    password_hash: str | None
    role: Role
    display_name: str | None = None
    locale: str = "en"
    settings: Mapping[str, Any] = {}
    type_definition_id: UUID | None = None


async def found_groups(uow: UnitOfWork, tenant_id: UUID) -> None:
    """The two groups every tenant begins with."""
    now = uow.clock.now()
    await queries.insert_group(uow.conn, tenant_id, new_id(), ADMINISTRATORS, ["*"], now)
    await queries.insert_group(uow.conn, tenant_id, new_id(), MEMBERS, MEMBER_PERMISSIONS, now)


def _columns_of(founding: Founding) -> dict[str, Any]:
    return {
        "email": founding.email,
        "password_hash": founding.password_hash,
        "default_tenant_id": founding.tenant_id,
        "display_name": founding.display_name,
        "locale": founding.locale,
        "settings": dict(founding.settings),
        "type_definition_id": founding.type_definition_id,
    }


async def create_member(uow: UnitOfWork, founding: Founding) -> UserRow:
    """A new person in a tenant, in the group of the role.

    Raises:
        EmailTakenError: the address belongs to somebody on the platform.
    """
    now = uow.clock.now()
    user_id = new_id()
    group = ADMINISTRATORS if founding.role in (Role.OWNER, Role.ADMIN) else MEMBERS
    async with uow.crossing_tenants():
        try:
            async with uow.savepoint():
                user = await queries.insert_user(uow.conn, user_id, _columns_of(founding), now)
        except asyncpg.UniqueViolationError:
            raise EmailTakenError from None
        await queries.insert_membership(uow.conn, founding.tenant_id, user_id, founding.role, now)
        await queries.add_to_group(uow.conn, founding.tenant_id, group, user_id, now)
    await uow.record(
        Event(
            type="user.created",
            entity_id=user_id,
            tenant_id=founding.tenant_id,
            data={"userId": str(user_id), "role": founding.role.value},
        )
    )
    return user


async def get_member(uow: UnitOfWork, user_id: UUID, *, lock: bool = False) -> UserRow:
    """A member of the unit's tenant.

    Raises:
        NotFoundError: nobody, or somebody of another tenant.
    """
    user = await queries.find_user(uow.conn, uow.tenant_id, user_id, lock=lock)
    if user is None:
        raise NotFoundError
    return user


async def list_groups_of(uow: UnitOfWork, user_id: UUID) -> list[GroupDetail]:
    """The groups a member of the unit's tenant is in."""
    return await queries.list_groups_of(uow.conn, uow.tenant_id, user_id)
