"""An administrator replaces a member's password: the old one stops at once, and every session ends."""

from __future__ import annotations

from uuid import UUID

import msgspec

from cohesin.kernel.authz import TENANT_ADMIN
from cohesin.kernel.caller import Caller
from cohesin.kernel.crypto.passwords import PasswordHasher, generate_password
from cohesin.kernel.events import Event
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import Origin, Units
from cohesin.platform.auth import queries
from cohesin.platform.surface import platform
from cohesin.platform.users.members import check_password_reset

users = platform.tagged("Users")


class TemporaryPassword(msgspec.Struct, frozen=True):
    """Shown in this answer only."""

    password: str


async def reset_password(
    units: Units, hasher: PasswordHasher, caller: Caller, origin: Origin, user_id: UUID
) -> str:
    """Give a member a generated password and end their sessions. Hashing holds no connection.

    Raises:
        NotFoundError: nobody of the caller's tenant.
        ForbiddenError: an owner's by another than an owner, or somebody's who is a member of other tenants too.
    """
    async with units.open(caller, origin) as uow:
        await check_password_reset(uow, user_id)
    password = generate_password()
    password_hash = await hasher.hash(password)
    async with units.open(caller, origin) as uow:
        await check_password_reset(uow, user_id)
        now = uow.clock.now()
        async with uow.crossing_tenants():
            await queries.set_password(uow.conn, user_id, password_hash, now)
            await queries.revoke_sessions_of(uow.conn, user_id, now)
        await uow.record(Event(type="user.password_reset", entity_id=user_id))
    return password


@users.post("/api/v1/secure/users/{id}/reset-password", permission=TENANT_ADMIN, status=200)
async def reset_user_password(
    units: Units, call: Call, hasher: PasswordHasher, id: UUID
) -> DataOf[TemporaryPassword]:
    """Give a member a generated password, shown once; their sessions end.

    Refused for an owner unless by an owner, and for people who are members of other tenants too.
    """
    return DataOf(TemporaryPassword(await reset_password(units, hasher, call.caller, call.origin, id)))
