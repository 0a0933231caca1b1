"""The face's accounts, as the laboratory's administrators keep them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import msgspec
from pydantic import EmailStr, StringConstraints

from cohesin.kernel.authz import TENANT_ADMIN
from cohesin.kernel.crypto.passwords import PasswordHasher, generate_password
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.errors import ConflictError
from cohesin.kernel.http.answers import DataOf
from cohesin.kernel.http.call import Call
from cohesin.kernel.http.models import ABSENT, RequestModel
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.partners.toolbox import accounts
from cohesin.partners.toolbox.entity import ToolboxAccount
from cohesin.platform.surface import platform

lab = platform.tagged("Lab")
BASE = "/api/v1/secure/lab/partners/{id}/toolbox-accounts"


class CreateToolboxAccountRequest(RequestModel):
    username: Annotated[str, StringConstraints(min_length=1, max_length=150)]
    email: EmailStr = ABSENT


class NewToolboxAccount(msgspec.Struct, frozen=True):
    """An account with its password, which is shown this once."""

    account: ToolboxAccount
    password: str


@lab.get(BASE, permission=TENANT_ADMIN)
async def list_toolbox_accounts(uow: UnitOfWork, id: UUID) -> DataOf[list[ToolboxAccount]]:
    """A partner's accounts, oldest first."""
    return DataOf(await accounts.list_accounts(uow, id))


@lab.post(BASE, permission=TENANT_ADMIN, errors=(ConflictError,))
async def create_toolbox_account(
    units: Units,
    call: Call,
    hasher: PasswordHasher,
    sealer: Sealer,
    id: UUID,
    body: CreateToolboxAccountRequest,
) -> DataOf[NewToolboxAccount]:
    """Make an account for a partner; its password is made here and shown this once."""
    password = generate_password()
    password_hash = await hasher.hash(password)
    async with units.open(call.caller, call.origin) as uow:
        account = await accounts.create_account(
            uow,
            sealer,
            username=body.username,
            password_hash=password_hash,
            email=body.email or "",
            partner_id=id,
        )
    return DataOf(NewToolboxAccount(account, password))


@lab.post(f"{BASE}/{{account_id}}/disable", permission=TENANT_ADMIN, status=200)
async def disable_toolbox_account(uow: UnitOfWork, id: UUID, account_id: UUID) -> DataOf[ToolboxAccount]:
    """Shut an account and its tokens."""
    account = await accounts.get_account(uow, id, account_id)
    return DataOf(await accounts.set_account_active(uow, account.username, active=False))


@lab.post(f"{BASE}/{{account_id}}/enable", permission=TENANT_ADMIN, status=200)
async def enable_toolbox_account(uow: UnitOfWork, id: UUID, account_id: UUID) -> DataOf[ToolboxAccount]:
    """Open an account again."""
    account = await accounts.get_account(uow, id, account_id)
    return DataOf(await accounts.set_account_active(uow, account.username, active=True))
