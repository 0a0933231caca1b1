"""People of a tenant for tests that need more than its owner."""

from __future__ import annotations

from uuid import UUID, uuid4

from cohesin.kernel.caller import Role, system_caller
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.platform.users.service import Founding, create_member
from tests.served import PASSWORD, Signed, World


async def join(world: World, owner: Signed, role: str = "member") -> Signed:
    """A new person in the owner's tenant, signed in."""
    email = f"{role}-{uuid4().hex[:12]}@example.org"
    password_hash = await world.services.get(PasswordHasher).hash(PASSWORD)
    tenant_id = UUID(owner.tenant_id)
    async with world.services.units.open(system_caller(tenant_id)) as uow:
        founding = Founding(tenant_id=tenant_id, email=email, password_hash=password_hash, role=Role(role))
        await create_member(uow, founding)
    return await world.sign_in(email)


async def grant(world: World, person: Signed, *permissions: str) -> None:
    """Give a person permissions by a group of their own."""
    tenant_id, group_id = UUID(person.tenant_id), uuid4()
    async with world.services.units.open(system_caller(tenant_id)) as uow:
        await uow.conn.execute(
            "INSERT INTO platform.groups (tenant_id, id, name, permissions, created_at, updated_at) VALUES ($1, $2, $3, $4, now(), now())",
            tenant_id, group_id, group_id.hex, list(permissions),
        )
        await uow.conn.execute(
            "INSERT INTO platform.group_members (tenant_id, group_id, user_id, created_at) VALUES ($1, $2, $3, now())",
            tenant_id, group_id, UUID(person.user_id),
        )


async def group_named(world: World, owner: Signed, name: str) -> str:
    """The id of a tenant's group."""
    tenant_id = UUID(owner.tenant_id)
    async with world.services.units.open(system_caller(tenant_id)) as uow:
        return str(await uow.conn.fetchval("SELECT id FROM platform.groups WHERE tenant_id = $1 AND name = $2", tenant_id, name))
