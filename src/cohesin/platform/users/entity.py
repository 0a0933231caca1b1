"""A user as other slices see one."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A person on the platform, without the password."""

    id: UUID
    email: str
    status: str
    first_name: str | None
    middle_name: str | None
    last_name: str | None
    display_name: str | None
    locale: str
    settings: dict[str, Any]
    type_definition_id: UUID | None
    avatar_source: str
    avatar_url: str | None
    default_tenant_id: UUID | None
    email_confirmed_at: datetime | None
    created_at: datetime
    updated_at: datetime


class GroupDetail(msgspec.Struct, frozen=True):
    """A group and what it permits."""

    id: UUID
    name: str
    permissions: list[str]


class Member(UserRow, frozen=True, kw_only=True):
    """A person as a member of one tenant. `status` is the account's, or once that is active, the membership's."""

    tenant_id: UUID
    role: str
    membership_status: str
    account_status: str
