"""Who calls, and what they may do."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

import msgspec


class CallerKind(StrEnum):
    ANONYMOUS = "anonymous"
    USER = "user"
    API_KEY = "api_key"
    APP_ACCOUNT = "app_account"
    PARTNER = "partner"
    SYSTEM = "system"


class Role(StrEnum):
    """A user's role in a tenant, strongest first."""

    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    MEMBER = "member"
    GUEST = "guest"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """The identified caller of one request or task. Holds no secret and no name."""

    kind: CallerKind
    id: UUID | None = None
    tenant_id: UUID | None = None
    role: Role | None = None
    permissions: frozenset[str] = frozenset()
    is_system_admin: bool = False
    is_tenant_admin: bool = False
    session_id: UUID | None = None
    account_number: int | None = None
    scopes: frozenset[str] = frozenset()
    read_only: bool = False

    def may(self, permission: str) -> bool:
        """Whether a permission `noun:action` is held, wildcards included. Tenant administrators hold all."""
        if self.is_tenant_admin or self.is_system_admin:
            return True
        noun, _, action = permission.partition(":")
        held = self.permissions
        return permission in held or "*" in held or f"{noun}:*" in held or f"*:{action}" in held


ANONYMOUS = Caller(kind=CallerKind.ANONYMOUS)


def system_caller(tenant_id: UUID | None = None) -> Caller:
    """The server itself, in tasks and at start."""
    return Caller(kind=CallerKind.SYSTEM, tenant_id=tenant_id, is_tenant_admin=True)
