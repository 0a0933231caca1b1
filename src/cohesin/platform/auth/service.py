"""The front door of sign-in: sessions begin, go on and end here. Nothing tells an unknown address from a wrong password."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from cohesin.kernel.caller import ANONYMOUS, Caller
from cohesin.kernel.crypto.passwords import PasswordHasher
from cohesin.kernel.crypto.tokens import AccessTokens, generate_refresh_token, hash_token
from cohesin.kernel.errors import ForbiddenError, UnauthenticatedError
from cohesin.kernel.events import Event
from cohesin.kernel.ids import new_id
from cohesin.kernel.uow import Origin, UnitOfWork, Units
from cohesin.platform.auth import events, queries
from cohesin.platform.auth.errors import (
    RefreshRefusedError,
    SuspendedError,
    TooManyAttemptsError,
    WrongCredentialsError,
)
from cohesin.platform.auth.queries import Credentials, TenantOfUser
from cohesin.platform.auth.schemas import CurrentUser, LoginRequest, SignedInUser, TokenPair, UpdateMeRequest
from cohesin.platform.identify import identify_session
from cohesin.platform.tenants.service import access_tenant
from cohesin.platform.users import queries as user_queries
from cohesin.platform.users.entity import UserRow
from cohesin.platform.users.members import update_profile
from cohesin.platform.users.service import list_groups_of

assert events

LOCK_AFTER: Final = 10
LOCK_ADDRESS_AFTER: Final = 50
LOCK_SPAN: Final = timedelta(minutes=15)
SESSION_LIFE: Final = timedelta(days=1)
REMEMBERED_LIFE: Final = timedelta(days=30)


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """A session that just began or went on, with its tokens."""

    user_id: UUID
    tenant_id: UUID
    session_id: UUID
    tokens: TokenPair
    refresh_life: timedelta


async def sign_in(
    units: Units, hasher: PasswordHasher, tokens: AccessTokens, request: LoginRequest, origin: Origin
) -> Session:
    """Begin a session. The password is checked between two units, so that hashing never holds a connection.

    An attempt counts as failed before its password is looked at: however many come at once, no more are tried than the
    lock allows. A password that was changed meanwhile is a wrong one.

    Raises:
        TooManyAttemptsError, WrongCredentialsError, SuspendedError, ForbiddenError: in this order.
    """
    digest = hashlib.sha256(request.email.strip().lower().encode()).digest()
    async with units.open(ANONYMOUS, origin) as uow, uow.crossing_tenants():
        now = uow.clock.now()
        await queries.lock_attempts(uow.conn, digest, origin.ip_address)
        of_account, of_address = await queries.count_failures(
            uow.conn, digest, origin.ip_address, now - LOCK_SPAN
        )
        if of_account >= LOCK_AFTER or of_address >= LOCK_ADDRESS_AFTER:
            raise TooManyAttemptsError
        attempt = await queries.insert_failure(uow.conn, digest, origin.ip_address, now)
        credentials = await queries.find_credentials(uow.conn, request.email)
    good = await password_matches(hasher, credentials, request.password)
    if not good or credentials is None:
        raise WrongCredentialsError
    async with units.open(ANONYMOUS, origin) as uow, uow.crossing_tenants():
        await queries.set_succeeded(uow.conn, attempt, uow.clock.now())
    async with units.open(ANONYMOUS, origin) as uow:
        async with uow.crossing_tenants():
            now_held = await queries.lock_credentials(uow.conn, credentials.id)
        if now_held is None or now_held.password_hash != credentials.password_hash:
            raise WrongCredentialsError
        return await begin_session(
            uow, tokens, now_held, remember_me=bool(request.rememberMe), tenant_id=request.tenantId
        )


async def password_matches(hasher: PasswordHasher, credentials: Credentials | None, password: str) -> bool:
    """Whether the password is the person's; the same work is done for nobody."""
    if credentials is None or credentials.password_hash is None:
        return await hasher.verify_absent(password)
    return await hasher.verify(credentials.password_hash, password)


async def begin_session(
    uow: UnitOfWork,
    tokens: AccessTokens,
    credentials: Credentials,
    *,
    remember_me: bool,
    tenant_id: UUID | None,
) -> Session:
    """A session of a person whose proof was good.

    Raises:
        SuspendedError: the person or the tenant is not active.
        ForbiddenError: not a member of the tenant asked for.
    """
    if credentials.status != "active":
        raise SuspendedError
    now = uow.clock.now()
    life = REMEMBERED_LIFE if remember_me else SESSION_LIFE
    session_id, expires_at = new_id(), now + life
    refresh = generate_refresh_token()
    async with uow.crossing_tenants():
        tenant = chosen_tenant(
            await queries.list_tenants_of(uow.conn, credentials.id), credentials, tenant_id
        )
        await queries.insert_session(
            uow.conn,
            session_id,
            credentials.id,
            tenant.tenant_id,
            remember_me,
            now,
            expires_at,
            uow.origin.ip_address,
            uow.origin.user_agent,
        )
        await queries.insert_refresh(uow.conn, hash_token(refresh), session_id, now, expires_at)
    await uow.enter_tenant(tenant.tenant_id)
    await uow.record(
        Event(type="session.started", entity_id=session_id, data={"userId": str(credentials.id)})
    )
    access, claims = tokens.issue(sub=credentials.id, sid=session_id, tid=tenant.tenant_id, now=now)
    pair = TokenPair(
        access_token=access, refresh_token=refresh, expires_in=int((claims.exp - claims.iat).total_seconds())
    )
    return Session(
        user_id=credentials.id,
        tenant_id=tenant.tenant_id,
        session_id=session_id,
        tokens=pair,
        refresh_life=life,
    )


def chosen_tenant(tenants: list[TenantOfUser], credentials: Credentials, asked: UUID | None) -> TenantOfUser:
    """The tenant asked for, else the person's default, else the first active one.

    Raises:
        ForbiddenError, SuspendedError: not a member; not active.
    """
    if asked is not None:
        tenants = [tenant for tenant in tenants if tenant.tenant_id == asked]
    if not tenants:
        raise ForbiddenError
    active = [tenant for tenant in tenants if tenant.tenant_status in ("active", "pending", "maintenance")]
    if not active:
        raise SuspendedError
    default = next((tenant for tenant in active if tenant.tenant_id == credentials.default_tenant_id), None)
    return default or active[0]


async def refresh_session(units: Units, tokens: AccessTokens, refresh_token: str, origin: Origin) -> Session:
    """Rotate a refresh token. A rotated one that comes back ends its session: it was stolen, or its copy was.

    Raises:
        RefreshRefusedError: unknown, used before, expired, or its session ended.
    """
    digest = hash_token(refresh_token)
    async with units.open(ANONYMOUS, origin) as uow:
        session = await _rotate(uow, tokens, digest)
    if session is None:
        raise RefreshRefusedError
    return session


async def _rotate(uow: UnitOfWork, tokens: AccessTokens, digest: bytes) -> Session | None:
    """The session gone on, or None; a reuse is written down even though the call is refused."""
    now = uow.clock.now()
    fresh = generate_refresh_token()
    async with uow.crossing_tenants():
        stored = await queries.find_refresh(uow.conn, digest)
        if (
            stored is None
            or stored.session_ended
            or stored.expires_at <= now
            or stored.user_status != "active"
        ):
            return None
        life = REMEMBERED_LIFE if stored.remember_me else SESSION_LIFE
        if stored.rotated_at is not None:
            await queries.revoke_session(uow.conn, stored.session_id, now)
        else:
            expires_at = now + life
            await queries.rotate_refresh(uow.conn, digest, stored.session_id, now, expires_at)
            await queries.insert_refresh(uow.conn, hash_token(fresh), stored.session_id, now, expires_at)
    await uow.enter_tenant(stored.active_tenant_id)
    if stored.rotated_at is not None:
        await uow.record(
            Event(type="session.reused", entity_id=stored.session_id, data={"userId": str(stored.user_id)})
        )
        return None
    access, claims = tokens.issue(
        sub=stored.user_id, sid=stored.session_id, tid=stored.active_tenant_id, now=now
    )
    return Session(
        user_id=stored.user_id,
        tenant_id=stored.active_tenant_id,
        session_id=stored.session_id,
        tokens=TokenPair(
            access_token=access,
            refresh_token=fresh,
            expires_in=int((claims.exp - claims.iat).total_seconds()),
        ),
        refresh_life=life,
    )


async def sign_out(uow: UnitOfWork) -> None:
    """End the caller's session."""
    session_id = uow.caller.session_id
    if session_id is None:
        raise UnauthenticatedError
    async with uow.crossing_tenants():
        await queries.revoke_session(uow.conn, session_id, uow.clock.now())
    await uow.record(Event(type="session.ended", entity_id=session_id, data={"userId": str(uow.caller.id)}))


async def caller_of(units: Units, session: Session) -> Caller:
    """The caller a new session stands for."""
    async with units.open() as uow:
        return await identify_session(uow.conn, session.session_id, session.user_id)


async def describe_signed_in(units: Units, session: Session, caller: Caller) -> SignedInUser:
    """The person of a session that just began, as sign-in shows them."""
    async with units.open(caller) as uow:
        me = await current_user(uow)
    return SignedInUser(
        id=me.id,
        email=me.email,
        display_name=me.display_name,
        tenant_id=session.tenant_id,
        tenant_name=me.tenant_name,
        groups=me.groups,
        group_details=me.group_details,
        permissions=me.permissions,
        is_system_admin=me.is_system_admin,
        is_tenant_admin=me.is_tenant_admin,
    )


def display_name_of(user: UserRow) -> str:
    """The display name, else the names, else what stands before the @."""
    names = " ".join(name for name in (user.first_name, user.last_name) if name)
    return user.display_name or names or user.email.partition("@")[0]


async def current_user(uow: UnitOfWork) -> CurrentUser:
    """The caller's own view. A system administrator in a foreign tenant is seen from the system tenant."""
    user_id = uow.caller.id
    if user_id is None:
        raise UnauthenticatedError
    tenant = await access_tenant(uow, uow.tenant_id)
    async with uow.crossing_tenants():
        tenants = await queries.list_tenants_of(uow.conn, user_id)
        home = next((t.tenant_id for t in tenants if t.tenant_id == tenant.id), None) or tenants[0].tenant_id
        user = await user_queries.find_user(uow.conn, home, user_id)
    if user is None:
        raise UnauthenticatedError
    groups = await list_groups_of(uow, user_id)
    return CurrentUser(
        id=user.id,
        email=user.email,
        display_name=display_name_of(user),
        tenant_id=tenant.id,
        tenant_name=tenant.name,
        locale=user.locale,
        settings=user.settings,
        type_definition_id=user.type_definition_id,
        groups=[group.name for group in groups],
        group_details=groups,
        permissions=sorted({permission for group in groups for permission in group.permissions}),
        is_system_admin=uow.caller.is_system_admin,
        is_tenant_admin=uow.caller.is_tenant_admin,
    )


async def update_me(uow: UnitOfWork, request: UpdateMeRequest) -> CurrentUser:
    """Change the caller's own profile; absent leaves, null clears."""
    user_id = uow.caller.id
    if user_id is None:
        raise UnauthenticatedError
    await update_profile(uow, user_id, request.model_dump(exclude_unset=True))
    return await current_user(uow)


async def change_password(
    units: Units, hasher: PasswordHasher, caller: Caller, origin: Origin, *, current: str, new: str
) -> None:
    """Set a new password and end the person's other sessions.

    Raises:
        WrongCredentialsError: the current password is not that (any more).
    """
    if caller.id is None:
        raise UnauthenticatedError
    async with units.open(caller, origin) as uow, uow.crossing_tenants():
        credentials = await queries.find_credentials_by_id(uow.conn, caller.id)
    if credentials is None or not await password_matches(hasher, credentials, current):
        raise WrongCredentialsError
    password_hash = await hasher.hash(new)
    async with units.open(caller, origin) as uow:
        async with uow.crossing_tenants():
            now = uow.clock.now()
            held = await queries.lock_credentials(uow.conn, caller.id)
            if held is None or held.password_hash != credentials.password_hash:
                raise WrongCredentialsError
            await queries.set_password(uow.conn, caller.id, password_hash, now)
            await queries.revoke_sessions_of(uow.conn, caller.id, now, but=caller.session_id)
        await uow.record(Event(type="user.password_changed", entity_id=caller.id))
