"""The front door of users, continued: a tenant's members are seen, added and changed here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from cohesin.kernel.caller import CallerKind, Role
from cohesin.kernel.errors import ForbiddenError, NotFoundError
from cohesin.kernel.events import Event, changes_between
from cohesin.kernel.http.answers import Page
from cohesin.kernel.uow import UnitOfWork
from cohesin.platform.audit_logs.service import list_activity
from cohesin.platform.reach import enter_asked_tenant
from cohesin.platform.users import queries
from cohesin.platform.users.entity import Member, UserRow
from cohesin.platform.users.errors import AccountNotActiveError, LastOwnerError
from cohesin.platform.users.rules import (
    ADMIN_ROLES,
    check_standing_change,
    effective_permissions,
    is_admin,
    is_self,
)
from cohesin.platform.users.schemas import (
    CreateUserRequest,
    GroupOfUser,
    PermissionOfUser,
    UpdateUserRequest,
    User,
    UserContext,
    UserListQuery,
)
from cohesin.platform.users.service import (
    ADMINISTRATORS,
    MEMBERS,
    Founding,
    create_member,
    list_groups_of,
)

RECENT: Final = 5
COLUMNS: Final = {
    "firstName": "first_name",
    "middleName": "middle_name",
    "lastName": "last_name",
    "displayName": "display_name",
    "locale": "locale",
    "settings": "settings",
    "typeDefinitionId": "type_definition_id",
}

#: Checks settings against a type definition: raises NotFoundError for an unknown one, RuleRefusedError for a fault.
SettingsCheck = Callable[[UnitOfWork, UUID, dict[str, Any]], Awaitable[None]]
_settings_checks: list[SettingsCheck] = []


def register_settings_check(check: SettingsCheck) -> SettingsCheck:
    """The slice that keeps type definitions registers its check of user settings here, once, at import."""
    _settings_checks.append(check)
    return check


async def check_settings(uow: UnitOfWork, type_definition_id: UUID | None, settings: dict[str, Any]) -> None:
    """Hold a user's settings against the type definition they name.

    Raises:
        NotFoundError: no slice knows that definition.
    """
    if type_definition_id is None:
        return
    if not _settings_checks:
        raise NotFoundError
    for check in _settings_checks:
        await check(uow, type_definition_id, settings)


class EmailVerification(msgspec.Struct, frozen=True):
    """Whether this installation can send the mails that confirm an address."""

    configured: bool

    def status_of(self, member: Member) -> Literal["verified", "pending", "not_configured"]:
        if member.email_confirmed_at is not None:
            return "verified"
        return "pending" if self.configured else "not_configured"


def user_of(member: Member, verification: EmailVerification) -> User:
    """A member as the wire shows one."""
    facts = msgspec.structs.asdict(member)
    own = {name: facts[name] for name in User.__struct_fields__ if name in facts}
    return User(
        **own,
        tenantId=member.tenant_id,
        emailConfirmedAt=member.email_confirmed_at,
        emailVerificationStatus=verification.status_of(member),
    )


async def access_user(
    uow: UnitOfWork, user_id: UUID, right: Literal["read", "write"] = "read", *, lock: bool = False
) -> Member:
    """A member of the unit's tenant whom the caller may see or change: oneself, or anybody by `users:…`.

    Raises:
        NotFoundError: nobody, or somebody of another tenant.
        ForbiddenError: somebody else, without the right.
    """
    member = await queries.find_member(uow.conn, uow.tenant_id, user_id, lock=lock)
    if member is None:
        raise NotFoundError
    if not is_self(uow.caller, user_id) and not uow.caller.may(f"users:{right}"):
        raise ForbiddenError
    return member


async def get_standing(uow: UnitOfWork, user_id: UUID) -> Member:
    """A member of the unit's tenant, for slices that refer to people.

    Raises:
        NotFoundError: nobody, or somebody of another tenant.
    """
    member = await queries.find_member(uow.conn, uow.tenant_id, user_id)
    if member is None:
        raise NotFoundError
    return member


async def get_person(uow: UnitOfWork, user_id: UUID) -> UserRow:
    """The caller's own person, also where a system administrator acts in a tenant they are no member of.

    Raises:
        NotFoundError: nobody.
    """
    async with uow.crossing_tenants():
        person = await queries.find_person(uow.conn, user_id)
    if person is None:
        raise NotFoundError
    return person


async def list_users(uow: UnitOfWork, query: UserListQuery, verification: EmailVerification) -> Page[User]:
    """Members, newest first: all of them by `users:read`, else the caller alone.

    Raises:
        NotFoundError: `tenantId` is outside the caller's reach.
        ForbiddenError: a key without the right.
    """
    await enter_asked_tenant(uow, query.tenantId)
    where, args = ["m.tenant_id = $1"], [uow.tenant_id]
    if not uow.caller.may("users:read"):
        if uow.caller.kind is not CallerKind.USER or uow.caller.id is None:
            raise ForbiddenError
        where.append("m.user_id = $2")
        args.append(uow.caller.id)
    page = await queries.USERS.fetch(uow.conn, query, where, *args)
    return Page([user_of(member, verification) for member in page.data], page.pagination)


async def create_user(uow: UnitOfWork, request: CreateUserRequest, password_hash: str) -> Member:
    """A new person in the unit's tenant, as a plain member.

    Raises:
        EmailTakenError: the address belongs to somebody on the platform.
    """
    await check_settings(uow, request.typeDefinitionId, request.settings)
    founding = Founding(
        tenant_id=uow.tenant_id,
        email=request.email,
        password_hash=password_hash,
        role=Role.MEMBER,
        display_name=request.displayName,
        locale=request.locale,
        settings=request.settings,
        type_definition_id=request.typeDefinitionId,
    )
    user = await create_member(uow, founding)
    return await access_user(uow, user.id)


async def update_user(uow: UnitOfWork, user_id: UUID, request: UpdateUserRequest) -> Member:
    """Change a profile, and for administrators the role and status in the tenant.

    Raises:
        ForbiddenError: `status` or `role` by another than an administrator, or of an owner by another than an owner.
        LastOwnerError: the tenant would be left without an owner.
        AccountNotActiveError: the status of an account that is closed.
    """
    changes = request.model_dump(exclude_unset=True)
    standing = {name: changes.pop(name) for name in ("role", "status") if name in changes}
    # Taken before the member's own row, so that two owners who change each other wait instead of deadlocking.
    owners = await queries.lock_active_owners(uow.conn, uow.tenant_id) if standing else []
    before = await access_user(uow, user_id, "write", lock=True)
    if standing:
        role = str(standing.get("role", before.role))
        check_standing_change(uow.caller, before.role, role)
        status = standing.get("status", before.membership_status)
        if "status" in standing and before.account_status not in ("active", status):
            raise AccountNotActiveError
        await _change_standing(uow, before, role, status, is_last_owner=owners == [before.id])
    return await _change_profile(uow, before, changes)


async def update_profile(uow: UnitOfWork, user_id: UUID, changes: Mapping[str, Any]) -> Member:
    """Change what `changes` names of a person, by the contract's names.

    Raises:
        NotFoundError: nobody here, or a type definition that is not there.
    """
    return await _change_profile(uow, await access_user(uow, user_id, "write", lock=True), changes)


async def _change_profile(uow: UnitOfWork, before: Member, changes: Mapping[str, Any]) -> Member:
    columns = {COLUMNS[name]: value for name, value in changes.items()}
    if columns.keys() & {"settings", "type_definition_id"}:
        definition = columns.get("type_definition_id", before.type_definition_id)
        await check_settings(uow, definition, columns.get("settings", before.settings))
    await queries.update_user(uow.conn, before.id, columns, uow.clock.now())
    after = await access_user(uow, before.id)
    await uow.record(Event(type="user.updated", entity_id=before.id, changes=changes_between(before, after)))
    return after


async def _change_standing(
    uow: UnitOfWork, before: Member, role: str, status: str, *, is_last_owner: bool
) -> None:
    """Give a member another role or status; the built-in groups follow the role."""
    if is_last_owner and (role != Role.OWNER or status != "active"):
        raise LastOwnerError
    await queries.update_membership(uow.conn, uow.tenant_id, before.id, role, status)
    was_admin, is_now = before.role in ADMIN_ROLES, role in ADMIN_ROLES
    if was_admin != is_now:
        leaves, joins = (ADMINISTRATORS, MEMBERS) if was_admin else (MEMBERS, ADMINISTRATORS)
        await queries.remove_from_group(uow.conn, uow.tenant_id, leaves, before.id)
        await queries.add_to_group(uow.conn, uow.tenant_id, joins, before.id, uow.clock.now())


async def check_password_reset(uow: UnitOfWork, user_id: UUID) -> Member:
    """A member whose password the caller may replace.

    Raises:
        ForbiddenError: no administrator; an owner's by another than an owner; or somebody who is a member elsewhere
            too, whose password would open a tenant the caller has no part in.
    """
    member = await queries.find_member(uow.conn, uow.tenant_id, user_id, lock=True)
    if member is None:
        raise NotFoundError
    check_standing_change(uow.caller, member.role, member.role)
    async with uow.crossing_tenants():
        memberships = await queries.count_memberships(uow.conn, user_id)
    if memberships > 1 and not uow.caller.is_system_admin:
        raise ForbiddenError("This person belongs to other organisations too and resets the password alone.")
    return member


async def permissions_of(uow: UnitOfWork, user_id: UUID) -> list[str]:
    """What a member's groups and role permit, sorted.

    Raises:
        NotFoundError, ForbiddenError: nobody here; somebody else without `groups:read`.
    """
    member = await get_standing(uow, user_id)
    if not is_self(uow.caller, user_id) and not uow.caller.may("groups:read"):
        raise ForbiddenError
    return await _permissions(uow, member)


async def _permissions(uow: UnitOfWork, member: Member) -> list[str]:
    if member.status != "active":
        return []
    groups = await list_groups_of(uow, member.id)
    held = (permission for group in groups for permission in group.permissions)
    return effective_permissions(held, is_tenant_admin=member.role in ADMIN_ROLES)


async def get_context(uow: UnitOfWork, user_id: UUID, verification: EmailVerification) -> UserContext:
    """A member with groups, permissions and the last five things they did. For oneself and administrators."""
    member = await access_user(uow, user_id)
    if not is_self(uow.caller, user_id) and not is_admin(uow.caller):
        raise ForbiddenError
    groups = await list_groups_of(uow, user_id)
    halves = [permission.partition(":") for permission in await _permissions(uow, member)]
    return UserContext(
        user=user_of(member, verification),
        groups=[
            GroupOfUser(id=g.id, name=g.name, role=member.role, permissions=g.permissions) for g in groups
        ],
        permissions=[PermissionOfUser(noun, action or "*") for noun, _, action in halves],
        recentActivity=await list_activity(uow, user_id, RECENT),
    )
