"""Making, disabling and logging in Toolbox accounts."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.seal import Sealer
from cohesin.kernel.errors import ConflictError, NotFoundError, UnauthenticatedError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import UnitOfWork, Units
from cohesin.lab.partners.schemas import CreatePartnerRequest
from cohesin.lab.partners.service import create_partner, get_partner
from cohesin.partners.toolbox import queries
from cohesin.partners.toolbox.entity import ToolboxAccount
from cohesin.partners.toolbox.tokens import ToolboxTokens


class UsernameTakenError(ConflictError):
    message = "This username is taken."


async def create_account(
    uow: UnitOfWork,
    sealer: Sealer,
    *,
    username: str,
    password_hash: str,
    email: str = "",
    partner_id: UUID | None = None,
    may_send_genetic_data: bool = False,
) -> ToolboxAccount:
    """A login for an ordering partner of the unit's tenant; without one named, for a new partner of that name.

    Raises:
        NotFoundError: no such partner.
        UsernameTakenError: some account of this server has the username.
    """
    if partner_id is None:
        request = CreatePartnerRequest(name=username, may_send_genetic_data=may_send_genetic_data)
        partner = await create_partner(uow, sealer, request)
    else:
        partner = await get_partner(uow, partner_id)
    try:
        async with uow.savepoint():
            account = await queries.insert_account(
                uow.conn, uow.tenant_id, new_id(), partner.id, username, email, password_hash, uow.clock.now()
            )
    except asyncpg.UniqueViolationError:
        raise UsernameTakenError from None
    await uow.record(
        Event(type="toolbox_account.created", entity_id=account.id, data={"partner_id": str(partner.id)})
    )
    return account


async def set_account_active(uow: UnitOfWork, username: str, *, active: bool) -> ToolboxAccount:
    """Disable an account (its tokens are refused at once) or enable it again.

    A unit without a tenant (the command line) finds it in any.

    Raises:
        NotFoundError: there is no account of that username in the unit's reach.
    """
    if not uow.has_tenant:
        async with uow.crossing_tenants():
            tenant_id = await queries.find_tenant_of(uow.conn, username)
        if tenant_id is None:
            raise NotFoundError
        await uow.enter_tenant(tenant_id)
    account = await queries.set_active(uow.conn, uow.tenant_id, username, active, uow.clock.now())
    if account is None:
        raise NotFoundError
    verb = "enabled" if active else "disabled"
    await uow.record(Event(type=f"toolbox_account.{verb}", entity_id=account.id))
    return account


async def get_account(uow: UnitOfWork, partner_id: UUID, account_id: UUID) -> ToolboxAccount:
    """An account of a partner of the tenant.

    Raises:
        NotFoundError: there is none.
    """
    account = await queries.find_account(uow.conn, uow.tenant_id, partner_id, account_id)
    if account is None:
        raise NotFoundError
    return account


async def list_accounts(uow: UnitOfWork, partner_id: UUID) -> list[ToolboxAccount]:
    """A partner's accounts, oldest first.

    Raises:
        NotFoundError: no such partner.
    """
    await get_partner(uow, partner_id)
    return await queries.list_accounts(uow.conn, uow.tenant_id, partner_id)


async def log_in(
    units: Units, hasher: PasswordHasher, tokens: ToolboxTokens, username: str, password: str
) -> str:
    """A token for a username and its password.

    Raises:
        UnauthenticatedError: one of them is wrong, or the account is disabled.
    """
    async with units.open() as uow:
        row = await queries.find_login(uow.conn, username)
    if row is None or row["id"] is None:
        await hasher.verify_absent(password)
        raise UnauthenticatedError("The login is not good.")
    if not await hasher.verify(row["password_hash"], password) or not row["active"]:
        raise UnauthenticatedError("The login is not good.")
    return tokens.issue(
        row["id"], number=row["number"], username=username, email=row["email"], now=units.clock.now()
    )
