"""Rights and groups of a tenant's people, for tests."""

from __future__ import annotations

from uuid import UUID, uuid4

from cohesin.kernel.caller import system_caller
from tests.served import Signed, World


async def grant(world: World, person: Signed, *permissions: str) -> None:
    """Give a person permissions by a group of their own."""
    tenant_id, group_id = UUID(person.tenant_id), uuid4()
    async with world.services.units.open(system_caller(tenant_id)) as uow:
        await uow.conn.execute(
            "INSERT INTO platform.groups (tenant_id, id, name, permissions, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())",
            tenant_id,
            group_id,
            group_id.hex,
            list(permissions),
        )
        await uow.conn.execute(
            "INSERT INTO platform.group_members (tenant_id, group_id, user_id, created_at) VALUES ($1, $2, $3, now())",
            tenant_id,
            group_id,
            UUID(person.user_id),
        )


async def group_named(world: World, owner: Signed, name: str) -> str:
    """The id of a tenant's group."""
    tenant_id = UUID(owner.tenant_id)
    async with world.services.units.open(system_caller(tenant_id)) as uow:
        return str(
            await uow.conn.fetchval(
                "SELECT id FROM platform.groups WHERE tenant_id = $1 AND name = $2", tenant_id, name
            )
        )
