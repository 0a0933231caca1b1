"""Opal's API keys: a login and a password, each key one user in one workspace."""

from __future__ import annotations

import secrets
from typing import Any, Final
from uuid import UUID

import msgspec

from cohesin.kernel.crypto.api_keys import digest
from cohesin.kernel.errors import NotFoundError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork
from cohesin.partners.opal.numbers import user_numbers

LOGIN_PREFIX: Final = "opal_"


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it is shown once; only the password's digest is kept."""

    id: UUID
    login: str
    password: str
    user_number: int
    read_only: bool


async def create_key(uow: UnitOfWork, *, email: str, read_only: bool = False) -> NewKey:
    """A new key, and with it a new user, of the unit's tenant. Failed annotations are mailed to `email`."""
    key_id = new_id()
    login, password = f"{LOGIN_PREFIX}{secrets.token_hex(8)}", secrets.token_urlsafe(32)
    numbers = await user_numbers(uow, [key_id])
    await uow.conn.execute(
        """INSERT INTO partners.opal_keys (tenant_id, id, login, password_hash, email, read_only, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        uow.tenant_id, key_id, login, digest(password), email, read_only, uow.clock.now(),
    )  # fmt: skip
    data = {"login": login, "readOnly": read_only}
    await uow.record(Event(type="opal_key.created", entity_id=key_id, data=data))
    return NewKey(id=key_id, login=login, password=password, user_number=numbers[key_id], read_only=read_only)


async def disable_key(uow: UnitOfWork, login: str) -> None:
    """Switch a key off: from then on its calls are refused with 403. Without a tenant it is found in any.

    Raises:
        NotFoundError: there is no such key in the unit's reach.
    """
    if not uow.has_tenant:
        async with uow.crossing_tenants():
            tenant_id = await uow.conn.fetchval(
                "SELECT tenant_id FROM partners.opal_keys WHERE login = $1", login
            )
        if tenant_id is None:
            raise NotFoundError("There is no such key.")
        await uow.enter_tenant(tenant_id)
    key_id: UUID | None = await uow.conn.fetchval(
        """UPDATE partners.opal_keys SET enabled = false, disabled_at = coalesce(disabled_at, $3)
            WHERE tenant_id = $1 AND login = $2 RETURNING id""",
        uow.tenant_id, login, uow.clock.now(),
    )  # fmt: skip
    if key_id is None:
        raise NotFoundError("There is no such key.")
    await uow.record(Event(type="opal_key.disabled", entity_id=key_id, data={"login": login}))


async def get_key(uow: UnitOfWork, key_id: UUID | None) -> Any:
    """Login and address of a key.

    Raises:
        NotFoundError: there is no such key.
    """
    found = await uow.conn.fetchrow(
        "SELECT login, email FROM partners.opal_keys WHERE tenant_id = $1 AND id = $2", uow.tenant_id, key_id
    )
    if found is None:
        raise NotFoundError("There is no such key.")
    return found
