"""The wire of rights."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

import msgspec

from cohesin.kernel.http.models import QueryModel
from cohesin.kernel.http.wire import Email
from cohesin.platform.users.entity import GroupDetail

EntityType = Literal["space", "resource"]
Action = Literal["read", "write"]


class IamOverview(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Who the caller is in this tenant and what that permits."""

    user_id: UUID
    tenant_id: UUID
    email: Email
    is_system_admin: bool
    is_tenant_admin: bool
    groups: list[GroupDetail]
    effective_permissions: list[str]


class Decision(msgspec.Struct, frozen=True):
    """Whether an action is allowed, and the rule that decided (ours): `tenant_admin`, `space_manager`, …, `no_right`."""

    allowed: bool
    rule: str


class SpaceMembership(msgspec.Struct, frozen=True):
    """A space the caller is in."""

    space_id: UUID
    space_name: str
    role: Literal["manager", "reader"]


class ManageableSpace(msgspec.Struct, frozen=True):
    """A space the caller may write."""

    id: UUID
    name: str


class ManageableResource(msgspec.Struct, frozen=True, kw_only=True):
    """A resource the caller may write. `space_id` is empty text for one without a space."""

    id: UUID
    space_id: str
    name: str
    status: str


class CanQuery(QueryModel):
    entity_type: EntityType
    entity_id: UUID
    action: Action
