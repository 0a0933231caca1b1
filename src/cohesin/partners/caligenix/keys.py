"""Partner accounts of Connect and their keys: made, listed, switched off. The secret is shown once and never stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from cohesin.kernel.crypto.api_keys import CONNECT_PREFIX, digest, generate
from cohesin.kernel.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.http.operation import UUID_TEXT
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.partners.caligenix import queries
from cohesin.partners.caligenix.queries import ConnectAccount, ConnectKey

SCOPES: Final = ("reports:read", "reports:download")
NAME_LENGTH: Final = 255


class AccountNameTakenError(ConflictError):
    message = "The organisation has a partner account of this name."


class CreatedKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key with its secret, to be shown once."""

    key: ConnectKey
    secret: str

    def __repr__(self) -> str:
        return f"CreatedKey({self.key.preview})"


async def create_account(uow: UnitOfWork, name: str) -> ConnectAccount:
    """A partner account of the unit's tenant, active from the start.

    Raises:
        InvalidInputError: an empty or overlong name.
        AccountNameTakenError: there is one of that name.
    """
    if not 1 <= len(name) <= NAME_LENGTH:
        raise InvalidInputError([Fault("name", f"must have 1 to {NAME_LENGTH} characters")])
    account = await queries.insert_account(uow.conn, uow.tenant_id, new_id(), name, uow.clock.now())
    if account is None:
        raise AccountNameTakenError
    await uow.record(Event(type="connect_account.created", entity_id=account.id))
    return account


async def list_accounts(uow: UnitOfWork) -> list[ConnectAccount]:
    """The accounts of the unit's tenant, by name."""
    return await queries.list_accounts(uow.conn, uow.tenant_id)


async def set_account_active(uow: UnitOfWork, account_id: UUID, *, active: bool) -> ConnectAccount:
    """Switch an account on or off: all its keys with it, from the next call on.

    Raises:
        NotFoundError: the tenant has no such account.
    """
    account = await queries.set_active(uow.conn, uow.tenant_id, account_id, active, uow.clock.now())
    if account is None:
        raise NotFoundError
    await uow.record(
        Event(type="connect_account.updated", entity_id=account.id, data={"active": account.active})
    )
    return account


async def create_key(uow: UnitOfWork, account: ConnectAccount, scopes: Sequence[str] = SCOPES) -> CreatedKey:
    """A further key of an account.

    Raises:
        InvalidInputError: no scope, or an unknown one.
    """
    wanted = sorted(set(scopes))
    if not wanted or not set(wanted) <= set(SCOPES):
        raise InvalidInputError([Fault("scopes", f"must be among {', '.join(SCOPES)}")])
    secret = generate(CONNECT_PREFIX)
    key = await queries.insert_key(uow.conn, account, new_id(), secret, wanted, uow.clock.now())
    await uow.record(
        Event(
            type="connect_key.created",
            entity_id=key.id,
            data={"account_id": str(account.id), "scopes": wanted},
        )
    )
    return CreatedKey(key=key, secret=secret.full)


async def issue_key(uow: UnitOfWork, *, account_name: str, scopes: Sequence[str] = SCOPES) -> CreatedKey:
    """A key of the account of that name, which is made where there is none (the command line's use case)."""
    account = await queries.find_account(uow.conn, uow.tenant_id, account_name)
    if account is None:
        account = await create_account(uow, account_name)
    return await create_key(uow, account, scopes)


async def list_keys(uow: UnitOfWork) -> list[ConnectKey]:
    """The keys of the unit's tenant, oldest first, revoked ones included."""
    return await queries.list_keys(uow.conn, uow.tenant_id)


async def disable_key(uow: UnitOfWork, key: str) -> bool:
    """End a key, named by its id or its secret. A unit without a tenant (the command line) finds it in any.

    Returns:
        False where it was ended before.

    Raises:
        NotFoundError: there is no such key in the unit's reach.
    """
    key_id = UUID(key) if UUID_TEXT.fullmatch(key) else None
    if uow.has_tenant:
        found = await queries.find_key(uow.conn, key_id=key_id, digest=digest(key))
    else:
        async with uow.crossing_tenants():
            found = await queries.find_key(uow.conn, key_id=key_id, digest=digest(key))
    if found is None:
        raise NotFoundError
    await uow.enter_tenant(found.tenant_id)
    revoked = await queries.revoke_key(uow.conn, found.tenant_id, found.id, uow.clock.now())
    if revoked is None:
        return False
    await uow.record(Event(type="connect_key.revoked", entity_id=found.id))
    return True
