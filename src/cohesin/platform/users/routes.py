"""Users over HTTP."""

from __future__ import annotations

from uuid import UUID

from cohesin.kernel.authz import SIGNED_IN, TENANT_ADMIN
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf, Page
from cohesin.kernel.http.call import Call
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.platform.surface import platform
from cohesin.platform.users import members
from cohesin.platform.users.members import EmailVerification, user_of
from cohesin.platform.users.schemas import (
    CreateUserRequest,
    UpdateUserRequest,
    User,
    UserContext,
    UserListQuery,
)

users = platform.tagged("Users")
BASE = "/api/v1/secure/users"


@users.get(f"{BASE}/", permission=SIGNED_IN)
async def list_users(uow: UnitOfWork, verification: EmailVerification, query: UserListQuery) -> Page[User]:
    """The tenant's members, newest first; who may not read users sees only themselves.

    `tenantId` looks into another tenant, for system administrators.
    """
    return await members.list_users(uow, query, verification)


@users.post(f"{BASE}/", permission=TENANT_ADMIN, errors=(ConflictError,))
async def create_user(
    units: Units, call: Call, hasher: PasswordHasher, verification: EmailVerification, body: CreateUserRequest
) -> DataOf[User]:
    """Add a new person to the tenant, as a member."""
    password_hash = await hasher.hash(body.password)
    async with units.open(call.caller, call.origin) as uow:
        return DataOf(user_of(await members.create_user(uow, body, password_hash), verification))


@users.get(f"{BASE}/{{id}}", permission=SIGNED_IN)
async def get_user(uow: UnitOfWork, verification: EmailVerification, id: UUID) -> DataOf[User]:
    """One member."""
    return DataOf(user_of(await members.access_user(uow, id), verification))


@users.patch(f"{BASE}/{{id}}", permission=SIGNED_IN, errors=(ConflictError,))
async def update_user(
    uow: UnitOfWork, verification: EmailVerification, id: UUID, body: UpdateUserRequest
) -> DataOf[User]:
    """Change a profile; absent leaves, null clears. Administrators also change `status` and `role`."""
    return DataOf(user_of(await members.update_user(uow, id, body), verification))


@users.get(f"{BASE}/{{id}}/context", permission=SIGNED_IN)
async def get_user_context(uow: UnitOfWork, verification: EmailVerification, id: UUID) -> DataOf[UserContext]:
    """A member with groups, permissions and what they did last."""
    return DataOf(await members.get_context(uow, id, verification))
